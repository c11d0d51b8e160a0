import type * as Sdk from '@aws-sdk/client-sfn';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { Command } from 'commander';
import { codeOf, messageOf, StartError } from '../start-error.ts';
import { printable } from '../terminal/styles.ts';
import { ExitCode } from './exit-codes.ts';

export interface ConnectionOptions {
  readonly endpoint?: string;
  readonly region?: string;
  readonly profile?: string;
}

/** A server as any of the SDK's clients reaches it. */
export interface ServerConnection {
  readonly endpoint: string;
  readonly client: { destroy(): void };
  /** Whether an error is what the server answered. */
  isRefusal(error: unknown): error is Error;
}

/** The API as the user's commands see it. */
export interface Connection extends ServerConnection {
  /** Loaded on first use: it is large. */
  readonly sdk: typeof Sdk;
  readonly client: SFNClient;
}

/** The options of every command that calls the API. */
export function withConnection(command: Command): Command {
  return command
    .option('--endpoint <url>', 'where the API is (AWS_ENDPOINT_URL_SFN, AWS_ENDPOINT_URL, http://127.0.0.1:8083)')
    .option('--region <region>', 'region of the signature (AWS_REGION, us-east-1)')
    .option('--profile <name>', 'credentials of a profile in ~/.aws (AWS_ACCESS_KEY_ID …, AWS_PROFILE)');
}

/** Connects, works, and sets the process's exit code; what the server refuses is told in its own words. */
export async function callApi(
  options: ConnectionOptions,
  work: (connection: Connection) => Promise<number>,
): Promise<void> {
  process.exitCode = await answerOf(() => connect(options), work);
}

/** The exit code of some work at a server; what it refuses is told in its own words. */
export async function answerOf<Reached extends ServerConnection>(
  open: () => Promise<Reached>,
  work: (connection: Reached) => Promise<number>,
): Promise<number> {
  let connection: Reached | null = null;
  try {
    connection = await open();
    return await work(connection);
  } catch (error) {
    if (error instanceof StartError) {
      console.error(error.message);
      return ExitCode.USAGE;
    }
    if (connection === null) throw error;
    const failure = failureOf(connection, error);
    if (failure === null) throw error;
    console.error(failure.text);
    return failure.code;
  } finally {
    connection?.client.destroy();
  }
}

/** Throws StartError where the options or the SDK's variables cannot be used. */
export async function connect(options: ConnectionOptions): Promise<Connection> {
  const sdk = await import('@aws-sdk/client-sfn').catch((error: unknown) => {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new StartError('Calling the API needs the package @aws-sdk/client-sfn; install it beside Everstep.');
  });
  const settings = clientSettings(options);
  // The prefix `sync-` of StartSyncExecution and TestState names a host that only AWS has.
  const client = new sdk.SFNClient({ ...settings, disableHostPrefix: true });
  const isRefusal = (error: unknown): error is Error => error instanceof sdk.SFNServiceException;
  return { sdk, client, endpoint: settings.endpoint, isRefusal };
}

export interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly profile?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** What every client of the SDK takes. Throws StartError. */
export function clientSettings(options: ConnectionOptions): ClientSettings {
  const endpoint = endpointOf(options);
  const { profile } = options;
  return {
    endpoint,
    region: options.region ?? variable('AWS_REGION') ?? variable('AWS_DEFAULT_REGION') ?? 'us-east-1',
    ...(profile === undefined ? {} : { profile }),
    ...(isUnsigned(endpoint, options) ? { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } } : {}),
  };
}

function variable(name: string): string | undefined {
  const text = process.env[name];
  return text === '' ? undefined : text;
}

function endpointOf({ endpoint }: ConnectionOptions): string {
  const given = endpoint ?? variable('AWS_ENDPOINT_URL_SFN') ?? variable('AWS_ENDPOINT_URL');
  const found = given ?? `http://127.0.0.1:${variable('EVERSTEP_PORT') ?? '8083'}`;
  if (!/^https?:\/\//.test(found) || !URL.canParse(found)) {
    throw new StartError(`The endpoint '${found}' is not an address such as http://127.0.0.1:8083.`);
  }
  return found;
}

/** A server on this machine asks nobody who they are unless told to: without any credentials anything will do. */
function isUnsigned(endpoint: string, { profile }: ConnectionOptions): boolean {
  if (profile !== undefined || ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE'].some((name) => variable(name) !== undefined))
    return false;
  return /^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/.test(new URL(endpoint).hostname);
}

/** What a failed call means to the user, and the exit code that says so; null: it is no failure of the call. */
export function failureOf(
  { endpoint, isRefusal }: Pick<ServerConnection, 'endpoint' | 'isRefusal'>,
  error: unknown,
): { code: number; text: string } | null {
  // Functions are called by a client of their own.
  if (isRefusal(error) || (error instanceof Error && '$fault' in error)) {
    return { code: ExitCode.REFUSED, text: `${error.name}: ${printable(error.message)}` };
  }
  const code = codeOf(error);
  if (code !== null && /^(ECONN|EHOST|ENET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE)/.test(code)) {
    const text = `There is no answer at ${endpoint} (${code}). Does the server run (npm start)? --endpoint names another one.`;
    return { code: ExitCode.UNREACHABLE, text };
  }
  if (error instanceof Error && /Credentials|Token(Provider)?Error|TimeoutError/.test(error.name)) {
    const isLate = error.name === 'TimeoutError';
    const text = `${error.name}: ${printable(messageOf(error))}`;
    return { code: isLate ? ExitCode.UNREACHABLE : ExitCode.USAGE, text };
  }
  return null;
}
