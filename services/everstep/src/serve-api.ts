import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type ApiServer, createApiServer } from '@everstep/api-service';
import type { EngineContext } from '@everstep/engine';
import { createApiModels } from '@everstep/integrations';
import type { OpenedIntegrations } from './adapters.ts';
import type { Config } from './config.ts';
import type { Lifecycle } from './lifecycle.ts';
import { type ApiSecurity, openSecurity, readTlsIdentity } from './security/api-security.ts';
import { codeOf, messageOf, StartError } from './start-error.ts';

/**
 * Serves the API until the lifecycle ends; answers its endpoint. `integrations` perform what this process itself runs.
 * `dataDirectory`: in embedded mode, where the master key lies unless the settings name another.
 */
export async function serveApi(
  lifecycle: Lifecycle,
  context: EngineContext,
  integrations: OpenedIntegrations,
  config: Config,
  dataDirectory: string | null = null,
): Promise<string> {
  const security = await openSecurity(context, config, dataDirectory);
  const server = await listen(context, integrations, config, security);
  lifecycle.add('the API', () => server.close());
  if (security.tls !== undefined) lifecycle.onHangUp(() => reloadTls(server, context, config));
  context.logger.info({ endpoint: server.url }, 'the API is served');
  return server.url;
}

/** A file that is not right leaves the present certificate in place. */
function reloadTls(server: ApiServer, { logger }: EngineContext, config: Config): void {
  try {
    const identity = readTlsIdentity(config);
    if (identity !== null) server.replaceTlsIdentity(identity);
    logger.info({}, 'the certificate was read again');
  } catch (error) {
    logger.error({ err: error }, 'the certificate could not be read again; the present one stays');
  }
}

/** The console is a package of files: found as packages are, whatever this one was installed into. */
function consoleFolder(): string {
  return join(dirname(createRequire(import.meta.url).resolve('@everstep/console/package.json')), 'dist/site');
}

async function listen(
  context: EngineContext,
  integrations: OpenedIntegrations,
  config: Config,
  security: ApiSecurity,
): Promise<ApiServer> {
  const { host, port } = config;
  try {
    return await createApiServer({
      context,
      syncExecutions: integrations.syncExecutions,
      ...(integrations.localFunctions === null ? {} : { functions: integrations.localFunctions }),
      testing: { registry: integrations, models: createApiModels() },
      connections: integrations.connections,
      logger: context.logger,
      host,
      port,
      drainMs: config.drainSeconds * 1_000,
      ...(config.console === 'on' ? { consoleFolder: consoleFolder() } : {}),
      ...security,
    });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EADDRINUSE') {
      throw new StartError(`Port ${port} on ${host} is taken: set EVERSTEP_PORT to another one, or to 0 for any.`);
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new StartError(`EVERSTEP_HOST: ${host} is not an address of this machine.`);
    }
    // OpenSSL's own codes: a file that holds no certificate, or a key that is not the certificate's.
    if (code?.startsWith('ERR_OSSL_') === true) {
      throw new StartError(`EVERSTEP_TLS_CERT_FILE, EVERSTEP_TLS_KEY_FILE: ${messageOf(error)}`);
    }
    throw error;
  }
}
