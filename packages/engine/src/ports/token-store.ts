/**
 * The row that decides a callback: opened in the commit that schedules the task, deleted in the one that closes it. A
 * callback's first heartbeat is due `heartbeatSeconds` after that commit, an activity's after a worker has taken it. A
 * deadline has passed as soon as the store's clock has reached it.
 */
export interface OpenToken {
  readonly taskId: number;
  readonly kind: 'callback' | 'activity';
  /** With kind activity. */
  readonly activityArn: string | null;
  /** What GetActivityTask hands out: JSON text. */
  readonly input: string | null;
  readonly stateName: string;
  /** null: no time-out. For activities, both limits start when a worker takes the task. */
  readonly timeoutAt: number | null;
  readonly timeoutSeconds: number | null;
  readonly heartbeatSeconds: number | null;
}

/** A token row's present deadline. */
export interface TokenDeadline {
  readonly taskId: number;
  readonly status: 'open' | 'accepted';
  readonly timeoutAt: number | null;
  readonly heartbeatAt: number | null;
}

export type CallbackOutcome =
  /** The owner to hint, or null: the shared queue. */
  | { readonly kind: 'accepted'; readonly owner: string | null }
  /** The row is there, but a result was accepted before, its deadline has passed, or it is an untaken activity's. */
  | { readonly kind: 'closed' }
  /** No such row: the task is over, or never was. */
  | { readonly kind: 'gone' };

/** A callback task that waits for its result. */
export interface WaitingTask {
  readonly executionId: string;
  readonly taskId: number;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly stateName: string;
  readonly openedAt: number;
  /** When its time-out or its next heartbeat is due, whichever comes first; null: never. */
  readonly deadline: number | null;
  /** Whether people are asked for it: its approval. */
  readonly isApproval: boolean;
}

export interface WaitingTasksQuery {
  readonly accountId: string;
  readonly stateMachineArn?: string;
  readonly after?: { readonly executionId: string; readonly taskId: number };
  readonly limit: number;
}

export interface TokenStore {
  /**
   * Callback tasks of an account's executions that accept a result, by execution (the oldest first) and task; those whose
   * deadline has passed are left to their time-out.
   */
  listWaitingTasks(query: WaitingTasksQuery): Promise<WaitingTask[]>;
  /** Accepts a result: the token row is marked, the activation counted and put into the inbox. One result wins. */
  completeTask(request: {
    executionId: string;
    taskId: number;
    activation: string;
    graceMs: number;
  }): Promise<CallbackOutcome>;
  /** Moves heartbeat_at to now + the task's HeartbeatSeconds, in the token's row only; no signal is counted. */
  heartbeatTask(request: { executionId: string; taskId: number }): Promise<CallbackOutcome>;
  /**
   * Takes the oldest open, untaken task of an activity, counts an activation into its run's inbox; null: none.
   * The activation's text is made by `activation(taskId, at)`.
   */
  takeActivityTask(request: {
    activityArn: string;
    workerName: string | null;
    activation: (taskId: number, at: number) => string;
    graceMs: number;
  }): Promise<{ executionId: string; taskId: number; input: string; owner: string | null } | null>;
}
