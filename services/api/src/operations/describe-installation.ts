import { epochSeconds, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

/** Workers that are gone for longer than this are history. In milliseconds. */
const REMEMBERED_MS = 86_400_000;
const MAX_WORKERS = 200;

export const describeInstallationRoute = route(operations.describeInstallation, async ({ engine }) => {
  const { store, hints, settings } = engine;
  const [health, queue] = await Promise.all([store.probe(), hints.health()]);
  const facts = { region: settings.region, accountId: settings.accountId, queue: { ...queue } };
  // What cannot be read without a store is told as nothing, beside the reason why.
  if (health.status === 'unreachable') {
    return { ...facts, store: { ...health }, date: epochSeconds(engine.clock.now()), workers: [], overdueSeconds: 0 };
  }
  const [now, workers, nextWakeAt] = await Promise.all([store.now(), store.listWorkers(), store.nextWakeAt()]);
  return {
    ...facts,
    store: { ...health },
    date: epochSeconds(now),
    workers: workers
      .filter(({ leaseUntil }) => leaseUntil > now - REMEMBERED_MS)
      .map(({ workerId, host, leaseUntil, dead, runs }) => ({
        workerId,
        host,
        leaseDate: epochSeconds(leaseUntil),
        alive: !dead && leaseUntil > now,
        executions: runs,
      }))
      .sort((left, right) => Number(right.alive) - Number(left.alive) || right.leaseDate - left.leaseDate)
      .slice(0, MAX_WORKERS),
    overdueSeconds: nextWakeAt === null ? 0 : Math.max(0, now - nextWakeAt) / 1_000,
  };
});
