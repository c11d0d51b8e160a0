import { encodeActivation } from './activation-codec.ts';
import { encodeSignal } from './map-run/map-run-signal.ts';
import type { Arrival } from './ports/run-store.ts';
import type { Store } from './ports/store.ts';

const A_PAGE = 500;

/** Stops an execution that its parent no longer waits for. */
export function childStop(executionId: string, now: number): Arrival {
  return { executionId, activation: encodeActivation({ at: now, type: 'Stop' }) };
}

export function mapRunStop(mapRunId: string): Arrival {
  return { executionId: mapRunId, activation: encodeSignal({ type: 'Stop' }) };
}

/**
 * Stops all that works for an execution still: its `.sync` children and its Map Runs, found by their own rows, for where
 * its checkpoint cannot tell them.
 */
export async function stopsByRows(
  store: Pick<Store, 'listChildren' | 'listMapRuns'>,
  executionId: string,
  now: number,
): Promise<Arrival[]> {
  const stops: Arrival[] = [];
  for (let after = -1; ; ) {
    const query = { parentId: executionId, status: 'RUNNING', order: 'items', limit: A_PAGE } as const;
    const page = await store.listChildren({ ...query, after });
    const awaited = page.filter(({ parent }) => parent?.sync === true);
    stops.push(...awaited.map((child) => childStop(child.executionId, now)));
    const last = page.at(-1)?.parent?.taskId;
    if (last === undefined || page.length < A_PAGE) break;
    after = last;
  }
  for (let after: { startDate: number; mapRunId: string } | undefined; ; ) {
    const page = await store.listMapRuns({ executionId, limit: A_PAGE, ...(after === undefined ? {} : { after }) });
    stops.push(...page.filter(({ status }) => status === 'RUNNING').map(({ mapRunId }) => mapRunStop(mapRunId)));
    after = page.at(-1);
    if (after === undefined || page.length < A_PAGE) return stops;
  }
}
