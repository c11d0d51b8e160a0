import {
  createEngineContext,
  DEFAULT_SETTINGS,
  OutcomeUnknownError,
  sendTaskSuccess,
  silentLogger,
  startExecution,
  StoreClock,
  StoreUnavailableError,
  type TaskOutcome,
  type TaskRequest,
} from '@everstep/engine';
import { createLocalQueue } from '@everstep/queue-local';
import { World } from '@everstep/testkit';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresStore, type PostgresStore } from './postgres-store.ts';
import { migratedDatabase, type TestDatabase } from './testing/test-database.ts';

const EXECUTIONS = 40;
const CUTS = 40;
const CUT = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() order by random() limit 2`;
const PATIENCE_MS = 90_000;
const functionArn = (name: string): string => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;

const DEFINITION = {
  StartAt: 'Charge',
  States: {
    Charge: { Type: 'Task', Resource: functionArn('charge'), ResultPath: '$.charge', Next: 'Ask' },
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: { FunctionName: 'ask', Payload: { 'token.$': '$$.Task.Token' } },
      TimeoutSeconds: 600,
      ResultPath: '$.answer',
      Next: 'Pause',
    },
    Pause: { Type: 'Wait', Seconds: 1, Next: 'Both' },
    Both: {
      Type: 'Parallel',
      Branches: ['a', 'b', 'c'].map((branch) => ({
        StartAt: branch,
        States: { [branch]: { Type: 'Task', Resource: functionArn('ship'), End: true } },
      })),
      ResultSelector: { 'shipped.$': '$[2]' },
      End: true,
    },
  },
};

let database: TestDatabase;
const stores: PostgresStore[] = [];
beforeAll(async () => {
  database = await migratedDatabase();
});
afterAll(async () => {
  for (const store of stores) await store.close();
  await database.drop();
});

function openStore(): PostgresStore {
  const store = createPostgresStore({ connectionString: database.connectionString, poolSize: 6 });
  stores.push(store);
  return store;
}

/** As clients do: again, until there is an answer. */
async function persistently<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) && !(error instanceof OutcomeUnknownError)) throw error;
    }
  }
}

async function openRuns(admin: pg.Client): Promise<number> {
  const { rows } = await admin.query<{ open: string }>('select count(*) as open from runs');
  return Number(rows[0]?.open);
}

test('executions end as they would have, while connections are cut under two workers and a scheduler', async () => {
  const { admin } = database;
  const clock = await StoreClock.create(openStore(), silentLogger);
  const hints = createLocalQueue({ logger: silentLogger });
  const settings = { graceMs: 200, maxGraceMs: 1_000, leaseMs: 2_000 };
  const callers = openStore();
  const caller = createEngineContext({
    store: callers,
    hints,
    clock,
    logger: silentLogger,
    settings: { ...DEFAULT_SETTINGS, ...settings },
  });
  const answers: Array<Promise<string>> = [];
  const tasks = {
    charge: (): TaskOutcome => ({ type: 'succeeded', output: 'charged' }),
    ship: (): TaskOutcome => ({ type: 'succeeded', output: true }),
    'lambda:invoke': ({ token }: TaskRequest): TaskOutcome => {
      const taskToken = token ?? '';
      // An answer whose outcome was unknown had perhaps been accepted: then the second one is refused.
      const answer = persistently(() => sendTaskSuccess(caller, { taskToken, output: '"yes"' }));
      answers.push(
        answer.then(
          () => 'accepted',
          (error: unknown) => String(error),
        ),
      );
      return { type: 'submitted', output: {} };
    },
  };
  const worlds = [openStore(), openStore()].map((store) => new World({ store, hints, clock, settings, tasks }));
  const [first, second] = worlds;
  if (first === undefined || second === undefined) throw new Error('no worlds');
  await first.startWorker();
  await second.startWorker();
  await first.startScheduler();
  const stateMachineArn = await first.createMachine(DEFINITION);

  const starting = Promise.all(
    Array.from({ length: EXECUTIONS }, (_, index) =>
      persistently(() => startExecution(caller, { stateMachineArn, name: `n${index}`, input: `{"n":${index}}` })),
    ),
  );
  const end = performance.now() + PATIENCE_MS;
  for (let round = 0; ; round++) {
    if (round < CUTS) await admin.query(CUT);
    else if ((await starting) && (await openRuns(admin)) === 0) break;
    expect(performance.now(), `${await openRuns(admin)} executions are still open`).toBeLessThan(end);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const started = await starting;
  for (const answer of await Promise.all(answers)) expect(answer).toMatch(/accepted|Task Timed Out/);
  for (const [index, { executionArn }] of started.entries()) {
    expect(await persistently(() => first.status(executionArn))).toBe('SUCCEEDED');
    expect(await persistently(() => first.output(executionArn))).toEqual({ shipped: true });
    const history = await persistently(() => first.history(executionArn));
    expect(
      history.filter((event) => event.type === 'TaskSucceeded' || event.type === 'LambdaFunctionSucceeded'),
    ).toHaveLength(5);
    expect((await persistently(() => callers.findExecutionByArn(executionArn)))?.input).toBe(`{"n":${index}}`);
  }
  for (const table of ['inbox', 'frames', 'task_tokens']) {
    expect((await admin.query(`select 1 from ${table}`)).rows).toEqual([]);
  }
  await Promise.all(worlds.map((world) => world.stop()));
  await hints.close();
  clock.close();
}, 120_000);
