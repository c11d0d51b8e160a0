import { invariant } from './errors.ts';
import { CHECKPOINT_FORMAT } from './execution-state.ts';
import { type JsonObject, isObject } from './json.ts';

/**
 * How stored records of one format become those of the next. Plain JSON in, plain JSON out; what it returns is read as
 * the next format. It may change in place what it is given.
 */
export interface FormatUpgrade {
  /** The head, with the root frame as `root` where the checkpoint holds it. */
  readonly head: (head: JsonObject) => JsonObject;
  /** A frame, or the items of a Map (its id ends with `.items`). */
  readonly record: (record: JsonObject, id: string) => JsonObject;
}

/**
 * By the format that they start from. A change of what a checkpoint holds raises CHECKPOINT_FORMAT and adds the upgrade
 * from the format before; none is ever removed while executions of that format may be open (golden checkpoints of every
 * format that was released are tests).
 */
export const UPGRADES: ReadonlyMap<number, FormatUpgrade> = new Map([
  [1, { head: withoutJobs, record: taskWithoutJob }],
]);

/**
 * Format 1 had no jobs that are asked for, and no tasks that wait for permits: no task of it has one, or does. It had no
 * frame that waits for a Map Run either.
 */
function withoutJobs(head: JsonObject): JsonObject {
  const root = head['root'];
  return isObject(root) ? { ...head, root: taskWithoutJob(root) } : head;
}

function taskWithoutJob(record: JsonObject): JsonObject {
  const waiting = record['waiting'];
  if (!isObject(waiting)) return record;
  const task = waiting['task'];
  return isObject(task) ? { ...record, waiting: { ...waiting, task: { ...task, poll: null } } } : record;
}

/** The formats that this code reads, ascending: a worker claims no others. */
export const KNOWN_FORMATS: readonly number[] = [...UPGRADES.keys(), CHECKPOINT_FORMAT].sort((a, b) => a - b);

/** From one format to the present one, step by step. Throws an InvariantError where the format is unknown. */
export function upgradesFrom(
  format: number,
  upgrades: ReadonlyMap<number, FormatUpgrade> = UPGRADES,
  present: number = CHECKPOINT_FORMAT,
): FormatUpgrade[] {
  const steps: FormatUpgrade[] = [];
  for (let at = format; at !== present; at++) {
    const step = upgrades.get(at);
    invariant(step !== undefined, `checkpoint format ${format} is unknown here`);
    steps.push(step);
  }
  return steps;
}
