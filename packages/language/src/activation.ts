import type { Json } from './json.ts';

/**
 * What wakes an execution. `at` is milliseconds since the epoch by the store's clock; time never runs backwards inside
 * an execution: an `at` before its last event's time counts as that time. A task is named by `taskId`, the id of its
 * *Scheduled event, which is unique in the execution. An activation no Frame waits for changes nothing.
 */
export type Activation = { readonly at: number } & (
  | { readonly type: 'Start' }
  /** The bound of steps was hit before: go on. */
  | { readonly type: 'Continue' }
  /** The request of a `.sync` or `.waitForTaskToken` task was accepted by the service. */
  | {
      readonly type: 'TaskSubmitted';
      readonly taskId: number;
      readonly output: Json;
      /** The job that was started, where it must be asked for; first at `pollAt`, in milliseconds since the epoch. */
      readonly started?: { readonly job: Json; readonly pollAt: number };
    }
  /** The job of a `.sync` task was asked for the `count`th time, and has not ended: once more at `pollAt`. */
  | { readonly type: 'TaskPolled'; readonly taskId: number; readonly count: number; readonly pollAt: number }
  | { readonly type: 'TaskResult'; readonly taskId: number; readonly result: TaskResult }
  /** The task has all the permits that it waited for. */
  | { readonly type: 'TaskPermitted'; readonly taskId: number }
  /** An activity worker took the task. */
  | { readonly type: 'ActivityStarted'; readonly taskId: number; readonly workerName: string | null }
  /** The token row's heartbeat deadline, read anew: moves the timer, writes no history. */
  | { readonly type: 'Heartbeat'; readonly taskId: number; readonly deadline: number }
  /** Everything due at `at` fires. */
  | { readonly type: 'TimerFired' }
  | { readonly type: 'ChildResult'; readonly taskId: number; readonly result: TaskResult }
  /** A Map Run has ended; a failure is what the Map state fails with. */
  | { readonly type: 'MapRunEnded'; readonly taskId: number; readonly result: MapRunResult }
  | { readonly type: 'Stop'; readonly error?: string; readonly cause?: string }
  | { readonly type: 'Redrive'; readonly redriveCount: number }
);

export type MapRunResult =
  | { readonly ok: true; readonly output: Json }
  | { readonly ok: false; readonly error?: string; readonly cause?: string };

export type TaskResult =
  | { readonly ok: true; readonly output: Json }
  | {
      readonly ok: false;
      readonly error?: string;
      readonly cause?: string;
      /** Where it failed, for the event's type: performing it (default), before it began, or when submitting it. */
      readonly stage?: 'run' | 'start' | 'submit' | 'schedule';
      /** How long the service asked to be left alone: a retry waits at least so long. */
      readonly retryAfterMs?: number;
    };
