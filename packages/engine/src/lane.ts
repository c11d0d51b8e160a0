/**
 * Executions of one state machine are in one lane, and wherever work waits for a worker's capacity the lanes have their
 * turns, so that one busy machine does not starve the others. The lane is the last byte of the execution's id: whoever
 * knows the id knows the lane, and no row or message carries it. Children are in their parent's lane.
 */
export const LANES = 256;

/** The id, put into the lane of its state machine. */
export function withLane(executionId: string, stateMachineArn: string): string {
  return executionId.slice(0, -2) + (hashOf(stateMachineArn) % LANES).toString(16).padStart(2, '0');
}

/** The child's id, put into its parent's lane. */
export function withLaneOf(executionId: string, parentExecutionId: string): string {
  return executionId.slice(0, -2) + parentExecutionId.slice(-2);
}

/** From 0 to LANES - 1. */
export function laneOf(executionId: string): number {
  return Number.parseInt(executionId.slice(-2), 16) & (LANES - 1);
}

/** FNV-1a, 32 bits, folded so that its low bits depend on all of the text. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash ^ (hash >>> 16)) >>> 0;
}
