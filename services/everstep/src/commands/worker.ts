import type { EngineContext } from '@everstep/engine';
import { createLogger } from '@everstep/telemetry';
import { startWorker } from '@everstep/worker-service';
import { Command, InvalidArgumentError, Option } from 'commander';
import { openIntegrations, requireMigrated } from '../adapters.ts';
import { readConfig } from '../config.ts';
import { type Lifecycle, runService } from '../lifecycle.ts';
import { answerParent } from '../processes/supervised.ts';
import { QuarantineProcesses } from '../processes/quarantine-processes.ts';
import { spawnWorker } from '../processes/spawn-worker.ts';
import { Supervisor } from '../processes/supervisor.ts';
import { openDistributed, openHealth, requireUrl } from './distributed.ts';

const MOST_PROCESSES = 256;
/** Beyond the time for calls in flight: closing queues and connections. */
const CLOSING_MS = 10_000;

interface Options {
  readonly processes: number;
  readonly supervised: boolean;
  readonly only?: readonly string[] | undefined;
}

export function workerCommand(): Command {
  return new Command('worker')
    .description('advance executions and call what their tasks name')
    .option('--processes <count>', 'worker processes on this machine, each of them for itself', processCount, 1)
    .addOption(new Option('--supervised', 'started by --processes').default(false).hideHelp())
    .addOption(new Option('--only <execution ids>', 'started for these executions').argParser(idsOf).hideHelp())
    .action(async ({ processes, supervised, only }: Options) => {
      process.exitCode = await runService((lifecycle) =>
        processes > 1 ? superviseWorkers(lifecycle, processes) : runWorker(lifecycle, { supervised, only }),
      );
    });
}

function processCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MOST_PROCESSES) return count;
  throw new InvalidArgumentError(`It must be a number from 1 to ${MOST_PROCESSES}.`);
}

function idsOf(text: string): string[] {
  return text.split(',');
}

async function runWorker(
  lifecycle: Lifecycle,
  { supervised, only }: Pick<Options, 'supervised' | 'only'>,
): Promise<void> {
  const { config, metrics, context } = await openDistributed('worker', lifecycle);
  const registry = await openIntegrations(lifecycle, context, config, config);
  const drainMs = config.drainSeconds * 1_000;
  const worker = await startWorker(context, registry, {
    itemStorage: registry.itemStorage,
    ...(only === undefined ? { quarantine: openQuarantine(lifecycle, context, drainMs) } : { only }),
  });
  lifecycle.add('the worker', () => worker.drain(drainMs));
  const ready = () => worker.ready();
  if (supervised) answerParent(lifecycle, { ready, metrics });
  else await openHealth(lifecycle, config, { ready, metrics });
  if (only !== undefined) void worker.whenIdle().then(() => lifecycle.end());
}

function openQuarantine(lifecycle: Lifecycle, { logger }: EngineContext, drainMs: number): QuarantineProcesses {
  const spawn = (only: readonly string[]) => spawnWorker({ only });
  const quarantine = new QuarantineProcesses({ spawn, logger, endMs: drainMs + CLOSING_MS });
  lifecycle.add('the quarantine', () => quarantine.close());
  return quarantine;
}

/** This process only keeps the others running, and answers for their health. */
async function superviseWorkers(lifecycle: Lifecycle, count: number): Promise<void> {
  const config = readConfig(process.env, ['DATABASE_URL']);
  // What all of them would stumble over is told once, here.
  await requireMigrated(requireUrl(config));
  const logger = createLogger({ name: 'workers', level: config.logLevel, format: config.logFormat });
  const endMs = config.drainSeconds * 1_000 + CLOSING_MS;
  const supervisor = new Supervisor({ count, spawn: () => spawnWorker(), logger, endMs });
  supervisor.start();
  lifecycle.add('the worker processes', () => supervisor.stop());
  logger.info({ processes: count }, 'worker processes started');
  await openHealth(lifecycle, config, {
    ready: () => supervisor.ready(),
    metrics: { text: () => supervisor.metrics() },
  });
}
