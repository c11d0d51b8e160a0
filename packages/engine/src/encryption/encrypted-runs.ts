import { ApiError } from '@everstep/protocol';
import type { Logger } from '../ports/logger.ts';
import type {
  ClaimedRun,
  CommitOutcome,
  NewExecution,
  NewExpressRun,
  Reread,
  RunCommit,
  RunStore,
} from '../ports/run-store.ts';
import { type Store, StoreUnavailableError } from '../ports/store.ts';
import { BoundedMap } from './bounded-map.ts';
import type { SealScope } from './key-in-use.ts';
import type { SealScopes } from './seal-scopes.ts';
import { type SealContext, openRun, sealCommit, unreadableRun } from './sealed-runs.ts';
import { isSealedCheckpoint, placeOf, sealCheckpoint, sealText } from './sealed-records.ts';
import { BrokenSealError, type Sealer, isMarked, isSealed } from './sealer.ts';

export interface EncryptedRunsOptions {
  readonly sealer: Sealer;
  readonly scopes: SealScopes;
  readonly logger: Logger;
}

type Verbs = Pick<RunStore, 'startExecutions' | 'startExpress' | 'claim' | 'claimWarm' | 'commit' | 'reread' | 'force'>;

/** Runs that a process may hold as unreadable at once: each is failed by its next commit. */
const UNREADABLE_RUNS = 100_000;

/** Inside a transaction nothing can be looked up: it is given up, and begun again with what it lacked. */
class UnknownScopeError extends Error {
  readonly executionId: string;

  constructor(executionId: string) {
    super(`whether execution ${executionId} is sealed has not been looked up`);
    this.name = 'UnknownScopeError';
    this.executionId = executionId;
  }
}

/** What workers keep of executions: checkpoints, frames, history, arrivals, the inputs of tasks, and how they end. */
export class EncryptedRuns {
  readonly #inner: Store;
  readonly #sealer: Sealer;
  readonly #scopes: SealScopes;
  readonly #logger: Logger;
  /** The epochs under which runs were claimed that nobody can read: all that may be committed is their failure. */
  readonly #unreadable = new BoundedMap<string, number>(UNREADABLE_RUNS);

  constructor(inner: Store, { sealer, scopes, logger }: EncryptedRunsOptions) {
    this.#inner = inner;
    this.#sealer = sealer;
    this.#scopes = scopes;
    this.#logger = logger;
  }

  verbs(): Verbs {
    return {
      startExecutions: async (batch) => {
        if (batch.every(({ revisionId }) => this.#scopes.isPlainRevision(revisionId))) {
          return this.#inner.startExecutions(batch);
        }
        const drafts = await Promise.all(batch.map((execution) => this.#sealStart(execution)));
        return this.#inner.startExecutions(drafts);
      },
      startExpress: async (batch) => {
        const drafts = await Promise.all(batch.map((run) => this.#sealExpress(run)));
        return this.#inner.startExpress(drafts);
      },
      claim: async (request) => {
        const runs = await this.#inner.claim(request);
        if (runs.every((run) => !isSealedRun(run))) {
          for (const run of runs) this.#scopes.learnExecution(run.execution.executionId, null);
          return runs;
        }
        const opened = await Promise.all(runs.map((run) => this.#openClaimed(run)));
        return opened.filter((run) => run !== null);
      },
      // Where its arrivals cannot be opened it is left out, and the worker claims it as it stands in the store.
      claimWarm: async (request) =>
        (await this.#inner.claimWarm(request)).flatMap((run) => this.#openArrivals(run) ?? []),
      commit: (workerId, batch) =>
        batch.every((commit) => this.#isPlain(commit))
          ? this.#inner.commit(workerId, batch)
          : this.#commit(workerId, batch),
      reread: async (runs) => {
        const found = await this.#inner.reread(runs);
        return found.flatMap((entry) => this.#openArrivals(entry) ?? []);
      },
      force: (executionId, decide) => this.#force(executionId, decide),
    };
  }

  async #sealStart(execution: NewExecution): Promise<NewExecution> {
    const { executionId, executionArn, input, checkpoint, activation } = execution;
    const scope = await this.#scopes.ofRevision(execution.revisionId);
    if (scope === null) return execution;
    return unlessKeyGoes(() => ({
      ...execution,
      input: sealText(this.#sealer, scope, placeOf(executionId, 'input'), input),
      inputDigest: this.#sealer.digest(scope, placeOf(executionArn, 'input'), input),
      checkpoint: sealCheckpoint(this.#sealer, scope, executionId, checkpoint),
      activation: sealText(this.#sealer, scope, placeOf(executionId, 'activation'), activation),
    }));
  }

  async #sealExpress(run: NewExpressRun): Promise<NewExpressRun> {
    const { executionId, revisionId, input } = run.execution;
    const scope = await this.#scopes.ofRevision(revisionId);
    if (scope === null) return run;
    return unlessKeyGoes(() => {
      const sealed = sealText(this.#sealer, scope, placeOf(executionId, 'input'), input);
      return { ...run, execution: { ...run.execution, input: sealed } };
    });
  }

  /** null: the key is not at hand here. It stays this worker's, and is claimed again with the next renewals of its lease. */
  async #openClaimed(run: ClaimedRun): Promise<ClaimedRun | null> {
    const { executionId, executionArn, revisionId } = run.execution;
    if (!isSealedRun(run)) {
      this.#scopes.learnExecution(executionId, null);
      return run;
    }
    this.#scopes.learnExecution(executionId, await this.#scopes.ofRevision(revisionId));
    try {
      return openRun(this.#sealer, run);
    } catch (error) {
      if (isKeyMissing(error)) {
        this.#logger.error({ err: error, executionArn }, 'an execution waits for its encryption key');
        return null;
      }
      if (!isRefusal(error)) throw error;
      this.#logger.error({ err: error, executionArn }, 'an execution cannot be decrypted; it is failed');
      this.#unreadable.set(executionId, run.epoch);
      return unreadableRun(run, error.message);
    }
  }

  #openArrivals<Entry extends Reread>(entry: Entry): Entry | null {
    const place = placeOf(entry.executionId, 'activation');
    try {
      const inbox = entry.inbox.map((row) => ({ ...row, activation: this.#sealer.open(place, row.activation) }));
      return { ...entry, inbox };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // Left out, it leaves memory, and its next claim tells what is to become of it.
      this.#logger.warn({ err: error, executionId: entry.executionId }, 'arrivals cannot be decrypted');
      return null;
    }
  }

  /** Nothing of it is sealed, nor looks as if it were: it passes as it is, without a look at the store. */
  #isPlain({ executionId, arrivals, tokens, then }: RunCommit): boolean {
    return (
      this.#scopes.knownOfExecution(executionId) === null &&
      arrivals.every((arrival) => this.#scopes.knownOfExecution(arrival.executionId) === null) &&
      tokens.opened.every(
        ({ activityArn, stateName }) =>
          !isMarked(stateName) && (activityArn === null || this.#scopes.isPlainActivity(activityArn)),
      ) &&
      (then.kind !== 'end' || ![then.output, then.error, then.cause].some((text) => text !== null && isMarked(text)))
    );
  }

  async #commit(workerId: string, batch: readonly RunCommit[]): Promise<CommitOutcome[]> {
    const drafts = await Promise.all(batch.map((commit) => this.#sealOrRefuse(commit)));
    const sealed = drafts.flatMap((draft) => ('kind' in draft ? [] : [draft]));
    const outcomes = sealed.length === 0 ? [] : await this.#inner.commit(workerId, sealed);
    const queue = outcomes.values();
    return drafts.map((draft, index) => {
      if ('kind' in draft) return draft;
      const outcome = queue.next().value;
      if (outcome === undefined) throw new Error('the store answered fewer outcomes than it got commits');
      const { executionId, then } = batch[index] ?? draft;
      if (outcome.kind === 'committed' && then.kind === 'end') this.#scopes.forgetExecution(executionId);
      return outcome;
    });
  }

  async #sealOrRefuse(commit: RunCommit): Promise<RunCommit | Extract<CommitOutcome, { kind: 'unstorable' }>> {
    const found = new Map<string, SealScope | null>();
    for (const executionId of [commit.executionId, ...commit.arrivals.map((arrival) => arrival.executionId)]) {
      found.set(executionId, await this.#scopes.ofExecution(executionId));
    }
    const activities = await this.#activityScopes(commit);
    try {
      return this.#seal(commit, { ...activities, scopeOf: (executionId) => found.get(executionId) ?? null });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return { kind: 'unstorable', message: error.message };
    }
  }

  async #activityScopes(commit: RunCommit): Promise<Pick<SealContext, 'activityScopeOf'>> {
    const found = new Map<string, SealScope | null>();
    for (const { activityArn } of commit.tokens.opened) {
      if (activityArn !== null) found.set(activityArn, await this.#scopes.ofActivity(activityArn));
    }
    return { activityScopeOf: (arn) => found.get(arn) ?? null };
  }

  #seal(commit: RunCommit, context: SealContext): RunCommit {
    const isFailure = this.#unreadable.get(commit.executionId) === commit.epoch;
    return sealCommit(this.#sealer, commit, context, isFailure);
  }

  async #force(executionId: string, decide: (run: ClaimedRun) => RunCommit): ReturnType<RunStore['force']> {
    const found = new Map<string, SealScope | null>();
    const scopeOf = (id: string): SealScope | null => {
      const scope = found.get(id) ?? this.#scopes.knownOfExecution(id);
      if (scope !== undefined) return scope;
      if (found.has(id)) return null;
      throw new UnknownScopeError(id);
    };
    // Each turn learns of another execution, and a commit tells only so many.
    for (;;) {
      try {
        return await this.#inner.force(executionId, (run) => {
          if (!isSealedRun(run)) this.#scopes.learnExecution(executionId, null);
          return this.#seal(decide(openRun(this.#sealer, run)), { scopeOf, activityScopeOf: () => null });
        });
      } catch (error) {
        if (!(error instanceof UnknownScopeError)) throw error;
        found.set(error.executionId, await this.#scopes.ofExecution(error.executionId));
      }
    }
  }
}

function isSealedRun({ checkpoint, execution }: ClaimedRun): boolean {
  return isSealedCheckpoint(checkpoint) || isSealed(execution.input);
}

function isKeyMissing(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'KmsAccessDeniedException';
}

/** What cannot be sealed or opened, now or later. */
function isRefusal(error: unknown): error is Error {
  return error instanceof ApiError || error instanceof BrokenSealError;
}

/** The starter has looked at the key; where it went since, those who start with it must not fail for it. */
function unlessKeyGoes<Draft>(seal: () => Draft): Draft {
  try {
    return seal();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw new StoreUnavailableError(error.message, { cause: error });
  }
}
