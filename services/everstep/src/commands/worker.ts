import { startWorker } from '@everstep/worker-service';
import { Command } from 'commander';
import { openIntegrations } from '../adapters.ts';
import { runService } from '../lifecycle.ts';
import { openDistributed, openHealth } from './distributed.ts';

export function workerCommand(): Command {
  return new Command('worker').description('advance executions and call what their tasks name').action(async () => {
    process.exitCode = await runService(async (lifecycle) => {
      const { config, metrics, context } = await openDistributed('worker', lifecycle);
      const registry = openIntegrations(lifecycle, context, config, config.functionsDirectory);
      const worker = await startWorker(context, registry);
      lifecycle.add('the worker', () => worker.drain(config.drainSeconds * 1_000));
      await openHealth(lifecycle, config, metrics, () => worker.ready());
    });
  });
}
