import {
  CreateActivityCommand,
  CreateStateMachineCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { freePort, startTestPostgres } from '@everstep/testkit';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EverstepProcess } from './everstep-process.ts';

const POLLERS = 2_000;
const TASKS = 100;
/** Of the API process, as its pool may have. */
const CONNECTIONS = 10;
const IDLE_SECONDS = 6;
/** Transactions a second of both processes. */
const MAX_IDLE_RATE = 15;

const processes: EverstepProcess[] = [];
const cleanups: Array<() => Promise<unknown>> = [];
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
let endpoint: string;
let client: SFNClient;
let database: pg.Client;

beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'everstep-e2e-'));
  await chmod(dataDir, 0o755);
  cleanups.push(() => rm(dataDir, { recursive: true, force: true }));
  const postgres = await startTestPostgres();
  cleanups.push(() => postgres.stop());
  const databaseUrl = await postgres.createDatabase();
  const environment = {
    DATABASE_URL: databaseUrl,
    EVERSTEP_DATA_DIR: dataDir,
    EVERSTEP_FUNCTIONS_DIR: dataDir,
    EVERSTEP_ACTIVITY_POLLERS: String(POLLERS),
    EVERSTEP_DATABASE_CONNECTIONS: String(CONNECTIONS),
  };
  await new EverstepProcess({ command: 'migrate', environment, readyUrl: '' }).run();
  for (const command of ['api', 'worker']) {
    const port = String(await freePort());
    const url = `http://127.0.0.1:${port}`;
    const ports = command === 'api' ? { EVERSTEP_PORT: port } : { EVERSTEP_HEALTH_PORT: port };
    processes.push(
      new EverstepProcess({ command, environment: { ...environment, ...ports }, readyUrl: `${url}/readyz` }),
    );
    if (command === 'api') endpoint = url;
  }
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new SFNClient({ endpoint, region: 'us-east-1', credentials });
  await Promise.all(processes.map((process) => process.start()));
  database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
});

afterAll(async () => {
  agent.destroy();
  client?.destroy();
  await database?.end();
  await Promise.all(processes.map((process) => process.kill('SIGTERM')));
  for (const cleanup of cleanups.toReversed()) await cleanup();
});

/** One GetActivityTask; null where its connection was cut. */
function poll(activityArn: string): Promise<Record<string, unknown> | null> {
  return new Promise((resolve) => {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AWSStepFunctions.GetActivityTask',
    };
    const sent = request(endpoint, { agent, method: 'POST', headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += String(chunk)));
      answer.on('end', () => resolve(JSON.parse(text)));
    });
    sent.on('error', () => resolve(null));
    sent.end(JSON.stringify({ activityArn }));
  });
}

async function figure(query: string): Promise<number> {
  const { rows } = await database.query<{ figure: string }>(query);
  return Number(rows[0]?.figure);
}

const TRANSACTIONS = `select xact_commit + xact_rollback as figure from pg_stat_database where datname = current_database()`;
const OPEN = `select count(*) as figure from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;

describe(`${POLLERS} pollers of one activity`, () => {
  it('cost a bounded number of connections and queries while idle, and get tasks at once', async () => {
    const { activityArn } = await client.send(new CreateActivityCommand({ name: 'pack' }));
    const definition = JSON.stringify({
      StartAt: 'A',
      States: { A: { Type: 'Task', Resource: activityArn, End: true } },
    });
    const roleArn = 'arn:aws:iam::123456789012:role/r';
    const { stateMachineArn } = await client.send(new CreateStateMachineCommand({ name: 'p', definition, roleArn }));
    const answered: Array<Record<string, unknown> | null> = [];
    for (let n = 0; n < POLLERS; n++) void poll(activityArn ?? '').then((answer) => answered.push(answer));
    // The limit is reached when all are in.
    let refused: Record<string, unknown> | null = null;
    while (refused === null) {
      refused = await Promise.race([poll(activityArn ?? ''), sleep(200, null)]);
      if (refused?.['taskToken'] === null) refused = null;
    }
    expect(refused['__type']).toContain('ActivityWorkerLimitExceeded');
    // Postgres may count a connection's transactions up to ten seconds late: those of the pollers' arrival are not meant.
    let perSecond = Number.POSITIVE_INFINITY;
    for (let window = 0; window < 5 && perSecond >= MAX_IDLE_RATE; window++) {
      const before = await figure(TRANSACTIONS);
      await sleep(IDLE_SECONDS * 1_000);
      perSecond = ((await figure(TRANSACTIONS)) - before) / IDLE_SECONDS;
    }
    const open = await figure(OPEN);
    console.log(`${POLLERS} pollers idle: ${perSecond.toFixed(1)} transactions a second, ${open} connections`);
    expect(perSecond).toBeLessThan(MAX_IDLE_RATE);
    // Two processes, each with its pool and a connection to listen on.
    expect(open).toBeLessThanOrEqual(2 * (CONNECTIONS + 1));
    const start = performance.now();
    const inputsSent = Array.from({ length: TASKS }, (_, index) => String(index));
    await Promise.all(inputsSent.map((input) => client.send(new StartExecutionCommand({ stateMachineArn, input }))));
    const tasks = (): number => answered.filter((answer) => typeof answer?.['taskToken'] === 'string').length;
    while (tasks() < TASKS && performance.now() - start < 30_000) await sleep(20);
    console.log(`${TASKS} tasks handed out within ${Math.round(performance.now() - start)} ms of the first start`);
    expect(tasks()).toBe(TASKS);
    const inputs = new Set(answered.map((answer) => answer?.['input']).filter((input) => input !== undefined));
    expect(inputs.size).toBe(TASKS);
  });
});
