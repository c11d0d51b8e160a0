import type { EngineContext } from '../context.ts';

/**
 * The background duties, one function each. Every one may run in any number of processes at once and may be repeated at
 * any time; none of them decides anything that the store does not check.
 */

const BATCH = 500;
/** While this many hints wait in the queue, more would only make it longer: what is due stays due, earliest first. */
const DEEP_QUEUE = 10_000;
/** Executions that one turn of the duty `retention` removes at most, so that it gives way now and then. */
const EXPIRED_AT_ONCE = 20_000;

export interface Woken {
  readonly woken: number;
  /** Whether the queue was full before all that is due had its hint: look again soon. */
  readonly more: boolean;
}

/**
 * Duty `due`: runs whose wake_at has passed get a hint and a doubled grace, the earliest first and as many as the queue
 * takes, so that a hundred thousand due in one second are spread over the time that the workers need for them. Null: the
 * queue cannot take hints now, so nothing was looked up.
 */
export async function wakeDueRuns(context: EngineContext): Promise<Woken | null> {
  const { store, hints, settings, metrics } = context;
  let woken = 0;
  for (;;) {
    const { healthy, depth = 0 } = await hints.health();
    metrics.gauge('queueHealthy', () => Number(healthy));
    metrics.gauge('queueDepth', () => depth);
    // Workers then claim due runs themselves; a grace doubled for a hint that goes nowhere would only delay them.
    if (!healthy) return woken === 0 ? null : { woken, more: true };
    if (depth > DEEP_QUEUE) return { woken, more: true };
    const ids = await store.takeDue({ limit: BATCH, maxGraceMs: settings.maxGraceMs });
    hints.send(ids);
    metrics.count('dueRuns', ids.length);
    woken += ids.length;
    if (ids.length < BATCH) return { woken, more: false };
  }
}

/** Duty `lapsed`: workers whose lease ended are marked dead, their runs given back and hinted. Answers how many. */
export async function releaseLapsedRuns(context: EngineContext): Promise<number> {
  let released = 0;
  for (;;) {
    const ids = await context.store.releaseLapsed(BATCH);
    context.hints.send(ids);
    context.metrics.count('lapsedRuns', ids.length);
    released += ids.length;
    if (ids.length < BATCH) return released;
  }
}

/**
 * Duty `retention`: executions that ended longer ago than the retention and its slack are removed, batch by batch, each
 * a transaction of its own. Answers how many.
 */
export async function deleteExpiredExecutions(context: EngineContext): Promise<number> {
  const { store, clock, settings, metrics } = context;
  const cutoff = clock.now() - settings.retentionMs - settings.retentionSlackMs;
  let deleted = 0;
  while (deleted < EXPIRED_AT_ONCE) {
    const count = await store.deleteEndedBefore(cutoff, BATCH);
    metrics.count('executionsExpired', count);
    deleted += count;
    if (count < BATCH) break;
  }
  return deleted;
}

/** Duty `limiters`: gives the permits that nobody has given, because whoever freed them died first. */
export async function givePermits({ store, limiters, metrics }: EngineContext): Promise<void> {
  await limiters.lookNow();
  const waiting = await store.countLimitedTasks();
  metrics.gauge('limitedTasks', () => waiting);
}

/** Duty `audit`: entries of the audit log that are older than its retention are removed. Answers how many. */
export async function deleteOldAudit(context: EngineContext): Promise<number> {
  const { store, clock, settings } = context;
  let deleted = 0;
  while (deleted < EXPIRED_AT_ONCE) {
    const count = await store.deleteAuditBefore(clock.now() - settings.auditRetentionMs, BATCH);
    deleted += count;
    if (count < BATCH) break;
  }
  return deleted;
}
