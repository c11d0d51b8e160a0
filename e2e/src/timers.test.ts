import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { freePort, startTestPostgres } from '@everstep/testkit';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EverstepProcess } from './everstep-process.ts';

const processes: EverstepProcess[] = [];
const cleanups: Array<() => Promise<unknown>> = [];
let client: SFNClient;
let database: pg.Client;

beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'everstep-e2e-'));
  await chmod(dataDir, 0o755);
  cleanups.push(() => rm(dataDir, { recursive: true, force: true }));
  const postgres = await startTestPostgres();
  cleanups.push(() => postgres.stop());
  const databaseUrl = await postgres.createDatabase();
  const environment = { DATABASE_URL: databaseUrl, EVERSTEP_DATA_DIR: dataDir, EVERSTEP_FUNCTIONS_DIR: dataDir };
  await new EverstepProcess({ command: 'migrate', environment, readyUrl: '' }).run();
  for (const command of ['api', 'worker', 'scheduler']) {
    const port = String(await freePort());
    const readyUrl = `http://127.0.0.1:${port}/readyz`;
    const ports = command === 'api' ? { EVERSTEP_PORT: port } : { EVERSTEP_HEALTH_PORT: port };
    processes.push(new EverstepProcess({ command, environment: { ...environment, ...ports }, readyUrl }));
    if (command !== 'api') continue;
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    client = new SFNClient({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials });
  }
  await Promise.all(processes.map((process) => process.start()));
  database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
});

afterAll(async () => {
  await database?.end();
  await Promise.all(processes.map((process) => process.kill('SIGTERM')));
  for (const cleanup of cleanups.toReversed()) await cleanup();
});

async function start(name: string, wait: object): Promise<string> {
  const definition = JSON.stringify({ StartAt: 'W', States: { W: { Type: 'Wait', ...wait, End: true } } });
  const roleArn = 'arn:aws:iam::123456789012:role/r';
  const { stateMachineArn } = await client.send(new CreateStateMachineCommand({ name, definition, roleArn }));
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn }));
  return executionArn ?? '';
}

async function ended(executionArn: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (status !== 'RUNNING') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${executionArn} did not end`);
}

describe('time, in distributed mode on an idle machine', () => {
  it('a Wait of 2 s ends within 100 ms of its time', async () => {
    const lateness: number[] = [];
    for (let round = 0; round < 3; round++) {
      const executionArn = await start(`wait-${round}`, { Seconds: 2 });
      await ended(executionArn);
      const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
      const at = (type: string): number =>
        events.find((event) => event.type === type)?.timestamp?.getTime() ?? Number.NaN;
      lateness.push(at('WaitStateExited') - at('WaitStateEntered') - 2_000);
    }
    expect(Math.min(...lateness)).toBeGreaterThanOrEqual(0);
    // The middle one of three: a single hiccup of a shared machine is not the scheduler's lateness.
    expect(lateness.toSorted((a, b) => a - b)[1], `lateness in ms: ${lateness.join(', ')}`).toBeLessThanOrEqual(100);
  });

  it('an execution parked for a year costs its rows, one index entry and no memory', async () => {
    const executionArn = await start('year', { Seconds: 31_000_000 });
    const { rows: owned } = await until(
      'select r.execution_id, r.owner, r.wake_at from runs r join executions e using (execution_id) where e.execution_arn = $1 and r.owner is null and r.consumed = r.signals',
      [executionArn],
    );
    expect(owned).toHaveLength(1);
    const id = String(owned[0]?.['execution_id']);
    const counts = await database.query(
      `select (select count(*)::int from frames where execution_id = $1) frames,
              (select count(*)::int from inbox where execution_id = $1) inbox,
              (select count(*)::int from task_tokens where execution_id = $1) tokens,
              (select count(*)::int from history where execution_id = $1) history,
              (select count(*)::int from workers w where exists (select from runs r where r.owner = w.worker_id)) owners`,
      [id],
    );
    // No row in `frames`: a root frame that runs alone is part of the checkpoint.
    expect(counts.rows[0]).toEqual({ frames: 0, inbox: 0, tokens: 0, history: 1, owners: 0 });
  });
});

/** Asks until a row comes back, for at most ten seconds. */
async function until(sql: string, values: readonly string[]): Promise<pg.QueryResult<Record<string, unknown>>> {
  for (let attempt = 0; ; attempt++) {
    const result = await database.query<Record<string, unknown>>(sql, [...values]);
    if (result.rows.length > 0 || attempt > 200) return result;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
