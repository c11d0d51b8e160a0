import { accountOfArn, nameArnOfConnection, type operations } from '@everstep/protocol';
import { type MasterKeySource, SealedSecretError } from '../access/master-keys.ts';
import type { ConnectionRecord, ConnectionStore } from '../ports/connection-store.ts';
import type { Logger } from '../ports/logger.ts';
import { OutgoingFailedError, OutgoingTooLargeError } from '../ports/outgoing.ts';
import type { Connections } from './connections.ts';
import { openParameters } from './connection-secrets.ts';
import { pairs, TokenRefusedError, TokenUnavailableError } from './request-token.ts';

/** AWS's names of what can be wrong with a connection; an error of a task has `Events.ConnectionResource.` before it. */
export type ConnectionProblem = 'InvalidConnectionState' | 'AccessDenied' | 'ResourceNotFound' | 'InternalError';

/** A task cannot use a connection. */
export class ConnectionUseError extends Error {
  readonly problem: ConnectionProblem;

  constructor(problem: ConnectionProblem, message: string) {
    super(message);
    this.name = 'ConnectionUseError';
    this.problem = problem;
  }
}

type Pairs = ReadonlyArray<readonly [name: string, value: string]>;

/** What a connection adds to a call. */
export interface CallCredentials {
  readonly headers: Pairs;
  readonly query: Pairs;
  readonly body: Pairs;
  /** After a 401 or 407: the same with another token; null where there is none to be had. Throws as `of` does. */
  renew(): Promise<CallCredentials | null>;
}

export interface ConnectionCredentialsOptions {
  readonly store: ConnectionStore;
  readonly connections: Connections;
  readonly masterKeys: MasterKeySource | null;
  readonly logger: Logger;
}

/** Connections as tasks use them. */
export class ConnectionCredentials {
  readonly #options: ConnectionCredentialsOptions;

  constructor(options: ConnectionCredentialsOptions) {
    this.#options = options;
  }

  /** Of an account's own connection. Throws ConnectionUseError, and OutgoingRefusedError for its token endpoint. */
  async of(connectionArn: string, accountId: string): Promise<CallCredentials> {
    const nameArn = nameArnOfConnection(connectionArn);
    // What lies in another account is answered as if it did not exist.
    const isOwn = nameArn !== null && accountOfArn(nameArn) === accountId;
    const record = isOwn ? await this.#options.store.findConnection(nameArn) : null;
    if (record === null || record.connectionArn !== connectionArn) {
      throw new ConnectionUseError('ResourceNotFound', `The connection '${connectionArn}' does not exist.`);
    }
    if (record.state === 'DEAUTHORIZED') {
      const reason = record.stateReason === null ? '' : ` ${record.stateReason}`;
      throw new ConnectionUseError(
        'InvalidConnectionState',
        `The connection '${connectionArn}' is in the state DEAUTHORIZED.${reason}`,
      );
    }
    return this.#credentials(record, this.#open(record));
  }

  #open(record: ConnectionRecord): operations.ConnectionAuthParameters {
    const { masterKeys, logger } = this.#options;
    const problem = 'The secrets of the connection cannot be opened here';
    if (masterKeys === null) {
      logger.error({ connectionArn: record.connectionArn }, 'a connection needs the master key, which is not set');
      throw new ConnectionUseError('AccessDenied', `${problem}: this worker has no master key.`);
    }
    try {
      return openParameters(masterKeys, record);
    } catch (error) {
      if (!(error instanceof SealedSecretError)) throw error;
      logger.error({ err: error, connectionArn: record.connectionArn }, 'the secrets of a connection cannot be opened');
      throw new ConnectionUseError('AccessDenied', `${problem}: the master key is another one, or they were changed.`);
    }
  }

  async #credentials(
    record: ConnectionRecord,
    parameters: operations.ConnectionAuthParameters,
    refused?: string,
  ): Promise<CallCredentials> {
    const { InvocationHttpParameters: http = {}, OAuthParameters: oauth } = parameters;
    const token = oauth === undefined ? null : await this.#token(record, oauth, refused);
    const authorization = token === null ? fixedHeader(parameters) : (['Authorization', token] as const);
    return {
      headers: [authorization, ...pairs(http.HeaderParameters)],
      query: pairs(http.QueryStringParameters),
      body: pairs(http.BodyParameters),
      renew: async () => (token === null ? null : this.#credentials(record, parameters, token)),
    };
  }

  async #token(
    record: ConnectionRecord,
    oauth: operations.ConnectionOAuthParameters,
    refused: string | undefined,
  ): Promise<string> {
    const { connections } = this.#options;
    let isNew = false;
    const asked = (): void => {
      isNew = true;
    };
    try {
      const token = await connections.tokens.authorization(record, oauth, {
        asked,
        ...(refused === undefined ? {} : { refused }),
      });
      if (isNew) await connections.noteAuthorization(record, null);
      return token;
    } catch (error) {
      if (error instanceof TokenRefusedError) {
        await connections.noteAuthorization(record, error.message);
        throw new ConnectionUseError('InvalidConnectionState', error.message);
      }
      const isAway = [TokenUnavailableError, OutgoingFailedError, OutgoingTooLargeError].some(
        (kind) => error instanceof kind,
      );
      if (!(error instanceof Error) || !isAway) throw error;
      throw new ConnectionUseError('InternalError', `The connection could not be authorized: ${error.message}`);
    }
  }
}

function fixedHeader(parameters: operations.ConnectionAuthParameters): readonly [name: string, value: string] {
  const { BasicAuthParameters: basic, ApiKeyAuthParameters: apiKey } = parameters;
  if (apiKey !== undefined) return [apiKey.ApiKeyName ?? '', apiKey.ApiKeyValue ?? ''];
  const pair = `${basic?.Username ?? ''}:${basic?.Password ?? ''}`;
  return ['Authorization', `Basic ${Buffer.from(pair).toString('base64')}`];
}
