import type { ExecutionRecord, ExecutionStatus, ParentTask, Qualifier } from './execution-store.ts';
import type { NewJobStop } from './job-stop-store.ts';
import type { MapRunWrites } from './map-run-store.ts';
import type { CommitLimits } from './limiter-store.ts';
import type { OpenToken, TokenDeadline } from './token-store.ts';

export interface NewExecution {
  readonly executionId: string;
  readonly executionArn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly revisionId: string;
  readonly input: string;
  /** What tells equal inputs where equal ones are not the same text, because they are sealed; absent: the input itself. */
  readonly inputDigest?: string;
  readonly startDate: number;
  readonly traceHeader: string | null;
  readonly parent: ParentTask | null;
  readonly qualifier?: Qualifier;
  /** The first checkpoint, its format, and the Start activation (JSON text), which becomes inbox row 1. */
  readonly checkpoint: string;
  readonly format: number;
  readonly activation: string;
  /** How long a lost hint may cost: wake_at becomes now + this. */
  readonly graceMs: number;
}

/** An asynchronous Express execution: only a run, without a name to claim, a row in the list or a history. */
export interface NewExpressRun {
  /** RUNNING, and never anything else. */
  readonly execution: ExecutionRecord;
  /** The format that a worker must know to claim it. */
  readonly format: number;
  /** How long a lost hint may cost: wake_at becomes now + this. */
  readonly graceMs: number;
}

export type StartOutcome =
  | { readonly kind: 'started' }
  /** The same name, open, with byte-equal input; or the very same parent task asked again. Its id and start. */
  | {
      readonly kind: 'existing';
      readonly executionId: string;
      readonly executionArn: string;
      readonly startDate: number;
    }
  /** The name is taken by an execution that is closed or has another input. */
  | { readonly kind: 'conflict'; readonly executionArn: string }
  /** The machine is gone or being deleted. */
  | { readonly kind: 'no-machine' };

export interface ClaimRequest {
  /** Must hold a live lease, else nothing is claimed. */
  readonly workerId: string;
  /** None of these is in the worker's memory. */
  readonly executionIds: readonly string[];
  /** The checkpoint formats the worker knows. */
  readonly formats: readonly number[];
}

export interface InboxRow {
  readonly number: number;
  /** JSON text of an Activation. */
  readonly activation: string;
}

/** A run as claimed: the row locked first, the rest read by a later statement. */
export interface ClaimedRun {
  readonly execution: ExecutionRecord;
  readonly epoch: number;
  /** Inbox rows up to this number are part of the checkpoint. */
  readonly consumed: number;
  readonly checkpoint: string;
  readonly format: number;
  readonly frames: ReadonlyArray<{ readonly id: string; readonly data: string }>;
  /** Rows after `consumed`, ascending. */
  readonly inbox: readonly InboxRow[];
  readonly tokens: readonly TokenDeadline[];
  /** How often in a row an owner died holding it, without a commit since its claim. Every commit sets it to 0. */
  readonly crashes: number;
  /** Runs in memory from its start each time it is claimed, and is removed with `endExpress`; it is never committed. */
  readonly express: boolean;
  /** A Map Run: `execution` is what it was started with, its frame `plan` what it does, its inbox the ends of its children. */
  readonly mapRun: boolean;
  /** Why nobody can read it, now or later: it is to be failed, and nothing of it is what it says. */
  readonly unreadable?: string;
}

/** A run as claimed by a worker that has its checkpoint and frames in memory. */
export type WarmRun = Pick<ClaimedRun, 'epoch' | 'consumed' | 'inbox' | 'tokens'> & { readonly executionId: string };

/**
 * An activation for another run (a parent's ChildResult, a child's Stop), counted and numbered like any arrival; it resets
 * the run's grace to the one it was started with. Dropped where the run has ended. Whether an arrival from the same batch
 * comes before or after the other run's own commit is open; it is never lost.
 */
export interface Arrival {
  readonly executionId: string;
  readonly activation: string;
}

export interface RunCommit {
  readonly executionId: string;
  /** The claimer's; a row with another epoch fences this commit. */
  readonly epoch: number;
  /** Rows up to here are now part of the checkpoint and are deleted. */
  readonly consumed: number;
  /** What it was when this owner last committed or claimed, where it knows: then nobody looks for consumed rows in vain. */
  readonly consumedBefore?: number;
  readonly checkpoint: string;
  readonly format: number;
  readonly frames: {
    readonly written: ReadonlyArray<{ readonly id: string; readonly data: string }>;
    readonly deleted: readonly string[];
  };
  /**
   * Contiguous events that continue the history; null where nothing happened. `events` is the JSON text of an array.
   * A chunk whose first event id is already there is `unstorable`.
   */
  readonly history: { readonly firstEventId: number; readonly lastEventId: number; readonly events: string } | null;
  readonly tokens: { readonly opened: readonly OpenToken[]; readonly closed: readonly CloseToken[] };
  /** Absent: nothing about permits has changed. */
  readonly limits?: CommitLimits;
  readonly arrivals: readonly Arrival[];
  /** Jobs that are to be stopped; absent: none. */
  readonly jobStops?: readonly NewJobStop[];
  /** Absent: nothing. */
  readonly mapRuns?: MapRunWrites;
  readonly then: CommitThen;
}

export interface CloseToken {
  readonly taskId: number;
  /**
   * timed-out: refused unless the token is open and a deadline in its row has passed. completed (by its accepted result,
   * or because its own request failed) and aborted: refused unless it is open, or accepted and consumed by this commit.
   * A token that is not there refuses the time-out and the abort.
   */
  readonly reason: 'completed' | 'timed-out' | 'aborted';
}

export type CommitThen =
  /** The owner goes on. */
  | { readonly kind: 'keep' }
  /** Nobody owns it until wakeAt (null: until something arrives). Refused where signals differ from consumed. */
  | { readonly kind: 'park'; readonly wakeAt: number | null }
  /**
   * The run leaves `runs` with its frames, inbox and all its tokens. What did not succeed, and any Map Run, is kept for a
   * redrive. Refused where signals differ from consumed.
   */
  | {
      readonly kind: 'end';
      readonly status: Exclude<ExecutionStatus, 'RUNNING' | 'PENDING_REDRIVE'>;
      readonly stopDate: number;
      readonly output: string | null;
      readonly error: string | null;
      readonly cause: string | null;
      /** When the name may be used again. */
      readonly reusableAt: number;
    };

export type CommitOutcome =
  /** `told`: owners of the runs that got arrivals, for hints. */
  | { readonly kind: 'committed'; readonly told: readonly Told[] }
  | { readonly kind: 'fenced' }
  /** signals ≠ consumed: read the inbox and tokens again. */
  | { readonly kind: 'signals' }
  /** A token row says otherwise: claim anew. */
  | { readonly kind: 'token' }
  /** This commit's own data cannot be stored, whatever is tried: fail the execution with the message. */
  | { readonly kind: 'unstorable'; readonly message: string };

/** Who must be hinted after an arrival: the owner, or (null) the shared queue. */
export interface Told {
  readonly executionId: string;
  readonly owner: string | null;
}

export interface Reread {
  readonly executionId: string;
  readonly inbox: readonly InboxRow[];
  readonly tokens: readonly TokenDeadline[];
}

export type ForceOutcome =
  | { readonly kind: 'committed'; readonly told: readonly Told[]; readonly formerOwner: string | null }
  | { readonly kind: 'ended' };

export interface RunStore {
  /**
   * One transaction; outcomes in the order of the batch. A name that stands twice in a batch is decided in order. An
   * execution id that exists is the same start asked again, whatever has become of it: `existing`.
   */
  startExecutions(batch: readonly NewExecution[]): Promise<StartOutcome[]>;
  /**
   * One transaction. True: it is there to be claimed (an id that is there already is the same start asked again); false:
   * the machine is gone or being deleted.
   */
  startExpress(batch: readonly NewExpressRun[]): Promise<boolean[]>;
  /** Removes Express runs whose epoch still matches. May be repeated. */
  endExpress(runs: ReadonlyArray<{ executionId: string; epoch: number }>): Promise<void>;
  /**
   * Owner := worker, epoch := epoch + 1, where the owner is null, dead or lapsed, or the worker itself; wake_at stays.
   * Runs that are owned by somebody alive, have ended, or carry an unknown format are left out of the answer.
   */
  claim(request: ClaimRequest): Promise<ClaimedRun[]>;
  /**
   * As `claim`, for runs that nobody owns and whose epoch is still the given one: then nobody has had them since, and
   * what the worker has in memory is what is committed. All others are left out, and as they were.
   */
  claimWarm(request: {
    readonly workerId: string;
    readonly runs: ReadonlyArray<{ readonly executionId: string; readonly epoch: number }>;
  }): Promise<WarmRun[]>;
  /**
   * Ids of unowned runs whose wake_at has passed, the lanes (`laneOf`) in turns and each by wake_at: the way without a
   * queue.
   */
  listDue(limit: number): Promise<string[]>;
  /**
   * One transaction for all; outcomes in the order of the batch; refused ones leave no trace. Throws
   * OutcomeUnknownError (drop all, claim anew) or StoreUnavailableError (nothing happened).
   */
  commit(workerId: string, batch: readonly RunCommit[]): Promise<CommitOutcome[]>;
  /** Inbox rows after `consumed` and token rows of runs whose epoch still matches; the fenced ones are left out. */
  reread(runs: ReadonlyArray<{ executionId: string; epoch: number; consumed: number }>): Promise<Reread[]>;
  /** Gives runs back: owner := null, wake_at := now (or so much later), where the epoch still matches. */
  release(
    runs: ReadonlyArray<{ readonly executionId: string; readonly epoch: number; readonly wakeInMs?: number }>,
  ): Promise<void>;
  /**
   * Takes back the crash of each of these claims: their owner lost its lease, but did not die. `epoch` is that of the
   * claim, under which nothing was committed. The number of crashes never falls below 0.
   */
  absolve(claims: ReadonlyArray<{ readonly executionId: string; readonly epoch: number }>): Promise<void>;
  /**
   * One transaction without an owner in between: locks the run row, epoch + 1, reads, lets `decide` make a commit with
   * the new epoch (synchronously), commits. The old owner is fenced, and nobody owns the run afterwards. Where `decide`
   * throws or its commit would be refused, the promise rejects and nothing has changed, the epoch neither.
   */
  force(executionId: string, decide: (run: ClaimedRun) => RunCommit): Promise<ForceOutcome>;
}
