import type { HintQueue } from './ports/hint-queue.ts';
import type { Told } from './ports/run-store.ts';

/** Whoever must look at the execution hears of it: its owner by its own channel, else any worker. */
export function tellOwner(hints: HintQueue, told: Told): void {
  if (told.owner === null) hints.send([told.executionId]);
  else hints.sendToWorker(told.owner, [told.executionId]);
}
