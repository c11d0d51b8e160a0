import type { Json } from './json.ts';
import type { MapRunPlan } from './map-run/map-run-plan.ts';
import type { TaskResource } from './syntax/state-machine.ts';

/** What the interpreter asks for. Nothing of it may have an effect before the commit that holds it has returned. */
export interface ScheduleTask {
  readonly type: 'ScheduleTask';
  readonly taskId: number;
  readonly stateName: string;
  readonly resource: TaskResource;
  readonly parameters: Json;
  readonly roleArn: string | null;
  /** Set where a token row decides the task: activities and `.waitForTaskToken`. */
  readonly token: string | null;
  /** Milliseconds since the epoch, or null: no limit set. For activities both start when a worker takes the task. */
  readonly timeoutAt: number | null;
  readonly timeoutSeconds: number | null;
  readonly heartbeatSeconds: number | null;
}
/** A permit that a task needs before it may start: of which limiter, and which key of it. */
export interface TaskLimit {
  readonly limiterArn: string;
  /** Empty where the limiter has no keys. */
  readonly key: string;
  /** The greater goes first. */
  readonly priority: number;
}
/** A task is scheduled and waits for permits: only a TaskPermitted activation starts it. */
export interface LimitTask {
  readonly type: 'LimitTask';
  readonly taskId: number;
  readonly stateName: string;
  readonly limits: readonly TaskLimit[];
}
/** A pending task is no longer wanted: its call is cancelled, its `.sync` child or job stopped. */
export interface CancelTask {
  readonly type: 'CancelTask';
  readonly taskId: number;
  readonly stateName: string;
  readonly resource: TaskResource;
  readonly parameters: Json;
  readonly roleArn: string | null;
  /** The job that it has started and asks for. */
  readonly job: Json | undefined;
}
/** A Map Run begins: its children are executions of their own. */
export interface StartMapRun {
  readonly type: 'StartMapRun';
  readonly taskId: number;
  readonly mapRunId: string;
  readonly mapRunArn: string;
  readonly plan: MapRunPlan;
}
/** A Map Run of an execution that goes on: its children that did not succeed run again. */
export interface RedriveMapRun {
  readonly type: 'RedriveMapRun';
  readonly taskId: number;
  readonly mapRunId: string;
  readonly mapRunArn: string;
  readonly redriveCount: number;
}
/** A Map Run is no longer wanted: its children are stopped. */
export interface StopMapRun {
  readonly type: 'StopMapRun';
  readonly mapRunId: string;
}
export interface EndExecution {
  readonly type: 'EndExecution';
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  /** JSON text, with SUCCEEDED. */
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}
/** The bound of steps or bytes was hit; send a Continue activation after the commit. */
export interface Continue {
  readonly type: 'Continue';
}
export type Command =
  | ScheduleTask
  | LimitTask
  | CancelTask
  | StartMapRun
  | RedriveMapRun
  | StopMapRun
  | EndExecution
  | Continue;
