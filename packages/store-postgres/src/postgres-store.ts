import { type Logger, type Metrics, silentLogger, silentMetrics, type Store } from '@everstep/engine';
import { accessKeyVerbs } from './access-keys.ts';
import { activityVerbs } from './activities.ts';
import { aliasVerbs } from './aliases.ts';
import { approvalVerbs } from './approvals.ts';
import { auditVerbs } from './audit.ts';
import { catalogVerbs } from './catalog.ts';
import { absolve, claim, claimWarm, release, reread } from './claim.ts';
import { commit } from './commit.ts';
import { connectionVerbs } from './connections.ts';
import { Database, type DatabaseOptions } from './database.ts';
import { executionVerbs } from './executions.ts';
import { endExpress, startExpress } from './express-runs.ts';
import { dropExpiredPartitions } from './expired-partitions.ts';
import { force } from './force.ts';
import { installationSecret } from './installation.ts';
import { jobStopVerbs } from './job-stops.ts';
import { limiterVerbs } from './limiters.ts';
import { MONTHS_AHEAD } from './migrate.ts';
import { type OrphanCounts, OrphanSweeper } from './orphans.ts';
import { ensurePartitions } from './partitions.ts';
import { probe } from './probe.ts';
import { mapRunVerbs } from './map-runs.ts';
import { redriveVerbs } from './redrives.ts';
import { startExecutions } from './start-executions.ts';
import { tagVerbs } from './tags.ts';
import { tokenVerbs } from './tokens.ts';
import { versionVerbs } from './versions.ts';
import { listDue, readClock, workerVerbs } from './workers.ts';

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`, with `sslmode` and the like as usual. */
  readonly connectionString: string;
  /** Connections at most (10). */
  readonly poolSize?: number;
  /** How long a connection attempt, or the wait for a free one, may take, in milliseconds (10,000). */
  readonly connectMs?: number;
  /** Shown in pg_stat_activity (everstep). */
  readonly applicationName?: string;
  /** The server's notices and warnings. */
  readonly onNotice?: DatabaseOptions['onNotice'];
  readonly logger?: Logger;
  readonly metrics?: Metrics;
}

export interface PostgresStore extends Store {
  /** Makes the partitions of this month and the next ones (3); answers the names of those that were missing. */
  ensurePartitions(months?: number): Promise<string[]>;
  /**
   * Drops the months whose executions all ended before the time, with their history; answers the names of the partitions.
   * An open or younger execution keeps its month.
   */
  dropExpiredPartitions(stopDate: number): Promise<string[]>;
  /**
   * Looks at so many more rows of each table for those that belong to nothing, and puts them right; answers what it
   * found. Call it again and again: it walks through everything.
   */
  sweepOrphans(limit: number): Promise<OrphanCounts>;
}

/** The Store on a Postgres of version 15 or newer whose schema {@link migrate} has made. Connects on first use. */
export function createPostgresStore(options: PostgresStoreOptions): PostgresStore {
  const logger = options.logger ?? silentLogger;
  const database = new Database({
    connectionString: options.connectionString,
    poolSize: options.poolSize ?? 10,
    connectMs: options.connectMs ?? 10_000,
    applicationName: options.applicationName ?? 'everstep',
    onNotice: options.onNotice ?? (({ message }) => logger.debug({ notice: message }, 'the database says')),
    logger,
  });
  const metrics = options.metrics ?? silentMetrics;
  showFigures(database, metrics);
  const orphans = new OrphanSweeper(database, logger, metrics);
  return {
    ...catalogVerbs(database),
    ...versionVerbs(database),
    ...aliasVerbs(database),
    ...tagVerbs(database),
    ...redriveVerbs(database),
    ...mapRunVerbs(database),
    ...executionVerbs(database),
    ...tokenVerbs(database),
    ...workerVerbs(database),
    ...activityVerbs(database),
    ...accessKeyVerbs(database),
    ...connectionVerbs(database),
    ...auditVerbs(database),
    ...limiterVerbs(database),
    ...jobStopVerbs(database),
    ...approvalVerbs(database),
    startExecutions: (batch) => startExecutions(database, batch),
    startExpress: (batch) => startExpress(database, batch),
    endExpress: (runs) => endExpress(database, runs),
    claim: (request) => claim(database, request),
    claimWarm: ({ workerId, runs }) => claimWarm(database, workerId, runs),
    listDue: (limit) => listDue(database, limit),
    commit: (_workerId, batch) => commit(database, batch),
    reread: (runs) => reread(database, runs),
    release: (runs) => release(database, runs),
    absolve: (claims) => absolve(database, claims),
    force: (executionId, decide) => force(database, executionId, decide),
    now: () => readClock(database),
    installationSecret: () => installationSecret(database),
    probe: () => probe(database),
    ensurePartitions: (months = MONTHS_AHEAD) => database.withClient((client) => ensurePartitions(client, months)),
    dropExpiredPartitions: (stopDate) =>
      database.withClient((client) => dropExpiredPartitions(client, stopDate, logger)),
    sweepOrphans: (limit) => orphans.sweep(limit),
    close: () => database.close(),
  };
}

function showFigures(database: Database, metrics: Metrics): void {
  metrics.gauge('storeServes', () => Number(database.availability.reason === null));
  metrics.gauge('storeConnections', () => database.connections.open);
  metrics.gauge('storeConnectionsWaited', () => database.connections.waiting);
}
