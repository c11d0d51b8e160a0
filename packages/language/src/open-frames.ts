import type { ExecutionState, Frame, Waiting } from './execution-state.ts';
import { ROOT_FRAME } from './frames.ts';

/**
 * An index over an execution's open frames, derived from its state and never stored: which frames are ready, which
 * task belongs to which frame, and when a frame must be looked at. It makes the cost of a transition the cost of what
 * happens in it, where a Map has left thousands of finished frames behind.
 */
export class OpenFrames {
  // Most executions never wait: what they do not need is not made.
  #tasks: Map<number, string> | null = null;
  #deadlines: Map<string, number> | null = null;
  readonly #frames: ReadonlyMap<string, Frame>;
  readonly #ready: ReadyEntry[] = [];
  readonly #queued = new Set<string>();

  constructor(frames: ReadonlyMap<string, Frame>) {
    this.#frames = frames;
    if (frames.size > 0) for (const frame of frames.values()) this.note(frame);
  }

  /** The frames that wait for tasks or Map Runs, by the ids of the events that began them. */
  get tasks(): ReadonlyMap<number, string> {
    return this.#tasks ?? NO_TASKS;
  }

  /** Frame id to milliseconds since the epoch. */
  get deadlines(): ReadonlyMap<string, number> {
    return this.#deadlines ?? NO_DEADLINES;
  }

  note(frame: Frame): void {
    const { waiting } = frame;
    if (waiting === null) {
      if (this.#queued.has(frame.id)) return;
      this.#queued.add(frame.id);
      push(this.#ready, { id: frame.id, path: pathOf(frame.id) });
      return;
    }
    const taskId = awaitedTask(waiting);
    if (taskId !== null) (this.#tasks ??= new Map()).set(taskId, frame.id);
    const deadline = frameDeadline(frame);
    if (deadline === null) this.#deadlines?.delete(frame.id);
    else (this.#deadlines ??= new Map()).set(frame.id, deadline);
  }

  forget(frame: Frame): void {
    this.#deadlines?.delete(frame.id);
    const taskId = frame.waiting === null ? null : awaitedTask(frame.waiting);
    if (taskId !== null) this.#tasks?.delete(taskId);
  }

  /** The frame no longer waits for its task. False: it did not. */
  closeTask(frame: Frame, taskId: number): boolean {
    if (this.#tasks?.delete(taskId) !== true) return false;
    this.#deadlines?.delete(frame.id);
    return true;
  }

  clear(): void {
    this.#tasks = null;
    this.#deadlines = null;
    this.#ready.length = 0;
    this.#queued.clear();
  }

  nextReady(): Frame | undefined {
    for (;;) {
      const first = this.#ready[0];
      if (first === undefined) return undefined;
      const frame = this.#frames.get(first.id);
      if (frame !== undefined && frame.waiting === null) return frame;
      pop(this.#ready);
      this.#queued.delete(first.id);
    }
  }

  due(time: number): Frame[] {
    const due: Frame[] = [];
    for (const [id, deadline] of this.deadlines) {
      const frame = this.#frames.get(id);
      if (deadline <= time && frame !== undefined) due.push(frame);
    }
    return due.sort((left, right) => comparePaths(pathOf(left.id), pathOf(right.id)));
  }
}

const NO_TASKS: ReadonlyMap<number, string> = new Map();
const NO_DEADLINES: ReadonlyMap<string, number> = new Map();

const indexes = new WeakMap<ExecutionState, OpenFrames>();
/** The execution that was asked for last. Many begin and end in one transition, and need no place in the map. */
let recent: { readonly execution: ExecutionState; readonly index: OpenFrames } | null = null;

/** The index of an execution's open frames; built by one pass over the frames when first asked for. */
export function openFrames(execution: ExecutionState): OpenFrames {
  if (recent?.execution === execution) return recent.index;
  if (recent !== null && recent.execution.head.status === 'RUNNING') indexes.set(recent.execution, recent.index);
  const isOpen = execution.head.status === 'RUNNING';
  const index = (isOpen ? indexes.get(execution) : undefined) ?? new OpenFrames(isOpen ? execution.frames : new Map());
  recent = { execution, index };
  return index;
}

/** The index of an execution that had ended and goes on. */
export function reopenFrames(execution: ExecutionState): OpenFrames {
  const index = new OpenFrames(execution.frames);
  indexes.set(execution, index);
  recent = { execution, index };
  return index;
}

/** The id of the task, or the Map Run, that is waited for. */
function awaitedTask(waiting: Waiting): number | null {
  if (waiting.kind === 'task') return waiting.task.taskId;
  return waiting.kind === 'mapRun' ? waiting.mapRun.taskId : null;
}

/** When the frame must be looked at: the end of its wait, or of its task's patience. Null: nothing to wait for. */
export function frameDeadline(frame: Frame): number | null {
  const { waiting } = frame;
  if (waiting === null) return null;
  if (waiting.kind === 'timer' || waiting.kind === 'retry') return waiting.until;
  if (waiting.kind !== 'task') return null;
  const { timeoutAt, heartbeatAt, early } = waiting.task;
  // Once a result was accepted, the token's deadline is void.
  if (early !== null) return null;
  if (timeoutAt === null) return heartbeatAt;
  return heartbeatAt === null ? timeoutAt : Math.min(timeoutAt, heartbeatAt);
}

interface ReadyEntry {
  readonly id: string;
  readonly path: readonly number[];
}

const ROOT_PATH = [0];

function pathOf(id: string): readonly number[] {
  return id === ROOT_FRAME ? ROOT_PATH : id.split('.').map(Number);
}

/** The order of the tree: a parent before its children, children by their index. */
export function comparePaths(left: readonly number[], right: readonly number[]): number {
  const shared = Math.min(left.length, right.length);
  for (let i = 0; i < shared; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** A binary heap: the first frame in the order of the tree is at index 0. */
function push(heap: ReadyEntry[], entry: ReadyEntry): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || comparePaths(parent.path, entry.path) <= 0) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = entry;
}

function pop(heap: ReadyEntry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = heap[2 * at + 1];
    const right = heap[2 * at + 2];
    if (left === undefined) break;
    const useRight = right !== undefined && comparePaths(right.path, left.path) < 0;
    const child = useRight ? right : left;
    if (comparePaths(child.path, last.path) >= 0) break;
    heap[at] = child;
    at = 2 * at + (useRight ? 2 : 1);
  }
  heap[at] = last;
}
