import type { EngineContext } from '../context.ts';

/**
 * The background duties, one function each. Every one may run in any number of processes at once and may be repeated at
 * any time; none of them decides anything that the store does not check.
 */

const BATCH = 500;
/** While this many hints wait in the queue, repeating them would only make it longer. */
const DEEP_QUEUE = 10_000;

/**
 * Duty `due`: runs whose wake_at has passed get a hint and a doubled grace. Answers how many; null: the queue cannot
 * take hints now, so nothing was looked up.
 */
export async function wakeDueRuns(context: EngineContext): Promise<number | null> {
  const { store, hints, settings } = context;
  const health = await hints.health();
  // Workers then claim due runs themselves; a grace doubled for a hint that goes nowhere would only delay them.
  if (!health.healthy || (health.depth ?? 0) > DEEP_QUEUE) return null;
  let woken = 0;
  for (;;) {
    const ids = await store.takeDue({ limit: BATCH, maxGraceMs: settings.maxGraceMs });
    hints.send(ids);
    woken += ids.length;
    if (ids.length < BATCH) return woken;
  }
}

/** Duty `lapsed`: workers whose lease ended are marked dead, their runs given back and hinted. Answers how many. */
export async function releaseLapsedRuns(context: EngineContext): Promise<number> {
  let released = 0;
  for (;;) {
    const ids = await context.store.releaseLapsed(BATCH);
    context.hints.send(ids);
    released += ids.length;
    if (ids.length < BATCH) return released;
  }
}

/** Duty `retention`: executions that ended longer ago than the retention are removed. Answers how many. */
export async function deleteExpiredExecutions(context: EngineContext): Promise<number> {
  const { store, clock, settings } = context;
  return store.deleteEndedBefore(clock.now() - settings.retentionMs, BATCH);
}
