import type { Json, TaskResource } from '@everstep/language';
import type { operations } from '@everstep/protocol';

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
  /** Who wants to see what goes over the wire (TestState's level TRACE). */
  readonly trace?: WireTrace;
}

export interface WireTrace {
  /** Whether what a connection adds to the request is shown. */
  readonly revealSecrets: boolean;
  /** The last exchange counts. */
  note(exchange: WireExchange): void;
}

export interface WireExchange {
  readonly request: operations.InspectionDataRequest;
  readonly response?: operations.InspectionDataResponse;
}

/**
 * `submitted` is the answer of a `.sync` or `.waitForTaskToken` request: its result comes later as an activation.
 * A failure is a value; an integration that throws has a bug, and the attempt fails as States.TaskFailed.
 */
export type TaskOutcome =
  | { readonly type: 'succeeded'; readonly output: Json }
  | {
      readonly type: 'submitted';
      readonly output: Json;
      /** With `.sync`, what `poll` is asked about until it has ended; absent: the end is told some other way. */
      readonly job?: Json;
    }
  | {
      readonly type: 'failed';
      readonly error: string;
      readonly cause: string;
      readonly stage?: 'run' | 'start' | 'submit' | 'schedule';
      /** What the service asked for: a retry waits at least so long. */
      readonly retryAfterMs?: number;
    };

/** What the job is known by, as `perform` gave it with `submitted`, and the task that has started it. */
export interface JobRequest extends TaskRequest {
  readonly job: Json;
  /** How often it has been asked for, this time included. */
  readonly asked: number;
}

/**
 * How a job is doing. `trouble` is why nobody could tell, for the log: the service throttles, or is away for a time; it is
 * asked again, later and later.
 */
export type JobOutcome =
  | { readonly type: 'running'; readonly trouble?: string }
  | { readonly type: 'succeeded'; readonly output: Json }
  | { readonly type: 'failed'; readonly error: string; readonly cause: string };

export interface Integration {
  perform(request: TaskRequest): Promise<TaskOutcome>;
  /** Asks once for a job that `perform` has started. It may be asked any number of times. */
  poll?(request: JobRequest): Promise<JobOutcome>;
  /**
   * Ends a job that nobody waits for any more: the execution was stopped, the state has timed out, a sibling has failed.
   * What it throws is tried again, by any worker, for some hours; so is one that takes longer than 20 seconds. It may be
   * asked more than once: a job that has ended, by itself or by an earlier try, is no error.
   */
  stop?(request: JobRequest): Promise<void>;
  /** Ends what `perform` keeps open (processes, connections), within a bounded time. */
  close?(): Promise<void>;
}

/** Finds the integration of a resource; null: nobody performs it here. */
export interface IntegrationRegistry {
  find(resource: TaskResource): Integration | null;
  close(): Promise<void>;
}
