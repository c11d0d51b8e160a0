import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  SFNServiceException,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EverstepProcess } from '../everstep-process.ts';
import { ApiCaller } from './api-caller.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { cutConnections, setReadOnly, withAdmin } from './disturbances.ts';
import { stepsMachine } from './machines.ts';

const LEASE_MS = 3_000;
const EXECUTION = 'arn:aws:states:us-east-1:123456789012:execution:steps:';
const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:steps';

let cluster: Cluster;
let processes: readonly EverstepProcess[];
let caller: ApiCaller;
/** As an application has it, with the SDK's own retries. */
let plain: SFNClient;
let number = 0;

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

beforeAll(async () => {
  cluster = await startCluster({
    ...{ api: 1, workers: 1, schedulers: 1, redis: false },
    environment: { EVERSTEP_WORKER_LEASE_MS: String(LEASE_MS), EVERSTEP_DATABASE_CONNECTIONS: '5' },
    prepare: ownedByPlainRole,
  });
  processes = [...cluster.apis, ...cluster.workers, ...cluster.schedulers];
  caller = new ApiCaller(cluster.endpoints);
  const [endpoint = ''] = cluster.endpoints;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  plain = new SFNClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  const definition = JSON.stringify(stepsMachine);
  const roleArn = 'arn:aws:iam::123456789012:role/r';
  await caller.call((client) => client.send(new CreateStateMachineCommand({ name: 'steps', definition, roleArn })));
  await untilEnded(await start());
});

afterAll(async () => {
  plain?.destroy();
  caller?.close();
  await cluster?.stop();
});

/** The processes connect as one who is no superuser, so that limits on connections hold for them. */
async function ownedByPlainRole(databaseUrl: string): Promise<string> {
  const url = new URL(databaseUrl);
  await withAdmin(databaseUrl, async (client) => {
    await client.query(`create role application login password 'application'`);
    await client.query(`alter database ${pg.escapeIdentifier(url.pathname.slice(1))} owner to application`);
  });
  url.username = 'application';
  url.password = 'application';
  return url.href;
}

async function start(): Promise<string> {
  const name = `away-${number++}`;
  const input = JSON.stringify({ value: 1 });
  await caller.call((client, abortSignal) =>
    client.send(new StartExecutionCommand({ stateMachineArn: MACHINE, name, input }), { abortSignal }),
  );
  return name;
}

async function untilEnded(name: string, withinMs = 30_000): Promise<void> {
  const until = Date.now() + withinMs;
  for (;;) {
    const { answer } = await caller.call((client, abortSignal) =>
      client.send(new DescribeExecutionCommand({ executionArn: `${EXECUTION}${name}` }), { abortSignal }),
    );
    if (answer.status === 'SUCCEEDED') return;
    if (answer.status !== 'RUNNING' || Date.now() > until) throw new Error(`${name} is ${answer.status}`);
    await pause(20);
  }
}

async function readyz({ readyUrl }: EverstepProcess): Promise<{ status: number; text: string }> {
  const response = await fetch(readyUrl, { signal: AbortSignal.timeout(10_000) });
  return { status: response.status, text: await response.text() };
}

/** One try, as the wire has it. */
async function tryStart(): Promise<string> {
  try {
    await plain.send(new StartExecutionCommand({ stateMachineArn: MACHINE, input: JSON.stringify({ value: 1 }) }), {
      abortSignal: AbortSignal.timeout(15_000),
    });
    return 'started';
  } catch (error) {
    if (!(error instanceof SFNServiceException)) throw error;
    return `${error.name} ${error.$metadata.httpStatusCode}`;
  }
}

/** What each process wrote meanwhile at warn and above. */
function troubleLines(from: number): Map<string, string[]> {
  const troubles = cluster.troubles.slice(from);
  return new Map(
    processes.map(({ name }) => [name, troubles.filter((one) => one.process === name).map(({ line }) => line)]),
  );
}

interface Fault {
  readonly begin: () => Promise<unknown>;
  readonly end: () => Promise<unknown>;
  readonly lastsMs: number;
}

interface Seen {
  /** What single tries to start an execution met while the fault lasted. */
  readonly answers: ReadonlySet<string>;
  /** The last answers of /readyz while it lasted, by process. */
  readonly ready: ReadonlyMap<string, { readonly status: number; readonly text: string }>;
  readonly trouble: ReadonlyMap<string, readonly string[]>;
  /** From the end of the fault to the end of an execution that was started then, and to all being ready. */
  readonly flowsMs: number;
  readonly readyMs: number;
}

/** Executions are under way when the fault begins, and others are asked for while it lasts; all of them end. */
async function endure(title: string, fault: Fault): Promise<Seen> {
  const before = cluster.troubles.length;
  const underWay = await Promise.all(Array.from({ length: 20 }, () => start()));
  await fault.begin();
  const until = Date.now() + fault.lastsMs;
  const asked: Array<Promise<string>> = [];
  const answers = new Set<string>();
  while (Date.now() < until) {
    if (asked.length < 10) asked.push(start());
    answers.add(await tryStart());
    await pause(100);
  }
  const states = await Promise.all(processes.map(async (process) => [process.name, await readyz(process)] as const));
  await fault.end();
  const ended = Date.now();
  await untilEnded(await start());
  const flowsMs = Date.now() - ended;
  while ((await Promise.all(processes.map(readyz))).some(({ status }) => status !== 200)) await pause(50);
  const readyMs = Date.now() - ended;
  for (const name of [...underWay, ...(await Promise.all(asked))]) await untilEnded(name);
  const allMs = Date.now() - ended;
  // What is told when it is over may take a moment more.
  await pause(2_500);
  const trouble = troubleLines(before);
  const lines = [...trouble].map(([name, found]) => `${name} ${found.length}`).join(', ');
  console.log(
    `${title}: answers ${[...answers].join(', ')}; ready ${JSON.stringify(Object.fromEntries(states))}; ` +
      `after its end the next execution ended in ${flowsMs} ms, all were ready in ${readyMs} ms, ` +
      `everything had ended in ${allMs} ms; lines of trouble: ${lines}`,
  );
  return { answers, ready: new Map(states), trouble, flowsMs, readyMs };
}

/** A change may have a few sides (connections that break, the first refusal, the lease), but not one line a request. */
const LINES = 6;

function expectQuiet(seen: Seen): void {
  for (const [name, lines] of seen.trouble)
    expect(lines.length, `${name}:\n${lines.join('\n')}`).toBeLessThanOrEqual(LINES);
}

function expectUnready(seen: Seen, why: RegExp, names: readonly string[]): void {
  for (const name of names) {
    expect(seen.ready.get(name)?.status, name).toBe(503);
    expect(seen.ready.get(name)?.text, name).toMatch(why);
  }
}

/** Generous on a shared machine; the figures are printed. */
const FLOWS_WITHIN_MS = 8_000;

describe('Postgres away', () => {
  const database = (): string => pg.escapeIdentifier(new URL(cluster.databaseUrl).pathname.slice(1));

  it('killed and started again after longer than a lease', async () => {
    const seen = await endure('restart', {
      begin: () => cluster.postgres.kill(),
      end: () => cluster.postgres.start(),
      lastsMs: LEASE_MS + 2_000,
    });
    expect([...seen.answers]).toEqual(['ServiceUnavailable 503']);
    expectUnready(seen, /database|store/, ['api-1', 'worker-1', 'scheduler-1']);
    expect(seen.flowsMs).toBeLessThan(FLOWS_WITHIN_MS);
    expectQuiet(seen);
  });

  it('failed over: connections cut, then read-only answers', async () => {
    const seen = await endure('fail-over', {
      begin: async () => {
        await setReadOnly(cluster.databaseUrl, true);
        await cutConnections(cluster.databaseUrl);
      },
      end: () => setReadOnly(cluster.databaseUrl, false),
      lastsMs: LEASE_MS + 2_000,
    });
    expect([...seen.answers]).toEqual(['ServiceUnavailable 503']);
    expectUnready(seen, /read-only/, ['api-1', 'worker-1', 'scheduler-1']);
    expect(seen.flowsMs).toBeLessThan(FLOWS_WITHIN_MS);
    expectQuiet(seen);
  });

  it('its disk full', async () => {
    const seen = await endure('full disk', {
      begin: () => withAdmin(cluster.databaseUrl, (client) => client.query(FULL)),
      end: () => withAdmin(cluster.databaseUrl, (client) => client.query(EMPTIED)),
      lastsMs: LEASE_MS + 2_000,
    });
    expect([...seen.answers]).toEqual(['ServiceUnavailable 503']);
    expectUnready(seen, /No space left on device/, ['api-1', 'worker-1']);
    expect(seen.flowsMs).toBeLessThan(FLOWS_WITHIN_MS);
    expectQuiet(seen);
  });

  it('out of connections', async () => {
    const limit = (connections: number): Promise<unknown> =>
      withAdmin(cluster.databaseUrl, async (client) => {
        await client.query(`alter database ${database()} connection limit ${connections}`);
      });
    const seen = await endure('out of connections', {
      begin: async () => {
        await limit(0);
        await cutConnections(cluster.databaseUrl);
      },
      end: () => limit(-1),
      lastsMs: LEASE_MS + 2_000,
    });
    expect([...seen.answers]).toEqual(['ServiceUnavailable 503']);
    expectUnready(seen, /too many connections/, ['api-1', 'worker-1', 'scheduler-1']);
    expect(seen.flowsMs).toBeLessThan(FLOWS_WITHIN_MS);
    expectQuiet(seen);
    // Too few for all: slower, and nothing else.
    const few = await endure('few connections', {
      begin: async () => {
        await limit(4);
        await cutConnections(cluster.databaseUrl);
      },
      end: () => limit(-1),
      lastsMs: 2_000,
    });
    expect(few.flowsMs).toBeLessThan(FLOWS_WITHIN_MS);
    expectQuiet(few);
  });

  it('slow: every commit takes a tenth of a second more', async () => {
    const configure = (setting: string): Promise<unknown> =>
      withAdmin(cluster.databaseUrl, async (client) => {
        await client.query(`alter system ${setting} commit_delay${setting === 'set' ? ' = 100000' : ''}`);
        await client.query(`alter system ${setting} commit_siblings${setting === 'set' ? ' = 0' : ''}`);
        await client.query('select pg_reload_conf()');
      });
    const seen = await endure('slow disk', {
      begin: () => configure('set'),
      end: () => configure('reset'),
      lastsMs: 4_000,
    });
    expect([...seen.answers]).toEqual(['started']);
    for (const [name, { status }] of seen.ready) expect(status, name).toBe(200);
    expect([...seen.trouble.values()].flat()).toEqual([]);
  });
});

const GROWING = ['executions', 'execution_names', 'history', 'runs', 'inbox', 'task_tokens'];
/** What a server says whose disk is full, wherever a file would have to grow. */
const FULL = `
  create function disk_full() returns trigger language plpgsql as
    $$ begin raise exception 'could not extend file "base/1/2": No space left on device' using errcode = 'disk_full'; end $$;
  ${GROWING.map((table) => `create trigger full_disk before insert or update on ${table} for each statement execute function disk_full();`).join('\n')}`;
const EMPTIED = `
  ${GROWING.map((table) => `drop trigger full_disk on ${table};`).join('\n')}
  drop function disk_full();`;
