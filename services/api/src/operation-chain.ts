import type { LocalFunctions } from '@everstep/engine';
import { QUOTAS } from '@everstep/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type AccountContext, Accounts } from './accounts.ts';
import type { ApiContext } from './api-context.ts';
import { toApiError } from './api-failure.ts';
import { AuditTrail } from './audit-trail.ts';
import type { Caller } from './caller.ts';
import { goneSignal } from './gone-signal.ts';
import { holdConnection } from './idle-timeout.ts';
import { findRoute } from './operations/index.ts';
import { parseBody } from './request-body.ts';
import { factsOf, headerText } from './request-facts.ts';
import type { ApiServerOptions } from './server.ts';
import { targetOf } from './wire-request.ts';

/** Decides who calls an operation; null where nobody is asked. Throws an ApiError for who may not. */
export type Enter = (body: Buffer, operation: string) => Caller | null | Promise<Caller | null>;

/** The chain of one request: who → target → body → limits → decode → admit → handle → encode. */
export class OperationChain {
  readonly #options: ApiServerOptions;
  readonly #accounts: Accounts;
  readonly #trail: AuditTrail | null;
  readonly #closing: AbortSignal;

  constructor(options: ApiServerOptions, closing: AbortSignal) {
    const { context, logger, audit } = options;
    this.#options = options;
    this.#accounts = new Accounts(context);
    this.#trail = audit === undefined ? null : new AuditTrail(context.store, audit, logger);
    this.#closing = closing;
  }

  /** What a caller works with. */
  accountOf(caller: Caller | null): AccountContext {
    return caller === null ? this.#accounts.own : this.#accounts.of(caller.accountId);
  }

  /** Functions lie in the server's own account: callers of others see none. */
  functionsOf(caller: Caller | null): LocalFunctions | null {
    return this.accountOf(caller) === this.#accounts.own ? (this.#options.functions ?? null) : null;
  }

  /** What handlers get for a request of this caller. */
  contextOf(caller: Caller | null, request: FastifyRequest, reply: FastifyReply): ApiContext {
    const { syncExecutions, testing, connections, activityPollMs = QUOTAS.activityPollMs } = this.#options;
    const signal = (): AbortSignal => AbortSignal.any([this.#closing, goneSignal(reply.raw)]);
    const traceHeader = headerText(request, 'x-amzn-trace-id');
    const functions = this.functionsOf(caller);
    const { engine, pageTokens } = this.accountOf(caller);
    const hold = (): void => holdConnection(request, reply);
    const shared = { engine, pageTokens, syncExecutions, testing, connections, functions, activityPollMs };
    return { ...shared, caller, signal, holdConnection: hold, traceHeader };
  }

  /** The answer's JSON text. Throws ApiErrors. */
  async answer(request: FastifyRequest, reply: FastifyReply, enter: Enter): Promise<string> {
    const known = factsOf(request);
    const found = findRoute(targetOf(request));
    known.operation = found.operation;
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const caller = await enter(body, found.operation);
    if (caller !== null && caller.accessKeyId !== null) known.accessKeyId = caller.accessKeyId;
    try {
      const parsed = parseBody(headerText(request, 'content-type'), body);
      return await found.answer(this.contextOf(caller, request, reply), parsed, known);
    } catch (error) {
      known.errorCode = toApiError(error, request.id).code;
      throw error;
    } finally {
      await this.record(request, caller);
    }
  }

  /** Writes a call that is decided into the audit log, as far as it belongs there. */
  async record(request: FastifyRequest, caller: Caller | null): Promise<void> {
    const facts = factsOf(request);
    if (this.#trail?.keeps(facts) !== true) return;
    const { accountId } = this.accountOf(caller).engine.settings;
    const at = this.#options.context.clock.now();
    await this.#trail.record({ facts, caller, accountId, at, requestId: request.id, sourceAddress: request.ip });
  }
}
