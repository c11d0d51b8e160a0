import { createHash, randomUUID } from 'node:crypto';
import { withLaneOf } from './lane.ts';
import type { IdSource } from './ports/id-source.ts';

/** New ids by chance: what every process outside of a simulation uses. */
export const randomIds: IdSource = {
  executionId: timeOrderedId,
  uuid: () => randomUUID(),
};

/**
 * A UUIDv7 (RFC 9562) of a moment in milliseconds since the epoch: the time, and the random bits of a UUIDv4, for which
 * Node.js asks the system once for many (measured: a tenth of the time of asking for each).
 */
export function timeOrderedId(now: number): string {
  const time = now.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/**
 * The id of the execution that a task starts: a function of its parent and the task, so that an attempt performed twice
 * starts one child, and a parent can stop a child whose start it has not heard of. It carries its parent's time, which
 * keeps the two in the same partition, and its parent's lane.
 */
export function childExecutionId(parentExecutionId: string, taskId: number): string {
  const digest = createHash('sha256').update(`${parentExecutionId}:${taskId}`).digest('hex');
  const variant = (8 + (Number.parseInt(digest.slice(3, 4), 16) & 3)).toString(16);
  const time = parentExecutionId.slice(0, 13);
  const id = `${time}-7${digest.slice(0, 3)}-${variant}${digest.slice(4, 7)}-${digest.slice(7, 19)}`;
  return withLaneOf(id, parentExecutionId);
}
