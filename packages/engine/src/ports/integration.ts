import type { Json, TaskResource } from '@everstep/language';

/** One outside call, as the worker that holds the lease performs it, after the commit that scheduled it. */
export interface TaskRequest {
  readonly executionArn: string;
  readonly executionId: string;
  readonly stateMachineArn: string;
  readonly stateName: string;
  readonly taskId: number;
  /** Stable over repetitions of the same attempt: pass it on as idempotency key. */
  readonly attemptId: string;
  readonly resource: TaskResource;
  readonly parameters: Json;
  /** With `.waitForTaskToken`. */
  readonly token: string | null;
  readonly roleArn: string | null;
  /** Milliseconds since the epoch, or null. */
  readonly timeoutAt: number | null;
  /** Aborted when the task is no longer wanted or the lease is lost. */
  readonly signal: AbortSignal;
}

/**
 * `submitted` is the answer of a `.sync` or `.waitForTaskToken` request: its result comes later as an activation.
 * A failure is a value; an integration that throws has a bug, and the attempt fails as States.TaskFailed.
 */
export type TaskOutcome =
  | { readonly type: 'succeeded'; readonly output: Json }
  | { readonly type: 'submitted'; readonly output: Json }
  | {
      readonly type: 'failed';
      readonly error: string;
      readonly cause: string;
      readonly stage?: 'run' | 'start' | 'submit' | 'schedule';
    };

export interface Integration {
  perform(request: TaskRequest): Promise<TaskOutcome>;
  /** Ends what `perform` keeps open (processes, connections), within a bounded time. */
  close?(): Promise<void>;
}

/** Finds the integration of a resource; null: nobody performs it here. */
export interface IntegrationRegistry {
  find(resource: TaskResource): Integration | null;
  close(): Promise<void>;
}
