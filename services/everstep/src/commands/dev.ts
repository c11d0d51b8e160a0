import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { EngineContext } from '@everstep/engine';
import { startScheduler } from '@everstep/scheduler-service';
import { migrate } from '@everstep/store-postgres';
import { createLogger } from '@everstep/telemetry';
import { startWorker } from '@everstep/worker-service';
import { Command } from 'commander';
import { openApprovalNotices, openEngine, openIntegrations } from '../adapters.ts';
import { type Config, readConfig, requiresSignatures } from '../config.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded-postgres/start-embedded-postgres.ts';
import { type FirstExampleOptions, runFirstExample } from '../first-example.ts';
import { type Lifecycle, runService } from '../lifecycle.ts';
import { openLogFile } from '../log-file.ts';
import { QuarantineProcesses } from '../processes/quarantine-processes.ts';
import { spawnWorker } from '../processes/spawn-worker.ts';
import { encryptionKeyFileOf } from '../security/encryption-key-file.ts';
import { checkSecurity } from '../security/api-security.ts';
import { masterKeyFileOf } from '../security/master-key-source.ts';
import { serveApi } from '../serve-api.ts';
import { outgoingRules } from '../web-access.ts';
import { welcome } from '../welcome.ts';
import { openHealth, openMetrics } from './distributed.ts';

/** Shows the first example on an empty data folder. */
export type FirstExample = (options: FirstExampleOptions) => Promise<boolean>;

export function devCommand(firstExample: FirstExample = runFirstExample): Command {
  return new Command('dev')
    .description('everything in one process, with a Postgres of its own')
    .option('--empty', 'do not run the first example on an empty data folder', false)
    .action(async ({ empty }: { empty: boolean }) => {
      process.exitCode = await runService((lifecycle) => startAllInOne(lifecycle, empty ? null : firstExample));
      if (process.exitCode === 0) console.log('Everstep has ended.');
    });
}

interface Places {
  readonly dataDirectory: string;
  readonly functionsDirectory: string;
  /** null: S3 is behind an endpoint. */
  readonly bucketsDirectory: string | null;
  readonly logFile: string;
}

function placesOf(config: Config): Places {
  const dataDirectory = resolve(config.dataDirectory);
  return {
    dataDirectory,
    functionsDirectory: resolve(config.functionsDirectory ?? join(dataDirectory, 'functions')),
    bucketsDirectory: bucketsDirectoryOf(config, dataDirectory),
    logFile: join(dataDirectory, 'everstep.log'),
  };
}

/** Folders are the buckets, unless somebody says where S3 is. */
function bucketsDirectoryOf(config: Config, dataDirectory: string): string | null {
  if (config.bucketsDirectory !== null) return resolve(config.bucketsDirectory);
  const hasEndpoint = config.awsEndpointUrl !== null || config.awsS3EndpointUrl !== null;
  return hasEndpoint ? null : join(dataDirectory, 'buckets');
}

async function startAllInOne(lifecycle: Lifecycle, firstExample: FirstExample | null): Promise<void> {
  const startedAt = performance.now();
  const read = readConfig(process.env);
  const places = placesOf(read);
  checkSecurity(read, places.dataDirectory);
  const config = { ...read, dataDirectory: places.dataDirectory };
  const postgres = await openPostgres(lifecycle, places);
  mkdirSync(places.functionsDirectory, { recursive: true });
  if (places.bucketsDirectory !== null) mkdirSync(places.bucketsDirectory, { recursive: true });
  const endpoint = await serve(lifecycle, config, places, postgres);
  await postgres.announce(endpoint);
  const seconds = (performance.now() - startedAt) / 1_000;
  const signed = requiresSignatures(config);
  const hasConsole = config.console === 'on';
  const show = (): void =>
    console.log(welcome({ endpoint, region: config.region, hasConsole, signed, seconds, postgres, ...places }));
  // The example brings no key.
  if (firstExample === null || !postgres.created || signed) {
    show();
    return;
  }
  const at = hasConsole ? `\nWatch them at ${endpoint}/console/\n` : '';
  console.log(`\nEverstep is up at ${endpoint}. Its first example: 200 orders, from validation to delivery.\n${at}`);
  const stopped = new AbortController();
  void lifecycle.ended.then(() => stopped.abort());
  const ran = await firstExample({ endpoint, region: config.region, signal: stopped.signal, ...places });
  if (stopped.signal.aborted) return;
  if (!ran) console.log('The first example did not come to its end; the server goes on.');
  show();
}

async function openPostgres(lifecycle: Lifecycle, places: Places): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({
    dataDirectory: places.dataDirectory,
    failed: (error) => lifecycle.fail(error),
    warn: (message) => console.error(`Everstep: ${message}`),
  });
  lifecycle.add('Postgres', () => postgres.stop());
  return postgres;
}

async function serve(
  lifecycle: Lifecycle,
  config: Config,
  places: Places,
  postgres: EmbeddedPostgres,
): Promise<string> {
  const databaseUrl = postgres.connectionString;
  await migrate(databaseUrl);
  // The terminal stays readable: what happens is written to the file.
  const destination = openLogFile(places.logFile);
  lifecycle.add('the log', () => destination.close());
  const logger = createLogger({ name: 'everstep', level: config.logLevel, format: config.logFormat, destination });
  const metrics = openMetrics(lifecycle);
  const { context, duties } = await openEngine(lifecycle, {
    ...{ config, databaseUrl, shared: false, logger, metrics, dataDirectory: places.dataDirectory },
  });
  const registry = await openIntegrations(lifecycle, context, config, places, places.dataDirectory);
  const approvals = await openApprovalNotices(lifecycle, context, config, places.dataDirectory);
  const scheduler = await startScheduler(context, { duties, approvals });
  lifecycle.add('the scheduler', () => scheduler.stop());
  const quarantine = openQuarantine(context, config, places, databaseUrl);
  lifecycle.add('the quarantine', () => quarantine.close());
  const worker = await startWorker(context, registry, { quarantine, itemStorage: registry.itemStorage });
  lifecycle.add('the worker', () => worker.drain(config.drainSeconds * 1_000));
  const endpoint = await serveApi(lifecycle, context, registry, config, places.dataDirectory);
  await openHealth(lifecycle, config, { metrics, ready: () => worker.ready() });
  return endpoint;
}

/** What ends the process that runs it must not end this one, which holds everything. */
function openQuarantine(
  { logger }: EngineContext,
  config: Config,
  { functionsDirectory, bucketsDirectory, dataDirectory }: Places,
  databaseUrl: string,
): QuarantineProcesses {
  const environment = {
    DATABASE_URL: databaseUrl,
    EVERSTEP_FUNCTIONS_DIR: functionsDirectory,
    EVERSTEP_DATA_DIR: dataDirectory,
    // What functions write belongs to the others' of this installation.
    EVERSTEP_FUNCTION_LOGS: config.functionLogs ?? 'file',
    EVERSTEP_EXECUTION_LOGS: config.executionLogs ?? 'file',
    ...(bucketsDirectory === null ? {} : { EVERSTEP_BUCKETS_DIR: bucketsDirectory }),
  };
  return new QuarantineProcesses({
    spawn: (only) =>
      spawnWorker({
        ...{ only, quiet: true },
        environment: { ...environment, ...keysOf(config, dataDirectory), ...outgoingOf(config) },
      }),
    logger,
    endMs: config.drainSeconds * 1_000,
  });
}

/** A worker by itself looks for no keys in the data folder: it is told where they are, once there are some. */
function keysOf(config: Config, dataDirectory: string): Readonly<Record<string, string>> {
  const file = encryptionKeyFileOf(config, dataDirectory);
  const masterKeyFile = masterKeyFileOf(config, dataDirectory);
  return {
    ...(file === null || file.stamp() === null ? {} : { EVERSTEP_ENCRYPTION_KEYS_FILE: file.path }),
    ...(masterKeyFile === null ? {} : { EVERSTEP_MASTER_KEY_FILE: masterKeyFile }),
  };
}

/** It may call what this process may. */
function outgoingOf(config: Config): Readonly<Record<string, string>> {
  const { allow } = outgoingRules(config, true);
  return { EVERSTEP_OUTGOING_ALLOW: allow.length === 0 ? 'none' : allow.join(',') };
}
