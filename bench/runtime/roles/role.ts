import {
  createEngineContext,
  createStoreClock,
  DEFAULT_SETTINGS,
  type EngineContext,
  type FunctionInvoker,
} from '@everstep/engine';
import { createBullmqQueue } from '@everstep/queue-bullmq';
import { createPostgresStore } from '@everstep/store-postgres';
import { createLogger } from '@everstep/telemetry';
import { type Asked, isAsked, type RoleMessage, type RoleSettings, SETTINGS_VARIABLE } from '../lab/messages.ts';
import { Ledger } from './ledger.ts';

export interface Role {
  readonly context: EngineContext;
  readonly ledger: Ledger;
  readonly settings: RoleSettings;
}

export const noFunctions: FunctionInvoker = {
  invoke: () => Promise.reject(new Error('the benchmark has no functions')),
  close: () => Promise.resolve(),
};

function readSettings(): RoleSettings {
  const settings: RoleSettings = JSON.parse(process.env[SETTINGS_VARIABLE] ?? 'null');
  return settings;
}

export function tell(message: RoleMessage): void {
  process.send?.(message);
}

/**
 * A process of the system under test: the same adapters as the `everstep` command opens, and a ledger around the store.
 * `start` answers the URL it serves, and what ends it.
 */
export async function runRole(
  name: string,
  start: (role: Role) => Promise<{ readonly url: string | null; stop(): Promise<void> }>,
): Promise<void> {
  const given = readSettings();
  const { databaseUrl, redisUrl, prefix, engine } = given;
  const logger = createLogger({ name, level: 'warn', destination: process.stderr });
  const store = createPostgresStore({ connectionString: databaseUrl, logger });
  const ledger = new Ledger(store, (names, at) => tell({ kind: 'ended', names, at }));
  const clock = await createStoreClock(store, logger);
  const hints = createBullmqQueue({ redisUrl, logger, prefix });
  const settings = { ...DEFAULT_SETTINGS, ...engine };
  const context = createEngineContext({ store: ledger.store, hints, clock, logger, settings });
  const service = await start({ context, ledger, settings: given });
  const stop = async (): Promise<void> => {
    await service.stop();
    clock.close();
    await hints.close();
    await store.close();
  };
  process.on('message', (message) => {
    if (!isAsked(message)) throw new Error(`unexpected message ${JSON.stringify(message)}`);
    void answer(message, ledger, stop);
  });
  // The benchmark died: so do its processes.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  // Ctrl-C reaches the whole group; the benchmark ends its processes in order.
  process.on('SIGINT', () => undefined);
  tell({ kind: 'ready', url: service.url });
}

async function answer({ id, question }: Asked, ledger: Ledger, stop: () => Promise<void>): Promise<void> {
  if (question === 'stop') await stop();
  if (question === 'collected-usage') globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  const { heapUsed, rss } = process.memoryUsage();
  tell({ kind: 'answer', id, usage: { cpuMicros: user + system, heapUsed, rss, ...ledger.counts } });
  if (question !== 'stop') return;
  process.removeAllListeners('disconnect');
  process.disconnect();
}
