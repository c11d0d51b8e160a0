import { Batcher } from '../batcher.ts';
import type { EngineContext } from '../context.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { CommitOutcome, RunCommit } from '../ports/run-store.ts';
import { StoreUnavailableError } from '../ports/store.ts';

/** What an execution wants to commit cannot even be written down (a text longer than a string may be). */
export class UnwritableCommitError extends Error {
  constructor(options: ErrorOptions) {
    super('a commit cannot be written down', options);
    this.name = 'UnwritableCommitError';
  }
}

/** The lease ended before the commit was sent: the execution is no longer this worker's. */
export class LeaseLostError extends Error {
  constructor() {
    super('the lease of this worker is over');
    this.name = 'LeaseLostError';
  }
}

export interface WriterLease {
  readonly workerId: string;
  valid(): boolean;
}

const MAX_COMMITS = 1_000;
const FIRST_DELAY_MS = 50;
const MAX_DELAY_MS = 1_000;

/** A commit, and the identity under which the run was claimed. */
interface Submitted {
  readonly commit: RunCommit;
  readonly workerId: string;
}

/** A commit as it was made, and what became of it. */
export interface Written {
  readonly commit: RunCommit;
  readonly outcome: CommitOutcome;
}

const FENCED: CommitOutcome = { kind: 'fenced' };

/**
 * The process's one commit writer. It gathers what all executions have pending into one transaction after the other.
 * A store that is away is asked again for as long as the lease lasts: nothing happened, so nothing is lost.
 */
export class CommitWriter {
  readonly #context: EngineContext;
  readonly #lease: WriterLease;
  readonly #batcher: Batcher<Submitted, Written>;

  constructor(context: EngineContext, lease: WriterLease) {
    this.#context = context;
    this.#lease = lease;
    this.#batcher = new Batcher({
      write: (batch) => this.#write(batch),
      size: ({ commit }) => bytesOf(commit),
      maxItems: MAX_COMMITS,
      maxBytes: context.settings.maxBatchBytes,
    });
  }

  /**
   * `make` is called when the batch is gathered: however many executions wait, only one batch of texts is in memory.
   * Rejects with UnwritableCommitError where it throws; with OutcomeUnknownError or LeaseLostError where the execution
   * must be dropped (and claimed anew).
   */
  submit(make: () => RunCommit): Promise<Written> {
    const { workerId } = this.#lease;
    return this.#batcher.submitLater(() => ({ commit: written(make), workerId }));
  }

  async #write(batch: readonly Submitted[]): Promise<readonly Written[]> {
    const { store, clock, logger, metrics } = this.#context;
    for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
      if (!this.#lease.valid()) throw new LeaseLostError();
      const { workerId } = this.#lease;
      // What waited here while the worker lost one identity and took another is not its own any more.
      const own = batch.filter((submitted) => submitted.workerId === workerId);
      if (own.length === 0) return batch.map(({ commit }) => ({ commit, outcome: FENCED }));
      const sent = performance.now();
      try {
        const outcomes = await store.commit(
          workerId,
          own.map(({ commit }) => commit),
        );
        metrics.observe('commitMs', performance.now() - sent);
        countOutcomes(metrics, own, outcomes);
        const byCommit = new Map(own.map(({ commit }, index) => [commit, outcomes[index]]));
        return batch.map(({ commit }) => ({ commit, outcome: byCommit.get(commit) ?? FENCED }));
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
        logger.warn({ err: error, commits: own.length }, 'the store is away; the commit is tried again');
        await clock.sleep(delayMs);
      }
    }
  }
}

function countOutcomes(metrics: Metrics, own: readonly Submitted[], outcomes: readonly CommitOutcome[]): void {
  const committed = own.filter((_, index) => outcomes[index]?.kind === 'committed');
  metrics.observe('commitBatch', own.length);
  metrics.count('commits', committed.length);
  metrics.count('commitsRefused', own.length - committed.length);
  metrics.count('executionsEnded', committed.filter(({ commit }) => commit.then.kind === 'end').length);
}

function mapRunBytes(writes: RunCommit['mapRuns']): number {
  let bytes = 0;
  for (const { plan } of writes?.started ?? []) bytes += plan.length;
  for (const { input, checkpoint } of writes?.own?.children ?? []) bytes += input.length + checkpoint.length;
  for (const { outcomes } of writes?.own?.outcomes ?? []) bytes += outcomes.length;
  return bytes;
}

function written(make: () => RunCommit): RunCommit {
  try {
    return make();
  } catch (error) {
    throw new UnwritableCommitError({ cause: error });
  }
}

function bytesOf(commit: RunCommit): number {
  let bytes = commit.checkpoint.length + (commit.history?.events.length ?? 0);
  for (const frame of commit.frames.written) bytes += frame.data.length;
  for (const token of commit.tokens.opened) bytes += token.input?.length ?? 0;
  for (const arrival of commit.arrivals) bytes += arrival.activation.length;
  for (const { request } of commit.jobStops ?? []) bytes += request.length;
  bytes += mapRunBytes(commit.mapRuns);
  if (commit.then.kind === 'end') bytes += commit.then.output?.length ?? 0;
  return bytes;
}
