import { readFileSync } from 'node:fs';
import { type ApiServerOptions, Authenticator, type TlsIdentity } from '@everstep/api-service';
import { type EngineContext, hasUsableAccessKey } from '@everstep/engine';
import { type Config, requiresSignatures } from '../config.ts';
import { messageOf, StartError } from '../start-error.ts';
import { openOidc } from './oidc-settings.ts';
import { type MasterKeyHome, openMasterKeys } from './master-key-source.ts';

export type ApiSecurity = Pick<
  ApiServerOptions,
  'authenticator' | 'oidc' | 'rateLimits' | 'audit' | 'tls' | 'requestTimeoutMs' | 'maxConnections'
>;

/** What can be told from the settings alone, before anything is opened. Throws StartError. */
export function checkSecurity(config: Config, dataDirectory: string | null = null): void {
  readTlsIdentity(config);
  if (!requiresSignatures(config)) return;
  const isNamed = config.masterKey !== null || config.masterKeyFile !== null || dataDirectory !== null;
  if (isNamed) return;
  throw new StartError(
    `${reasonOf(config)}, and there is no master key to keep their secrets under.\n` +
      'Set EVERSTEP_MASTER_KEY to 32 bytes in base64 (openssl rand -base64 32), or EVERSTEP_MASTER_KEY_FILE, and make the first key:\n' +
      '  everstep keys create NAME\n' +
      openDoor(config),
  );
}

/** How the API is guarded. Throws StartError where callers must sign and nobody could. */
export async function openSecurity(
  context: EngineContext,
  config: Config,
  dataDirectory: string | null,
): Promise<ApiSecurity> {
  const signed = requiresSignatures(config);
  const masterKeys = signed ? openMasterKeys(config, dataDirectory) : null;
  const tls = readTlsIdentity(config);
  const oidc = openOidc(config, context.logger);
  const guard = masterKeys === null ? {} : { authenticator: await openAuthenticator(context, config, masterKeys) };
  if (!signed) tellOpen(context, config);
  return {
    ...guard,
    ...(oidc === null ? {} : { oidc }),
    ...(config.rateLimits === null ? {} : { rateLimits: config.rateLimits }),
    ...(tls === null ? {} : { tls }),
    ...auditOf(config, signed),
    requestTimeoutMs: config.requestSeconds * 1_000,
    maxConnections: config.maxConnections,
  };
}

function auditOf({ audit }: Config, signed: boolean): Pick<ApiSecurity, 'audit'> {
  if (audit === 'off' || (audit === 'auto' && !signed)) return {};
  return { audit: audit === 'all' ? 'all' : 'changes' };
}

async function openAuthenticator(
  { store, clock, logger, settings }: EngineContext,
  config: Config,
  masterKeys: MasterKeyHome,
): Promise<Authenticator> {
  // Where people sign in by their identity provider, the first one may make what they need keys for later.
  if (config.oidcIssuer === null && !(await hasUsableAccessKey(store, clock.now()))) {
    throw new StartError(
      `${reasonOf(config)}, and there is no access key. Make the first one:\n  everstep keys create NAME\n${openDoor(config)}`,
    );
  }
  const { region } = settings;
  return new Authenticator({ store, masterKeys, region, now: () => clock.now(), logger });
}

function reasonOf(config: Config): string {
  return config.auth === 'required'
    ? 'EVERSTEP_AUTH is required, so callers must sign with an access key'
    : `EVERSTEP_HOST is ${config.host}, which others on the network reach, so callers must sign with an access key`;
}

function openDoor(config: Config): string {
  return config.auth === 'required'
    ? ''
    : 'Or listen on 127.0.0.1, or set EVERSTEP_AUTH=none inside a network that only you reach.';
}

function tellOpen({ logger }: EngineContext, { host, auth }: Config): void {
  logger.warn({ host, auth }, 'the API asks nobody who they are: whoever reaches its address may do everything');
}

/** null without TLS. Throws StartError where a file cannot be read. */
export function readTlsIdentity(config: Config): TlsIdentity | null {
  const { tlsCertificateFile, tlsKeyFile } = config;
  if (tlsCertificateFile === null || tlsKeyFile === null) return null;
  return { cert: read('EVERSTEP_TLS_CERT_FILE', tlsCertificateFile), key: read('EVERSTEP_TLS_KEY_FILE', tlsKeyFile) };
}

function read(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartError(`${setting}: ${path} cannot be read: ${messageOf(error)}`);
  }
}
