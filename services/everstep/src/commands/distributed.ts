import { createLogger, createMetrics, type MetricsRegistry } from '@everstep/telemetry';
import { type Engine, openEngine, requireMigrated } from '../adapters.ts';
import { type Config, readConfig } from '../config.ts';
import { type HealthSources, startHealthServer } from '../health-server.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { StartError } from '../start-error.ts';

export interface Distributed extends Engine {
  readonly config: Config;
  readonly metrics: MetricsRegistry;
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
  const metrics = openMetrics(lifecycle);
  return { config, metrics, ...(await openEngine(lifecycle, { config, databaseUrl, shared: true, logger, metrics })) };
}

export function openMetrics(lifecycle: Lifecycle): MetricsRegistry {
  const metrics = createMetrics();
  lifecycle.add('the metrics', async () => metrics.close());
  return metrics;
}

/** Serves `/healthz`, `/readyz` and `/metrics` where EVERSTEP_HEALTH_PORT is set. */
export async function openHealth(lifecycle: Lifecycle, config: Config, sources: HealthSources): Promise<void> {
  if (config.healthPort === null) return;
  const server = await startHealthServer(config.host, config.healthPort, sources);
  lifecycle.add('the health server', () => server.close());
}

/** DATABASE_URL, which `readConfig` has required. */
export function requireUrl(config: Config): string {
  if (config.databaseUrl === null) throw new StartError('DATABASE_URL is not set.');
  return config.databaseUrl;
}
