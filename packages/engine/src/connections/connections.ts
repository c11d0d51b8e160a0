import { ApiError, type ArnScope, connectionNameArn, type operations, QUOTAS } from '@everstep/protocol';
import { type MasterKeySource, SealedSecretError } from '../access/master-keys.ts';
import type { Clock } from '../ports/clock.ts';
import type { ConnectionPage, ConnectionRecord, ConnectionStore } from '../ports/connection-store.ts';
import type { IdSource } from '../ports/id-source.ts';
import type { Logger } from '../ports/logger.ts';
import { type Outgoing, OutgoingFailedError, OutgoingRefusedError, OutgoingTooLargeError } from '../ports/outgoing.ts';
import { AccessTokens } from './access-tokens.ts';
import { merged, ofType, requireComplete, withoutSecrets } from './auth-parameters.ts';
import { openParameters, ParametersTooLargeError, sealParameters } from './connection-secrets.ts';
import { TokenRefusedError, TokenUnavailableError } from './request-token.ts';

type AuthParameters = operations.ConnectionAuthParameters;

export interface ConnectionsOptions {
  readonly store: ConnectionStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Pick<IdSource, 'uuid'>;
  readonly logger: Logger;
  /** Under which secrets are kept; null: this process has none, and so makes and uses no connection. */
  readonly masterKeys: MasterKeySource | null;
  readonly outgoing: Outgoing;
}

/** A change meets others of the same connection so often at most. */
const ATTEMPTS = 5;

/** The connections of EventBridge's API: made, changed and shown. What a task gets of one is `ConnectionCredentials`. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly tokens: AccessTokens;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.tokens = new AccessTokens(options.outgoing, () => options.clock.now());
  }

  /** Errors: ResourceAlreadyExistsException, LimitExceededException, ValidationException. */
  async create(scope: ArnScope, input: operations.CreateConnectionInput): Promise<ConnectionRecord> {
    const { Name: name, AuthorizationType: authorizationType, AuthParameters: parameters } = input;
    const { store, ids } = this.#options;
    requireComplete(authorizationType, parameters);
    const nameArn = connectionNameArn(scope, name);
    const connectionArn = `${nameArn}/${ids.uuid()}`;
    const now = this.#options.clock.now();
    const record = this.#withParameters(
      {
        ...{ connectionArn, nameArn, name, authorizationType, revision: 1 },
        ...{ description: input.Description ?? null, createdAt: now, authorizedAt: null },
      },
      parameters,
    );
    const outcome = await store.createConnection(record, QUOTAS.connections);
    if (outcome === 'exists')
      throw new ApiError('ResourceAlreadyExistsException', `Connection ${name} already exists.`);
    if (outcome === 'full') {
      const most = `${QUOTAS.connections} connections`;
      throw new ApiError('LimitExceededException', `The account has ${most} in this region, which is the limit.`);
    }
    return this.#authorize(record, parameters);
  }

  /** Errors: ResourceNotFoundException, ConcurrentModificationException, ValidationException. */
  async update(scope: ArnScope, input: operations.UpdateConnectionInput): Promise<ConnectionRecord> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = await this.describe(scope, input.Name);
      const change = this.#changed(before, input);
      if (await this.#options.store.replaceConnection(change.record, before.revision)) {
        return change.parameters === null ? change.record : this.#authorize(change.record, change.parameters);
      }
    }
    throw busy(input.Name);
  }

  /** Takes the secrets out. Errors: ResourceNotFoundException, ConcurrentModificationException. */
  async deauthorize(scope: ArnScope, name: string): Promise<ConnectionRecord> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = await this.describe(scope, name);
      const record: ConnectionRecord = {
        ...before,
        ...{ state: 'DEAUTHORIZED', stateReason: null, sealedParameters: '', shownParameters: '{}' },
        ...{ revision: before.revision + 1, modifiedAt: this.#options.clock.now() },
      };
      if (await this.#options.store.replaceConnection(record, before.revision)) return record;
    }
    throw busy(name);
  }

  /** Answers it as it goes. Errors: ResourceNotFoundException. */
  async delete(scope: ArnScope, name: string): Promise<ConnectionRecord> {
    const deleted = await this.#options.store.deleteConnection(connectionNameArn(scope, name));
    if (deleted === null) throw notFound(name);
    return { ...deleted, state: 'DELETING', modifiedAt: this.#options.clock.now() };
  }

  /** Errors: ResourceNotFoundException. */
  async describe(scope: ArnScope, name: string): Promise<ConnectionRecord> {
    const found = await this.#options.store.findConnection(connectionNameArn(scope, name));
    if (found === null) throw notFound(name);
    return found;
  }

  list(page: ConnectionPage): Promise<ConnectionRecord[]> {
    return this.#options.store.listConnections(page);
  }

  /** Writes down what became of an authorization; somebody else's change in the meantime stands in its place. */
  async noteAuthorization(record: ConnectionRecord, refusal: string | null): Promise<ConnectionRecord> {
    const noted: ConnectionRecord = {
      ...record,
      revision: record.revision + 1,
      state: refusal === null ? 'AUTHORIZED' : 'DEAUTHORIZED',
      stateReason: refusal,
      authorizedAt: refusal === null ? this.#options.clock.now() : record.authorizedAt,
    };
    if (await this.#options.store.replaceConnection(noted, record.revision)) return noted;
    return (await this.#options.store.findConnection(record.nameArn)) ?? record;
  }

  #changed(
    before: ConnectionRecord,
    input: operations.UpdateConnectionInput,
  ): { readonly record: ConnectionRecord; readonly parameters: AuthParameters | null } {
    const { clock } = this.#options;
    const authorizationType = input.AuthorizationType ?? before.authorizationType;
    const kept = { ...before, revision: before.revision + 1, description: input.Description ?? before.description };
    if (input.AuthParameters === undefined && authorizationType === before.authorizationType) {
      return { record: { ...kept, modifiedAt: clock.now() }, parameters: null };
    }
    const parameters = merged(ofType(authorizationType, this.#opened(before)), input.AuthParameters ?? {});
    requireComplete(authorizationType, parameters);
    return { record: this.#withParameters({ ...kept, authorizationType }, parameters), parameters };
  }

  /** What cannot be opened any more has to be given anew as a whole. */
  #opened(record: ConnectionRecord): AuthParameters {
    try {
      return openParameters(this.#masterKeys(), record);
    } catch (error) {
      if (!(error instanceof SealedSecretError)) throw error;
      this.#options.logger.warn({ err: error }, 'the secrets of a connection cannot be opened; they are given anew');
      return {};
    }
  }

  #withParameters(
    record: Omit<ConnectionRecord, 'shownParameters' | 'sealedParameters' | 'state' | 'stateReason' | 'modifiedAt'>,
    parameters: AuthParameters,
  ): ConnectionRecord {
    const now = this.#options.clock.now();
    const isOAuth = record.authorizationType === 'OAUTH_CLIENT_CREDENTIALS';
    try {
      return {
        ...record,
        shownParameters: JSON.stringify(withoutSecrets(parameters)),
        sealedParameters: sealParameters(this.#masterKeys().current(), record.connectionArn, parameters),
        state: isOAuth ? 'AUTHORIZING' : 'AUTHORIZED',
        stateReason: null,
        modifiedAt: now,
        authorizedAt: isOAuth ? record.authorizedAt : now,
      };
    } catch (error) {
      if (!(error instanceof ParametersTooLargeError)) throw error;
      throw new ApiError('ValidationException', `AuthParameters: ${error.message}.`);
    }
  }

  /** With OAuth the first token is asked for at once, so that wrong credentials show when they are given. */
  async #authorize(record: ConnectionRecord, { OAuthParameters: oauth }: AuthParameters): Promise<ConnectionRecord> {
    if (oauth === undefined) return record;
    try {
      await this.tokens.authorization(record, oauth);
      return await this.noteAuthorization(record, null);
    } catch (error) {
      if (!isAuthorizationFailure(error)) throw error;
      return this.noteAuthorization(record, error.message.slice(0, MAX_REASON));
    }
  }

  #masterKeys(): MasterKeySource {
    const { masterKeys } = this.#options;
    if (masterKeys !== null) return masterKeys;
    throw new ApiError(
      'ValidationException',
      'Connections cannot be kept: this server has no master key. Set EVERSTEP_MASTER_KEY or EVERSTEP_MASTER_KEY_FILE.',
    );
  }
}

const MAX_REASON = 512;

function isAuthorizationFailure(error: unknown): error is Error {
  return [
    TokenRefusedError,
    TokenUnavailableError,
    OutgoingRefusedError,
    OutgoingFailedError,
    OutgoingTooLargeError,
  ].some((kind) => error instanceof kind);
}

function notFound(name: string): ApiError {
  return new ApiError('ResourceNotFoundException', `Connection '${name}' does not exist.`);
}

function busy(name: string): ApiError {
  return new ApiError('ConcurrentModificationException', `Connection ${name} is being changed by others. Try again.`);
}
