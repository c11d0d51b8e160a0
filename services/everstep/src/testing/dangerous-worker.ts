import {
  createEngineContext,
  createStoreClock,
  DEFAULT_SETTINGS,
  type Integration,
  type IntegrationRegistry,
  silentMetrics,
} from '@everstep/engine';
import { createPostgresQueue } from '@everstep/queue-postgres';
import { createPostgresStore } from '@everstep/store-postgres';
import { createLogger } from '@everstep/telemetry';
import { startWorker } from '@everstep/worker-service';
import { answerParent } from '../processes/supervised.ts';
import { runService } from '../lifecycle.ts';

// A worker process like those that the command starts for suspicious executions, with tasks that end their process.
// Started by a test with DATABASE_URL and the executions' ids, with commas between.

const TASKS: Readonly<Record<string, Integration>> = {
  abort: { perform: () => process.abort() },
  shy: { perform: async () => ({ type: 'succeeded', output: process.pid }) },
};

const registry: IntegrationRegistry = {
  find: (resource) => (resource.kind === 'lambda' ? (TASKS[resource.arn.split(':').at(-1) ?? ''] ?? null) : null),
  close: async () => undefined,
};

const only = process.argv[2]?.split(',') ?? [];
const connectionString = process.env['DATABASE_URL'] ?? '';

process.exitCode = await runService(async (lifecycle) => {
  const logger = createLogger({ name: 'dangerous', level: 'warn' });
  const store = createPostgresStore({ connectionString, logger });
  lifecycle.add('the store', () => store.close());
  const clock = await createStoreClock(store, logger);
  lifecycle.add('the clock', async () => clock.close());
  const hints = createPostgresQueue({ connectionString, logger });
  lifecycle.add('the queue', () => hints.close());
  const context = createEngineContext({
    store,
    hints,
    clock,
    logger,
    metrics: silentMetrics,
    settings: DEFAULT_SETTINGS,
  });
  const worker = await startWorker(context, registry, { only });
  lifecycle.add('the worker', () => worker.drain(500));
  answerParent(lifecycle, { ready: () => worker.ready(), metrics: { text: () => '' } });
  void worker.whenIdle().then(() => lifecycle.end());
});
