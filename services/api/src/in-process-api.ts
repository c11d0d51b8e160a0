import { randomUUID } from 'node:crypto';
import { type EngineContext, OutcomeUnknownError, StoreUnavailableError, type SyncExecutions } from '@everstep/engine';
import { ApiError, QUOTAS, errorBody } from '@everstep/protocol';
import { Accounts } from './accounts.ts';
import type { ApiContext } from './api-context.ts';
import { toApiError } from './api-failure.ts';
import { findRoute } from './operations/index.ts';

export interface InProcessApiOptions {
  readonly context: EngineContext;
  readonly syncExecutions: () => SyncExecutions;
  /** What TestState works with; absent: it calls nothing, and mocks are held against no model. */
  readonly testing?: () => ApiContext['testing'];
}

export interface InProcessRequest {
  readonly accountId: string;
  readonly operation: string;
  /** JSON text. */
  readonly body: string;
  readonly signal: AbortSignal;
}

export interface InProcessAnswer {
  readonly statusCode: number;
  /** JSON text; an error in AWS's shape. */
  readonly body: string;
  readonly requestId: string;
}

/**
 * The API for the state machines of this installation themselves (`aws-sdk:sfn:…`): each sees and changes what lies in
 * its own account, by the operations that the server answers.
 */
export class InProcessApi {
  readonly #options: InProcessApiOptions;
  readonly #accounts: Accounts;

  constructor(options: InProcessApiOptions) {
    this.#options = options;
    this.#accounts = new Accounts(options.context);
  }

  /** Throws StoreUnavailableError or OutcomeUnknownError where the store does not answer. */
  async call(request: InProcessRequest): Promise<InProcessAnswer> {
    const requestId = randomUUID();
    try {
      const found = findRoute(`AWSStepFunctions.${request.operation}`);
      if (Buffer.byteLength(request.body) > QUOTAS.requestBytes) {
        throw new ApiError('RequestEntityTooLargeException', 'Request size exceeded the allowed limit.');
      }
      const body: unknown = JSON.parse(request.body);
      return { statusCode: 200, body: await found.answer(this.#context(request), body, {}), requestId };
    } catch (error) {
      if (error instanceof StoreUnavailableError || error instanceof OutcomeUnknownError) throw error;
      const failure = toApiError(error, requestId);
      if (failure.status >= 500) this.#options.context.logger.error({ requestId, err: error }, 'a request failed');
      return { statusCode: failure.status, body: errorBody(failure), requestId };
    }
  }

  #context({ accountId, signal }: InProcessRequest): ApiContext {
    const { syncExecutions, testing } = this.#options;
    return {
      ...this.#accounts.of(accountId),
      syncExecutions: syncExecutions(),
      testing: testing?.(),
      connections: undefined,
      functions: null,
      caller: {
        accessKeyId: '',
        accountId,
        userArn: `arn:aws:states:::account/${accountId}`,
        userName: `account/${accountId}`,
        groups: [],
        policy: { decide: () => 'allow' },
      },
      activityPollMs: QUOTAS.activityPollMs,
      signal: () => signal,
      holdConnection: () => undefined,
      traceHeader: undefined,
    };
  }
}
