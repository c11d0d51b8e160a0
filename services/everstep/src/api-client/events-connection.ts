import type * as Sdk from '@aws-sdk/client-eventbridge';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { codeOf, StartError } from '../start-error.ts';
import { answerOf, clientSettings, type ConnectionOptions, type ServerConnection } from './connection.ts';

/** EventBridge's operations of the same server. */
export interface EventsConnection extends ServerConnection {
  /** Loaded on first use. */
  readonly sdk: typeof Sdk;
  readonly client: EventBridgeClient;
}

/** As `callApi`, for the operations on connections. */
export async function callEvents(
  options: ConnectionOptions,
  work: (connection: EventsConnection) => Promise<number>,
): Promise<void> {
  process.exitCode = await answerOf(() => connectEvents(options), work);
}

/** Throws StartError where the options or the SDK's variables cannot be used. */
async function connectEvents(options: ConnectionOptions): Promise<EventsConnection> {
  const sdk = await import('@aws-sdk/client-eventbridge').catch((error: unknown) => {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new StartError('Connections need the package @aws-sdk/client-eventbridge; install it beside Everstep.');
  });
  const settings = clientSettings(options);
  const isRefusal = (error: unknown): error is Error => error instanceof sdk.EventBridgeServiceException;
  return { sdk, client: new sdk.EventBridgeClient(settings), endpoint: settings.endpoint, isRefusal };
}
