import {
  createActivity,
  encryptedStore,
  getActivityTask,
  sendTaskSuccess,
  silentLogger,
  startExecution,
  StoreClock,
  type TaskOutcome,
  type TaskRequest,
} from '@everstep/engine';
import { createLocalQueue } from '@everstep/queue-local';
import { TestEncryptionKeys, World } from '@everstep/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createPostgresStore } from './postgres-store.ts';
import { migratedDatabase, type TestDatabase } from './testing/test-database.ts';

/** Stands in every text that is anybody's data, and in no other. */
const MARK = 'pl41nt3xt';
const arnOf = (kind: string, name: string): string => `arn:aws:${kind}:us-east-1:123456789012:${name}`;
const ACTIVITY = arnOf('states', 'activity:pack');
const OWN = { type: 'CUSTOMER_MANAGED_KMS_KEY', kmsKeyId: 'alias/orders', kmsDataKeyReusePeriodSeconds: 60 } as const;

const branch = (name: string, state: object): object => ({
  StartAt: `${MARK} ${name}`,
  States: { [`${MARK} ${name}`]: { End: true, ...state } },
});
const DEFINITION = {
  Comment: MARK,
  StartAt: `${MARK} charge`,
  States: {
    [`${MARK} charge`]: {
      Type: 'Task',
      Resource: arnOf('lambda', 'function:charge'),
      ResultPath: '$.charge',
      Next: 'All',
    },
    All: {
      Type: 'Parallel',
      Branches: [
        branch('pack', { Type: 'Task', Resource: ACTIVITY }),
        branch('ask', {
          Type: 'Task',
          Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
          Parameters: { FunctionName: 'ask', Payload: { 'token.$': '$$.Task.Token', note: MARK } },
        }),
        branch('map', {
          Type: 'Map',
          ItemsPath: '$.items',
          ItemProcessor: {
            StartAt: 'Each',
            States: { Each: { Type: 'Wait', Seconds: 1, Next: 'Done' }, Done: { Type: 'Pass', End: true } },
          },
        }),
      ],
      Next: 'Choose',
    },
    Choose: {
      Type: 'Choice',
      Choices: [{ Variable: '$[0]', StringEquals: 'fail', Next: 'Fail' }],
      Default: 'Good',
    },
    Good: { Type: 'Pass', End: true },
    Fail: { Type: 'Fail', Error: `${MARK}.Error`, Cause: MARK },
  },
};

let database: TestDatabase;
let keys: TestEncryptionKeys;
let keyId: string;
let tokens: string[];
const processes: Array<{ end(): Promise<void> }> = [];

beforeAll(async () => {
  database = await migratedDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.empty();
  keys = new TestEncryptionKeys();
  keyId = keys.create('orders');
  tokens = [];
});
afterEach(async () => {
  for (const one of processes.splice(0)) await one.end();
});

/** Everything of one process, which shares nothing with another but the database and the keys. */
async function startProcess(): Promise<World> {
  const inner = createPostgresStore({ connectionString: database.connectionString, poolSize: 4 });
  const store = encryptedStore(inner, { keys, logger: silentLogger });
  const clock = await StoreClock.create(store, silentLogger);
  const hints = createLocalQueue({ logger: silentLogger });
  const world = new World({
    ...{ store, hints, clock, encryptionKeys: keys },
    settings: { graceMs: 100, maxGraceMs: 500, leaseMs: 2_000 },
    tasks: {
      charge: (): TaskOutcome => ({ type: 'succeeded', output: `${MARK} charged` }),
      'lambda:invoke': ({ token }: TaskRequest): TaskOutcome => {
        tokens.push(token ?? '');
        return { type: 'submitted', output: { note: MARK } };
      },
    },
  });
  await world.startWorker();
  await world.startScheduler();
  processes.push({
    async end() {
      await world.stop();
      await hints.close();
      clock.close();
      await store.close();
    },
  });
  return world;
}

async function endProcess(): Promise<void> {
  await processes.pop()?.end();
}

/** The tables that hold the mark in any column, of any type. */
async function tablesWithMark(): Promise<string[]> {
  const { admin } = database;
  const { rows } = await admin.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class
     where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and not relispartition order by 1`,
  );
  const found: string[] = [];
  for (const { name } of rows) {
    const marked = await admin.query(`select 1 from ${name} t where t::text like $1 limit 1`, [`%${MARK}%`]);
    if (marked.rows.length > 0) found.push(name);
  }
  return found;
}

async function take(world: World): Promise<{ taskToken: string; input: string }> {
  const { signal } = new AbortController();
  const task = await getActivityTask(world.context, { activityArn: ACTIVITY, signal, waitMs: 20_000 });
  if (task === null) throw new Error('no task came');
  return task;
}

const INPUT = JSON.stringify({ name: MARK, items: [MARK, `${MARK} two`] });

async function startOne(world: World, encrypted: boolean): Promise<string> {
  const options = encrypted ? { encryptionConfiguration: OWN } : {};
  const stateMachineArn = await world.createMachine(DEFINITION, `orders-${encrypted}`, options);
  await createActivity(world.context, { name: 'pack', ...(encrypted ? { encryptionConfiguration: OWN } : {}) });
  return (await startExecution(world.context, { stateMachineArn, name: 'one', input: INPUT })).executionArn;
}

test.each(['good', 'fail'])(
  'no column of any table holds the data of an encrypted execution that ends: %s',
  async (end) => {
    const first = await startProcess();
    const executionArn = await startOne(first, true);
    const task = await take(first);
    expect(JSON.parse(task.input)).toMatchObject({ name: MARK, charge: `${MARK} charged` });
    await expect.poll(() => tokens.length, { timeout: 20_000 }).toBe(1);
    expect(await tablesWithMark()).toEqual([]);

    await endProcess();
    keys.rotate(keyId);
    const second = await startProcess();
    await sendTaskSuccess(second.context, { taskToken: tokens[0] ?? '', output: JSON.stringify(MARK) });
    expect(await tablesWithMark()).toEqual([]);
    await sendTaskSuccess(second.context, {
      taskToken: task.taskToken,
      output: JSON.stringify(end === 'fail' ? 'fail' : MARK),
    });
    const status = end === 'fail' ? 'FAILED' : 'SUCCEEDED';
    await expect.poll(() => second.status(executionArn), { timeout: 20_000 }).toBe(status);
    expect(await tablesWithMark()).toEqual([]);

    const execution = await second.context.store.findExecutionByArn(executionArn);
    expect(execution).toMatchObject(
      end === 'fail' ? { error: `${MARK}.Error`, cause: MARK, input: INPUT } : { input: INPUT },
    );
    expect(await second.output(executionArn)).toEqual(end === 'good' ? [MARK, MARK, [MARK, `${MARK} two`]] : null);
    expect(JSON.stringify(await second.history(executionArn)).split(MARK).length).toBeGreaterThan(10);
  },
  60_000,
);

test('the same execution without a key is in those tables, so the look is one', async () => {
  const world = await startProcess();
  await startOne(world, false);
  await take(world);
  await expect.poll(() => tokens.length, { timeout: 20_000 }).toBe(1);
  expect(await tablesWithMark()).toEqual(
    expect.arrayContaining(['executions', 'frames', 'history', 'state_machine_revisions', 'task_tokens']),
  );
}, 60_000);

test('what is sealed was moved or changed: the execution that it was put into fails', async () => {
  const world = await startProcess();
  const stateMachineArn = await world.createMachine(DEFINITION, 'orders', { encryptionConfiguration: OWN });
  await createActivity(world.context, { name: 'pack' });
  const start = async (name: string) =>
    (await startExecution(world.context, { stateMachineArn, name, input: INPUT })).executionArn;
  const arns = [await start('one'), await start('two')];
  await take(world);
  await take(world);
  await expect.poll(() => tokens.length, { timeout: 20_000 }).toBe(2);
  await endProcess();
  const { admin } = database;
  await admin.query(
    `update executions e set input = o.input from executions o where e.name = 'one' and o.name = 'two'`,
  );
  const again = await startProcess();
  await expect(again.context.store.findExecutionByArn(arns[0] ?? '').then((one) => one?.input)).rejects.toThrow(
    'was changed, or belongs elsewhere',
  );
  await admin.query(`update history h set events = o.events from history o
    where h.first_event_id = o.first_event_id and h.execution_id <> o.execution_id and h.first_event_id = 1`);
  await expect(again.history(arns[1] ?? '')).rejects.toThrow('was changed, or belongs elsewhere');
  // Whichever of them wakes it: it may have failed before.
  await Promise.allSettled(tokens.map((taskToken) => sendTaskSuccess(again.context, { taskToken, output: '1' })));
  await expect.poll(() => again.status(arns[0] ?? ''), { timeout: 20_000 }).toBe('FAILED');
  expect((await again.context.store.findExecutionByArn(arns[0] ?? ''))?.cause).toContain('was changed');
}, 60_000);
