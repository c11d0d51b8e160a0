import type { Store } from '../ports/store.ts';
import type { ExecutionRecord } from '../ports/execution-store.ts';
import type { ClaimedRun } from '../ports/run-store.ts';
import { batchedItems } from './map-children.ts';
import { type Counts, type MapRunProgress, type MapRunState, memberOf } from './map-run-state.ts';

/**
 * A Map Run that cannot go on, and how far its end has come. It stands beside the checkpoint, in a frame of its own,
 * because the checkpoint may be what cannot be read.
 */
export interface MapRunFailing {
  readonly cause: string;
  /** Children after this number have not been told to stop; null: all have. */
  readonly after: number | null;
  /** It has ended. Of what its children came to since the checkpoint, the checkpoint knows nothing. */
  readonly isOver: boolean;
}

export const FAILURE_FRAME = 'failure';

export function saveFailing(failing: MapRunFailing): string {
  return JSON.stringify(failing);
}

/** null: there is nothing the matter with it. */
export function failingOf({ frames }: Pick<ClaimedRun, 'frames'>): MapRunFailing | null {
  const frame = frames.find(({ id }) => id === FAILURE_FRAME);
  if (frame === undefined) return null;
  // Written by `saveFailing`.
  const failing: MapRunFailing = JSON.parse(frame.data);
  return failing;
}

const CHILDREN_A_PAGE = 100;

/** What the records of a Map Run's Standard children say of the counts; null: there are none. */
async function recount(
  store: Pick<Store, 'listChildren'>,
  mapRunId: string,
  known: MapRunProgress,
  itemsOf: (child: ExecutionRecord) => number,
): Promise<MapRunProgress | null> {
  const counts: MapRunProgress = { items: emptied(known.items), executions: emptied(known.executions) };
  for (let after = -1; ; ) {
    const page = await store.listChildren({ parentId: mapRunId, after, order: 'items', limit: CHILDREN_A_PAGE });
    for (const child of page) {
      const { status } = child;
      const isOpen = status === 'RUNNING' || status === 'PENDING_REDRIVE';
      const member = isOpen ? 'running' : memberOf(status);
      counts.executions[member] += 1;
      counts.items[member] += itemsOf(child);
    }
    const last = page.at(-1)?.parent?.taskId;
    if (last === undefined) return after < 0 ? null : counts;
    after = last;
  }
}

function emptied({ total }: Counts): Counts {
  return {
    ...{ total, running: 0, succeeded: 0, failed: 0, timedOut: 0, aborted: 0, resultsWritten: 0 },
    ...{ failuresNotRedrivable: 0, pendingRedrive: 0 },
  };
}

/**
 * What DescribeMapRun shows of one that has ended because it could not go on. Express children, of which there are no
 * records, have gone with the memory that they ran in.
 */
export async function progressAtFailure(
  store: Pick<Store, 'listChildren'>,
  mapRunId: string,
  known: MapRunProgress,
): Promise<MapRunProgress> {
  // Its definition may be what cannot be read: where it hands out batches, the two have come to differ.
  const isBatched = begunOf(known.items) !== begunOf(known.executions);
  const counts = await recount(store, mapRunId, known, (child) => (isBatched ? readableItems(child) : 1));
  return counts ?? { items: withoutRunning(known.items), executions: withoutRunning(known.executions) };
}

function begunOf({ running, succeeded, failed, timedOut, aborted, pendingRedrive }: Counts): number {
  return running + succeeded + failed + timedOut + aborted + pendingRedrive;
}

function withoutRunning(counts: Counts): Counts {
  return { ...counts, running: 0, aborted: counts.aborted + counts.running };
}

/** An input that nobody can read counts as one item. */
function readableItems(child: ExecutionRecord): number {
  try {
    return batchedItems(child.input);
  } catch {
    return 1;
  }
}

/**
 * The state of one that ended because it could not go on, and is redriven: as though it had come to its end, with counts
 * that are right again. All its children have ended, so nothing of them arrives meanwhile.
 */
export async function reopened(
  store: Pick<Store, 'listChildren'>,
  mapRunId: string,
  state: MapRunState,
  { isExpress, isBatched }: { readonly isExpress: boolean; readonly isBatched: boolean },
): Promise<MapRunState> {
  const itemsOf = (child: ExecutionRecord): number => (isBatched ? batchedItems(child.input) : 1);
  // Those of Express children are written with their outcomes, and what has none runs again anyway.
  const counts = isExpress ? null : await recount(store, mapRunId, state.counts, itemsOf);
  return { ...state, phase: 'ENDED', redriveTask: null, counts: counts ?? state.counts };
}
