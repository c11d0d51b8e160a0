import type { Json } from './json.ts';
import type { HistoryEvent } from './history-event.ts';
import type { Command } from './command.ts';
import type { TaskResource } from './syntax/state-machine.ts';

/**
 * The checkpoint format this code writes. A worker claims only formats it knows. Whatever changes what a checkpoint holds
 * raises it, and adds an upgrade from the one before to `format-upgrades.ts`.
 */
export const CHECKPOINT_FORMAT = 2;

/** Facts of an execution that never change. They live in the executions table, not in the checkpoint. */
export interface ExecutionFacts {
  /** UUIDv7; also the seed of everything random. */
  readonly executionId: string;
  readonly executionArn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
  readonly stateMachineVersionArn: string | null;
  readonly stateMachineAliasArn: string | null;
  readonly roleArn: string;
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly startTime: number;
  /** The input as it was sent: JSON text. */
  readonly input: string;
  /** Hex key from which this execution's task tokens are authenticated; derived by the engine, stored nowhere. */
  readonly tokenKey: string;
}

/** A job that a `.sync` task has started, and asks for until it has ended. */
export interface JobPoll {
  /** What its integration knows it by: whoever owns the execution after a crash goes on asking for the same job. */
  readonly job: Json;
  /** When it is asked for next, in milliseconds since the epoch. */
  readonly at: number;
  /** How often it has been asked for. */
  readonly count: number;
}

/** A task that has been scheduled and not resolved. `taskId` is the id of its *Scheduled event. */
export interface PendingTask {
  readonly taskId: number;
  readonly stateName: string;
  readonly resource: TaskResource;
  readonly parameters: Json;
  readonly roleArn: string | null;
  readonly token: string | null;
  /**
   * limited: waiting for the permits of limiters, and known to nobody outside; scheduled: the request's outcome is open;
   * submitted: accepted, waiting for a callback, a child or a worker.
   */
  phase: 'limited' | 'scheduled' | 'submitted';
  /** Whether it waits for permits, or holds them. */
  readonly limited: boolean;
  timeoutSeconds: number | null;
  heartbeatSeconds: number | null;
  /** Milliseconds since the epoch. */
  timeoutAt: number | null;
  heartbeatAt: number | null;
  /** Where nobody tells of the end of what the task has started. */
  poll: JobPoll | null;
  /** A callback that overtook its own request's answer; applied once the request is recorded as submitted. */
  early:
    | { readonly ok: true; readonly output: Json }
    | { readonly ok: false; readonly error?: string; readonly cause?: string }
    | null;
}

/** A Distributed Map's Map Run that is under way. */
export interface PendingMapRun {
  /** The id of its MapRunStarted event, or of the MapRunRedriven event of its last redrive. */
  readonly taskId: number;
  /** A UUID; the last part of the ARN. */
  readonly mapRunId: string;
  readonly mapRunArn: string;
  readonly redriveCount: number;
  /** It has ended well; what fails after that has nothing to redrive in it. */
  succeeded: boolean;
}

export type Waiting =
  | { readonly kind: 'timer'; readonly until: number }
  | { readonly kind: 'retry'; readonly until: number }
  | { readonly kind: 'task'; readonly task: PendingTask }
  | { readonly kind: 'mapRun'; readonly mapRun: PendingMapRun }
  /** Parallel: `total` branches. Map: `total` items, of which `next` have been started. `open` frames are running. */
  | {
      readonly kind: 'children';
      total: number;
      next: number;
      open: number;
      succeeded: number;
      failed: number;
      readonly maxConcurrency: number;
      readonly toleratedFailures: number;
    }
  /** A finished branch or iteration, kept (output only) until its join. */
  | { readonly kind: 'done'; readonly output: Json };

/**
 * One running position: the root, a Parallel's branch or an inline Map's iteration. Frames are stored one row each, so
 * a change writes its own frame and not the whole execution.
 */
export interface Frame {
  /** `0` for the root; a child is its parent's id, a dot and its index: `0.3.17`. */
  readonly id: string;
  readonly parent: string | null;
  readonly index: number;
  /** The current state's name. */
  state: string;
  /** 0 while the state has not been entered. */
  enteredEventId: number;
  enteredTime: number;
  /** The event that the frame's next event names as its previous one. */
  lastEventId: number;
  /** The state's input, before InputPath. */
  input: Json;
  /** The frame's own variables; reads go outwards through the parents. */
  variables: Record<string, Json>;
  /** Attempts used, per retrier of the current state. */
  retrierAttempts: number[];
  retryCount: number;
  /** null: ready to run. */
  waiting: Waiting | null;
}

/** The items of a Map in progress: written once, when the Map starts. Stored like a frame, under `<frame id>.items`. */
export interface ItemsRecord {
  readonly items: readonly Json[];
  /** The keys, where the Map runs over an object. */
  readonly keys: readonly string[] | null;
  /**
   * The Map's frame's own input and variables, which do not change while its iterations run: kept here, so that the
   * frame, which is written with every finished iteration, holds little more than counters.
   */
  readonly parentInput: Json;
  readonly parentVariables: Readonly<Record<string, Json>>;
}

/** The small part of the checkpoint that changes with nearly every commit. */
export interface ExecutionHead {
  readonly format: number;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  lastEventId: number;
  lastEventTime: number;
  /** When the machine's own TimeoutSeconds ends it, in milliseconds since the epoch. */
  timeoutAt: number | null;
  redriveCount: number;
  /** Of the last redrive, in milliseconds since the epoch. */
  redriveTime?: number;
  /** AWS's metered state transitions: a counter, nothing else. */
  stateTransitions: number;
}

/**
 * The interpreter's plain data. It has one owner: `transition` changes it in place and hands it back, so that the cost
 * of a step is the cost of what changed, not of what is there.
 */
export interface ExecutionState {
  readonly facts: ExecutionFacts;
  readonly head: ExecutionHead;
  readonly frames: Map<string, Frame>;
  readonly items: Map<string, ItemsRecord>;
}

/** What a transition changed, for the checkpoint. Ids of frames, and of items records under `<frame id>.items`. */
export interface Changes {
  readonly written: ReadonlySet<string>;
  readonly deleted: ReadonlySet<string>;
}

/** A task that left its pending state in this transition. */
export interface ClosedTask {
  readonly taskId: number;
  /** Whether a token row belongs to it. */
  readonly hasToken: boolean;
  /** Whether it waited for permits, or held them. */
  readonly limited?: true;
  readonly reason: 'completed' | 'timed-out' | 'aborted';
}

export interface Transition {
  /** The same object that went in. */
  readonly execution: ExecutionState;
  readonly history: readonly HistoryEvent[];
  readonly commands: readonly Command[];
  readonly closed: readonly ClosedTask[];
  readonly changes: Changes;
}
