import type { TaskOutcome } from '@everstep/engine';

/** AWS's limit of a state's input or output, in bytes. */
export const MAX_RESULT_BYTES = 262_144;

export function resultTooLarge(resource: string): TaskOutcome & { type: 'failed' } {
  const cause = `The state/task '${resource}' returned a result with a size exceeding the maximum number of bytes service limit.`;
  return { type: 'failed', error: 'States.DataLimitExceeded', cause };
}
