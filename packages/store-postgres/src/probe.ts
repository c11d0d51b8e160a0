import type { StoreHealth } from '@everstep/engine';
import type { Database } from './database.ts';
import { statement } from './statement.ts';

/** A health check that hangs is an answer, too; before whoever asked for it has gone. */
const PROBE_MS = 1_500;

const askWritable = statement<{ read_only: boolean }>(
  'probe',
  `select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as read_only`,
);

export async function probe(database: Database): Promise<StoreHealth> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<StoreHealth>((resolve) => {
    timer = setTimeout(() => {
      const busy = database.busyPool();
      if (busy !== null) resolve({ status: 'failing', reason: busy });
      else resolve({ status: 'unreachable', reason: `no answer in ${PROBE_MS} ms` });
    }, PROBE_MS);
  });
  try {
    return await Promise.race([late, ask(database)]);
  } finally {
    clearTimeout(timer);
  }
}

async function ask(database: Database): Promise<StoreHealth> {
  try {
    const [row] = await database.read(askWritable);
    if (row?.read_only !== false) return { status: 'read-only' };
    // It answers this question; what it answers to work is another one (a full disk, too few connections).
    const { refusal } = database.availability;
    return refusal === null ? { status: 'ok' } : { status: 'failing', reason: refusal };
  } catch (error) {
    const reason = database.availability.reason ?? (error instanceof Error ? error.message : String(error));
    return { status: 'unreachable', reason };
  }
}
