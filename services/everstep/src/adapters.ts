import { InProcessApi } from '@everstep/api-service';
import {
  type ApprovalDutyOptions,
  type Connections,
  createEngineContext,
  createStoreClock,
  encryptedStore,
  type EngineContext,
  type HintQueue,
  type LocalFunctions,
  type Logger,
  type Metrics,
  type PeriodicDuty,
  quietAboutOutages,
} from '@everstep/engine';
import {
  type Integrations,
  createApiModels,
  createApprovalNotifier,
  createIntegrationRegistry,
} from '@everstep/integrations';
import { createLocalQueue } from '@everstep/queue-local';
import { createPostgresQueue } from '@everstep/queue-postgres';
import { createPostgresStore, pendingMigrations, type PostgresStore } from '@everstep/store-postgres';
import { DatabaseError } from 'pg';
import { type Config, engineSettings } from './config.ts';
import { openExecutionLog } from './execution-logs.ts';
import { createFunctions, DISTRIBUTED_HOST, EMBEDDED_HOST } from './functions.ts';
import { loadOwnIntegrations } from './integrations/own-integrations.ts';
import { readTargetsFile } from './integrations/targets-file.ts';
import type { Lifecycle } from './lifecycle.ts';
import { openEncryptionKeys } from './security/encryption-key-file.ts';
import { codeOf, messageOf, StartError } from './start-error.ts';
import { openWebAccess } from './web-access.ts';

/** Hints inside this process, or between processes through Redis or Postgres. */
export async function createQueue(
  config: Config,
  databaseUrl: string,
  shared: boolean,
  logger: Logger,
): Promise<HintQueue> {
  if (!shared) return createLocalQueue({ logger });
  if (config.redisUrl !== null) {
    // A fifth of all modules of a process, and of the time until it is there.
    const { createBullmqQueue } = await import('@everstep/queue-bullmq');
    return createBullmqQueue({ redisUrl: config.redisUrl, logger });
  }
  return createPostgresQueue({ connectionString: databaseUrl, logger });
}

export interface EngineOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  /** Whether other processes work on the same database. */
  readonly shared: boolean;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** In embedded mode, where the encryption keys lie unless the settings name another file. */
  readonly dataDirectory?: string;
}

export interface Engine {
  readonly context: EngineContext;
  /** What the store in use wants done now and then. */
  readonly duties: readonly PeriodicDuty[];
}

/** Partitions are made months ahead, and dropped when nobody is in a hurry, so a few looks a day are plenty. */
const PARTITIONS_EVERY_MS = 6 * 3_600_000;
/** Half a million rows of each table an hour, at a few dozen milliseconds of the database a turn. */
const ORPHANS_EVERY_MS = 30_000;
const ORPHANS_AT_ONCE = 5_000;

const EXECUTION_LOG_CLOSE_MS = 5_000;

/** Opens store, queue and clock as one engine; the lifecycle closes them, the store last. */
export async function openEngine(lifecycle: Lifecycle, options: EngineOptions): Promise<Engine> {
  const { config, databaseUrl, shared, metrics } = options;
  // The store tells an outage itself, once; nobody else who meets it needs to.
  const logger = quietAboutOutages(options.logger);
  const encryptionKeys = openEncryptionKeys(config, options.dataDirectory ?? null, logger);
  const postgres = createPostgresStore({
    connectionString: databaseUrl,
    poolSize: config.databaseConnections,
    applicationName: 'everstep',
    logger: options.logger,
    metrics,
  });
  lifecycle.add('the store', () => postgres.close());
  const store = encryptedStore(postgres, { keys: encryptionKeys, logger });
  const clock = await createStoreClock(store, logger);
  lifecycle.add('the clock', async () => clock.close());
  const hints = await createQueue(config, databaseUrl, shared, logger);
  lifecycle.add('the queue', () => hints.close());
  const executionLog = openExecutionLog({ config, logger, fallback: shared ? 'off' : 'file' });
  if (executionLog === null && config.executionLogs !== 'off') {
    logger.info({}, 'the logs that state machines ask for go nowhere; EVERSTEP_EXECUTION_LOGS can say where to');
  }
  lifecycle.add('the execution logs', async () => executionLog?.close(EXECUTION_LOG_CLOSE_MS));
  const context = createEngineContext({
    ...{ store, hints, clock, logger, metrics, encryptionKeys, settings: engineSettings(config) },
    ...(executionLog === null ? {} : { executionLog }),
  });
  return { context, duties: storeDuties(postgres) };
}

/** What the store on Postgres wants done beside the engine's own duties. */
function storeDuties(store: PostgresStore): PeriodicDuty[] {
  return [
    { name: 'partitions', everyMs: PARTITIONS_EVERY_MS, run: () => store.ensurePartitions() },
    {
      name: 'expired partitions',
      everyMs: PARTITIONS_EVERY_MS,
      run: ({ clock, settings }) => store.dropExpiredPartitions(clock.now() - settings.retentionMs),
    },
    { name: 'orphans', everyMs: ORPHANS_EVERY_MS, run: () => store.sweepOrphans(ORPHANS_AT_ONCE) },
  ];
}

export interface OpenedIntegrations extends Integrations {
  /** The credentials of services that HTTP Tasks call. */
  readonly connections: Connections;
  /** The functions that this process hosts; null: it has no folder of functions. */
  readonly localFunctions: LocalFunctions | null;
}

/** What performs tasks in this process. `dataDirectory`: where everything lies in embedded mode. */
export async function openIntegrations(
  lifecycle: Lifecycle,
  context: EngineContext,
  config: Config,
  { functionsDirectory, bucketsDirectory }: Pick<Config, 'functionsDirectory' | 'bucketsDirectory'>,
  dataDirectory: string | null = null,
): Promise<OpenedIntegrations> {
  const { region, accountId } = config;
  const { web, connections } = openWebAccess(context, config, dataDirectory);
  const integrations = await loadOwnIntegrations(config.integrations ?? [], process.cwd(), {
    ...{ region, accountId, logger: context.logger, outgoing: web.outgoing },
  });
  const targets = await readTargetsFile(config.targetsFile, process.env);
  const { logger } = context;
  const choices = dataDirectory === null ? DISTRIBUTED_HOST : EMBEDDED_HOST;
  const { functions, localFunctions } = createFunctions(config, functionsDirectory, logger, choices);
  const models = createApiModels();
  const stepFunctions = new InProcessApi({
    context,
    syncExecutions: () => registry.syncExecutions,
    testing: () => ({ registry, models }),
  });
  const registry: Integrations = createIntegrationRegistry({
    ...{ context, functions, stepFunctions, integrations, web },
    ...(bucketsDirectory === null ? {} : { bucketsDirectory }),
    ...(targets === null ? {} : { targets }),
  });
  lifecycle.add('the integrations', () => registry.close());
  lifecycle.add('synchronous executions', () => registry.syncExecutions.close(config.drainSeconds * 1_000));
  return { ...registry, connections, localFunctions };
}

/** How people are told of approvals. `dataDirectory`: where everything lies in embedded mode. */
export async function openApprovalNotices(
  lifecycle: Lifecycle,
  context: EngineContext,
  config: Config,
  dataDirectory: string | null,
): Promise<ApprovalDutyOptions> {
  const { web } = openWebAccess(context, config, dataDirectory);
  const targets = await readTargetsFile(config.targetsFile, process.env);
  const notifier = createApprovalNotifier({ web, smtp: targets?.smtp ?? new Map(), region: config.region });
  lifecycle.add('the notices of approvals', () => notifier.close());
  const publicUrl = config.publicUrl?.replace(/\/+$/, '') ?? null;
  if (publicUrl === null) {
    context.logger.info(
      {},
      'notices of approvals carry no links; EVERSTEP_PUBLIC_URL can say where people reach the console',
    );
  }
  return { notifier, publicUrl };
}

/** A process on an older schema than its code would fail in the middle of its work, so it does not start. */
export async function requireMigrated(databaseUrl: string): Promise<void> {
  const pending = await askDatabase(() => pendingMigrations(databaseUrl));
  if (pending.length === 0) return;
  throw new StartError(
    `The database lacks ${pending.length === 1 ? 'a migration' : `${pending.length} migrations`} (${pending.join(', ')}).\n` +
      'Run `everstep migrate` once, then start again.',
  );
}

/** Asks the database something before anything else: where it does not answer, DATABASE_URL is the thing to look at. */
export async function askDatabase<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    const reachable = codeOf(error) === null || error instanceof DatabaseError;
    // A wrong password or a missing database is the address's fault too (classes 28 and 3D); other answers are not.
    if (reachable && !/^(28|3D)/.test(codeOf(error) ?? '')) throw error;
    throw new StartError(`DATABASE_URL: the database does not answer: ${describeFailure(error)}`);
  }
}

/** Node tells of several addresses that refused in one error without a message. */
function describeFailure(error: unknown): string {
  return error instanceof AggregateError && error.message === ''
    ? error.errors.map(messageOf).join(', ')
    : messageOf(error);
}
