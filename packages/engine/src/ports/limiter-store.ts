import type { TaskLimit } from '@everstep/language';
import type { ArnScope } from '@everstep/protocol';

export interface LimiterRecord {
  readonly limiterArn: string;
  readonly name: string;
  /** JSON text of LimiterSettings. */
  readonly settings: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** null: it gives permits. */
  readonly pausedAt: number | null;
}

/** A task that waits for permits from the commit on that holds this. */
export interface LimitedTask {
  readonly taskId: number;
  /** For people; null where it must not be readable. */
  readonly stateName: string | null;
  /** At least one, each limiter at most once. */
  readonly limits: readonly TaskLimit[];
}

/** What a commit says about permits. */
export interface CommitLimits {
  readonly opened: readonly LimitedTask[];
  /** Tasks that need or hold none any more; `all`: none of the run's tasks does. */
  readonly closed: readonly number[] | 'all';
}

export interface GrantedTask {
  readonly executionId: string;
  readonly taskId: number;
  /** The owner to hint, or null: the shared queue. */
  readonly owner: string | null;
  /** How long it waited, in milliseconds. */
  readonly waitedMs: number;
}

export interface Grants {
  readonly granted: readonly GrantedTask[];
  /** Whether there is something left that can be looked at now. */
  readonly more: boolean;
  /** When a rate gives permits again that somebody may wait for; null: at no known time. */
  readonly lookAt: number | null;
}

/** How a limiter is used at a moment. */
export interface LimiterUse {
  readonly waiting: number;
  /** Since when the task that has waited longest waits; null: none waits. */
  readonly waitingSince: number | null;
  readonly permitsInUse: number;
  /** Keys for which tasks wait. */
  readonly waitingKeys: number;
  /** The keys with the most waiting tasks, most first; as many as were asked for. */
  readonly busiestKeys: ReadonlyArray<{
    readonly key: string;
    readonly waiting: number;
    readonly permitsInUse: number;
  }>;
}

/** A task that waits for a limiter's permit, or holds one. */
export interface LimiterTask {
  readonly executionId: string;
  readonly taskId: number;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly stateName: string | null;
  readonly key: string;
  readonly priority: number;
  readonly since: number;
  /** null: it waits. */
  readonly grantedAt: number | null;
}

/** Where a page of a limiter's tasks goes on. */
export interface LimiterTaskPlace {
  readonly since: number;
  readonly executionId: string;
  readonly taskId: number;
}

/**
 * Limiters and their permits. A permit is a row that a commit makes for a task, that `grantPermits` marks, and that the
 * commit in which the task is closed removes: it belongs to the task, whoever performs that, and nothing else holds it.
 */
export interface LimiterStore {
  /** Creates it, or replaces its settings; what waits is looked at anew. `isNew`: it was created. */
  putLimiter(limiter: {
    readonly limiterArn: string;
    readonly name: string;
    readonly settings: string;
  }): Promise<{ readonly isNew: boolean; readonly limiter: LimiterRecord }>;
  findLimiter(limiterArn: string): Promise<LimiterRecord | null>;
  /** Those of one account in one region, by name, ascending by code point. */
  listLimiters(page: ArnScope & { afterName?: string; limit: number }): Promise<LimiterRecord[]>;
  /** All there are. */
  allLimiters(): Promise<LimiterRecord[]>;
  /** A paused limiter gives no permits; those it has given stay. Pausing what is paused changes nothing. null: it is not there. */
  pauseLimiter(limiterArn: string): Promise<LimiterRecord | null>;
  resumeLimiter(limiterArn: string): Promise<LimiterRecord | null>;
  /** Nobody waits for it any more. */
  deleteLimiter(limiterArn: string): Promise<void>;
  /**
   * One transaction, one after the other in the whole installation: gives the permits that can be given to at most so many
   * of the tasks that wait, in the limiters' order, and counts an activation into the inbox of each. A task gets those of
   * all its limiters at once or none. The activation's text is made by `activation(taskId, at)`.
   */
  grantPermits(request: {
    readonly limit: number;
    readonly activation: (taskId: number, at: number) => string;
  }): Promise<Grants>;
  readLimiterUse(limiterArn: string, keys: number): Promise<LimiterUse>;
  /** By `since`, the oldest first. */
  listLimiterTasks(query: {
    readonly limiterArn: string;
    readonly state: 'waiting' | 'permitted' | 'any';
    readonly after?: LimiterTaskPlace;
    readonly limit: number;
  }): Promise<LimiterTask[]>;
  /** How many tasks wait for permits in the whole installation. */
  countLimitedTasks(): Promise<number>;
}
