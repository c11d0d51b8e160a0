import type { RunCommit, TokenDeadline } from '@everstep/engine';
import type { MapRunResult } from '@everstep/language';
import type { ApprovalLedger } from './approval-ledger.ts';
import type { JobBoard } from './job-board.ts';
import type { Promises, Replay } from './replay.ts';

/** What has been promised about one token. */
export interface TokenAccount {
  /** The inbox row that holds the accepted result, or null. */
  accepted: number | null;
  /** Whether a worker has taken the activity's task. */
  taken: boolean;
  timeoutAt: number | null;
  heartbeatAt: number | null;
  readonly heartbeats: Set<number>;
}

/** One performance of a task, by one identity of one process. */
export interface Performance {
  readonly processName: string;
  readonly workerId: string;
  /** Claims of this execution with unknown outcome that the process had seen by then. */
  readonly unknownClaims: number;
}

/** What the ledger knows about one execution, from the answers that the store has given. */
export interface Account {
  readonly executionId: string;
  /** Short, for people. */
  readonly label: string;
  readonly replay: Replay;
  readonly tokens: Map<number, TokenAccount>;
  /** The inbox rows that hold results, by task. */
  readonly results: Map<number, number>;
  /** What Map Runs of it came to, by task; the inbox row is among `results`. */
  readonly mapRuns: Map<number, MapRunResult>;
  readonly performances: Map<number, Performance[]>;
  epoch: number;
  holder: string | null;
  /** Who claimed it last: its commit counts until somebody else claims, even where the run was given back meanwhile. */
  claimer: string | null;
  signals: number;
  consumed: number;
  /** The inbox row that holds a Stop, or null. */
  stop: number | null;
  /** Commits refused one after the other, and since when. */
  refused: { count: number; since: number };
  ended: boolean;
  redrives: number;
  /** The task that started it was closed by then: its Stop came before it. */
  isLate: boolean;
  /** It was failed because nobody could read it: which jobs it had started is lost. */
  isUnread: boolean;
}

export function newAccount(executionId: string, label: string, replay: Replay): Account {
  return {
    executionId,
    label,
    replay,
    tokens: new Map(),
    results: new Map(),
    mapRuns: new Map(),
    performances: new Map(),
    epoch: 0,
    holder: null,
    claimer: null,
    signals: 1,
    consumed: 0,
    stop: null,
    refused: { count: 0, since: 0 },
    ended: false,
    redrives: 0,
    isLate: false,
    isUnread: false,
  };
}

export function promisesOf(account: Account, approvals: ApprovalLedger, jobs: JobBoard): Promises {
  const { executionId } = account;
  return {
    heartbeats: (taskId) => account.tokens.get(taskId)?.heartbeats ?? new Set(),
    result: (taskId) => account.results.get(taskId) ?? null,
    jobEnded: (taskId) => jobs.hasEnded(executionId, taskId),
    approved: (taskId) => approvals.resultOf({ executionId, taskId }),
    mapRun: (taskId) => account.mapRuns.get(taskId) ?? null,
    redriveCount: () => account.redrives,
  };
}

/** Notes where a token row's limits stand now. */
export function noteDeadline(account: Account, { taskId, timeoutAt, heartbeatAt }: TokenDeadline): void {
  const token = account.tokens.get(taskId) ?? {
    accepted: null,
    taken: false,
    timeoutAt,
    heartbeatAt,
    heartbeats: new Set<number>(),
  };
  token.timeoutAt = timeoutAt;
  token.heartbeatAt = heartbeatAt;
  if (heartbeatAt !== null) token.heartbeats.add(heartbeatAt);
  account.tokens.set(taskId, token);
}

/** `3 events, park until 12`: a commit in a few words. */
export function describeCommit(commit: RunCommit): string {
  const { history, then, tokens } = commit;
  const events = history === null ? '' : `, events ${history.firstEventId}-${history.lastEventId}`;
  const closed = tokens.closed.map(({ taskId, reason }) => ` -${taskId} ${reason}`).join('');
  const opened = tokens.opened.map(({ taskId }) => ` +${taskId}`).join('');
  const how =
    then.kind === 'keep' ? 'keep' : then.kind === 'end' ? `end ${then.status}` : `park ${String(then.wakeAt)}`;
  return `epoch ${commit.epoch}, consumed ${commit.consumed}${events}, ${how}${opened}${closed}`;
}
