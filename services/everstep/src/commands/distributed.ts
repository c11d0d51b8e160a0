import type { Readiness } from '@everstep/engine';
import { createLogger } from '@everstep/telemetry';
import { type Engine, openEngine, requireMigrated } from '../adapters.ts';
import { type Config, readConfig } from '../config.ts';
import { startHealthServer } from '../health-server.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { StartError } from '../start-error.ts';

export interface Distributed extends Engine {
  readonly config: Config;
}

/** What api, worker and scheduler have in common: settings, a migrated database, store, queue and clock. */
export async function openDistributed(
  name: string,
  lifecycle: Lifecycle,
  check: (config: Config) => void = () => undefined,
): Promise<Distributed> {
  const config = readConfig(process.env, ['DATABASE_URL']);
  check(config);
  const databaseUrl = requireUrl(config);
  await requireMigrated(databaseUrl);
  const logger = createLogger({ name, level: config.logLevel, format: config.logFormat });
  return { config, ...(await openEngine(lifecycle, { config, databaseUrl, shared: true, logger })) };
}

/** Serves `/healthz` and `/readyz` where EVERSTEP_HEALTH_PORT is set. */
export async function openHealth(lifecycle: Lifecycle, config: Config, ready: () => Promise<Readiness>): Promise<void> {
  if (config.healthPort === null) return;
  const server = await startHealthServer(config.host, config.healthPort, ready);
  lifecycle.add('the health server', () => server.close());
}

/** DATABASE_URL, which `readConfig` has required. */
export function requireUrl(config: Config): string {
  if (config.databaseUrl === null) throw new StartError('DATABASE_URL is not set.');
  return config.databaseUrl;
}
