import { type AuditEntry, type AuditStore, Batcher, type Logger, timeOrderedId } from '@everstep/engine';
import type { RequestFacts } from './api-context.ts';
import type { Caller } from './caller.ts';

const MAX_ENTRIES = 500;
const MAX_BYTES = 1_048_576;

/** A call as it is known once it is decided. */
export interface AuditedCall {
  readonly facts: RequestFacts;
  readonly caller: Caller | null;
  readonly accountId: string;
  readonly at: number;
  readonly requestId: string;
  readonly sourceAddress: string;
}

/** What is written down: what changes something here, or StartSyncExecution too. */
export type AuditScope = 'changes' | 'all';

/** Writes down who changed what. Entries of calls at the same time share a write. */
export class AuditTrail {
  readonly #scope: AuditScope;
  readonly #logger: Logger;
  readonly #entries: Batcher<AuditEntry, true>;

  constructor(store: AuditStore, scope: AuditScope, logger: Logger) {
    this.#scope = scope;
    this.#logger = logger;
    this.#entries = new Batcher({
      async write(entries) {
        await store.recordAudit(entries);
        return entries.map(() => true as const);
      },
      size: ({ resource, userArn }) => 200 + resource.length + userArn.length,
      maxItems: MAX_ENTRIES,
      maxBytes: MAX_BYTES,
    });
  }

  /** Whether a call is one that is written down. */
  keeps(facts: RequestFacts): boolean {
    return isAudited(facts, this.#scope);
  }

  /**
   * Resolves when the entry is kept, so that who has an answer finds the call in the log. What the call did stands
   * either way: an entry that cannot be kept goes to the process's log instead.
   */
  async record(call: AuditedCall): Promise<void> {
    const { facts, caller, accountId, at, requestId, sourceAddress } = call;
    const entry: AuditEntry = {
      entryId: timeOrderedId(at),
      at,
      accountId,
      userArn: caller?.userArn ?? 'anonymous',
      accessKeyId: caller?.accessKeyId ?? null,
      action: facts.access?.action ?? '',
      resource: facts.access?.resource ?? '*',
      requestId,
      sourceAddress,
      outcome: facts.errorCode ?? 'OK',
    };
    try {
      await this.#entries.submit(entry);
    } catch (error) {
      this.#logger.error({ err: error, audit: entry }, 'an entry of the audit log could not be kept');
    }
  }
}

/** Calls that change something, and all that were denied. A poll that got no task has changed nothing. */
function isAudited({ access, errorCode, isIdlePoll }: RequestFacts, scope: AuditScope): boolean {
  if (access === undefined || isIdlePoll === true) return false;
  // As in AWS, where this one call is not logged: it changes nothing that is stored here, and an entry would cost it the
  // only write it makes. https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
  if (access.action === 'states:StartSyncExecution' && scope !== 'all') return errorCode === 'AccessDeniedException';
  return access.level === 'Write' || access.level === 'Tagging' || errorCode === 'AccessDeniedException';
}
