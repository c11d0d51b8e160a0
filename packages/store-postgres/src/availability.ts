import { OutcomeUnknownError, type Logger, StoreUnavailableError } from '@everstep/engine';
import { databaseError, PoolExhaustedError } from './errors.ts';

/** Longer than the pause between two tries of somebody who cannot go on; a success in between does not end an outage. */
const QUIET_MS = 2_000;
/** SQLSTATE class 53: insufficient resources. */
const RESOURCES = '53';

interface Outage {
  readonly since: number;
  lastFailure: number;
  failures: number;
  readonly reasons: Set<string>;
  reason: string;
  kind: string;
}

/**
 * Knows whether the database serves, by what everybody meets, and tells the log once when that changes: an outage is
 * one piece of news (one for each reason that it shows), however many requests meet it.
 */
export class Availability {
  readonly #logger: Logger;
  readonly #now: () => number;
  #outage: Outage | null = null;

  constructor(logger: Logger, now: () => number = () => performance.now()) {
    this.#logger = logger;
    this.#now = now;
  }

  /** Why the database does not serve, in its own words; null: it does, as far as anybody knows. */
  get reason(): string | null {
    return this.#outage?.reason ?? null;
  }

  /** Why it refuses work though it answers: it lacks space, memory or connections. */
  get refusal(): string | null {
    return this.#outage !== null && this.#outage.kind.startsWith(RESOURCES) ? this.#outage.reason : null;
  }

  /** Somebody was told that the database does not serve. Other errors are not its absence. */
  failed(error: unknown): void {
    if (!(error instanceof StoreUnavailableError) && !(error instanceof OutcomeUnknownError)) return;
    const now = this.#now();
    const { reason, kind } = describeOutage(error.cause);
    this.#outage ??= { since: now, lastFailure: now, failures: 0, reasons: new Set(), reason, kind };
    this.#outage.lastFailure = now;
    this.#outage.failures++;
    this.#outage.reason = reason;
    this.#outage.kind = kind;
    if (this.#outage.reasons.has(kind)) return;
    this.#outage.reasons.add(kind);
    this.#logger.warn({ reason }, 'the database does not serve');
  }

  /** Something was done. */
  served(): void {
    if (this.#outage === null) return;
    const now = this.#now();
    const { since, lastFailure, failures, reason } = this.#outage;
    if (now - lastFailure < QUIET_MS) return;
    this.#outage = null;
    this.#logger.warn({ reason, failures, awayMs: Math.round(lastFailure - since) }, 'the database serves again');
  }
}

/** What people may read: the server's own words, or the name of what became of the connection; never an address. */
function describeOutage(cause: unknown): { readonly reason: string; readonly kind: string } {
  const answer = databaseError(cause);
  if (answer !== null) return { reason: answer.message, kind: answer.code ?? answer.message };
  if (cause instanceof PoolExhaustedError) return { reason: cause.message, kind: `${RESOURCES} of this process` };
  for (let at = cause; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') {
      return { reason: `no connection to the database (${at.code})`, kind: 'connection' };
    }
  }
  return { reason: cause instanceof Error ? cause.message : 'no connection to the database', kind: 'connection' };
}
