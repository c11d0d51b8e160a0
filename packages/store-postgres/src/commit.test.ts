import { silentLogger } from '@everstep/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresStore, type PostgresStore } from './postgres-store.ts';
import { callbackToken, blockedBackends, commitOf, Scene } from './testing/scene.ts';
import { migratedDatabase, type TestDatabase } from './testing/test-database.ts';

let database: TestDatabase;
let store: PostgresStore;
let scene: Scene;
beforeAll(async () => {
  database = await migratedDatabase();
  store = createPostgresStore({ connectionString: database.connectionString });
  scene = await Scene.open(store);
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

test('a commit that the database refuses is found by halving, and the others are made', async () => {
  const runs = await scene.owned(9);
  const culprits = [2, 7];
  const outcomes = await store.commit(
    scene.workerId,
    runs.map((run, index) =>
      commitOf(run, {
        // A raw U+0000 is not JSON: no engine writes it, and no text column takes it.
        checkpoint: culprits.includes(index) ? '"\0"' : '"new"',
        history: { firstEventId: 1, lastEventId: 1, events: '[{"id":1}]' },
        frames: { written: [{ id: 'frame', data: '1' }], deleted: [] },
      }),
    ),
  );
  const told: never[] = [];
  const refused = { kind: 'unstorable', message: expect.stringContaining('0x00') };
  expect(outcomes).toEqual(runs.map((_, index) => (culprits.includes(index) ? refused : { kind: 'committed', told })));
  const ids = runs.map((run) => run.execution.executionId);
  const again = await scene.claim(ids);
  expect(again.map((run) => run.checkpoint)).toEqual(
    ids.map((_, index) => (culprits.includes(index) ? '{}' : '"new"')),
  );
  expect(again.map((run) => run.frames.length)).toEqual(ids.map((_, index) => (culprits.includes(index) ? 0 : 1)));
});

test('events that do not continue the history are refused, and nothing else of the commit is kept', async () => {
  const [run] = await scene.owned(1);
  if (run === undefined) throw new Error('no run');
  const history = { firstEventId: 2, lastEventId: 2, events: '[{"id":2}]' };
  const [outcome] = await store.commit(scene.workerId, [commitOf(run, { history, checkpoint: '"new"' })]);
  expect(outcome).toMatchObject({ kind: 'unstorable' });
  expect(await store.readHistory({ executionId: run.execution.executionId, limit: 10, reverse: false })).toEqual([]);
  expect((await scene.claim([run.execution.executionId]))[0]?.checkpoint).toBe('{}');
});

test('a batch that loses a deadlock is run again and made', async () => {
  const runs = await scene.owned(2);
  const ids = runs.map((run) => run.execution.executionId);
  const { admin } = database;
  // Ours waits longer before it looks for a deadlock, so that the store's is the one that finds and loses it.
  await admin.query("set deadlock_timeout = '60s'");
  await admin.query('begin');
  await admin.query('select 1 from runs where execution_id = $1 for update', [ids[1]]);
  const log: string[] = [];
  const logger = { ...silentLogger, debug: (_fields: object, message: string) => log.push(message) };
  const watched = createPostgresStore({ connectionString: database.connectionString, logger });
  const commit = watched.commit(
    scene.workerId,
    runs.map((run) => commitOf(run, { checkpoint: '"new"' })),
  );
  await blockedBackends(admin, 1);
  await admin.query('select 1 from runs where execution_id = $1 for update', [ids[0]]);
  await admin.query('commit');
  await admin.query('reset deadlock_timeout');
  expect((await commit).map((outcome) => outcome.kind)).toEqual(['committed', 'committed']);
  expect(log).toContain('a transaction is run again');
  await watched.close();
});

test('whoever tells a pair of runs something, crosswise to a batch that ends one of them, waits for no deadlock to be found', async () => {
  const [first, second] = await scene.owned(2);
  if (first === undefined || second === undefined) throw new Error('no runs');
  const { admin } = database;
  // Nobody looks for deadlocks: who waits crosswise would wait for a minute.
  await admin.query("set deadlock_timeout = '60s'");
  const patient = new URL(database.connectionString);
  patient.searchParams.set('options', '-c deadlock_timeout=60s');
  const crossed = createPostgresStore({ connectionString: patient.href });
  await admin.query('begin');
  await admin.query('select 1 from runs where execution_id = $1 for update', [first.execution.executionId]);
  const history = { firstEventId: 1, lastEventId: 1, events: '[{"id":1}]' };
  const end = { status: 'SUCCEEDED', stopDate: 5, output: '1', error: null, cause: null, reusableAt: 6 } as const;
  const commit = crossed.commit(scene.workerId, [
    commitOf(first, { checkpoint: '"new"' }),
    commitOf(second, { history, then: { kind: 'end', ...end } }),
  ]);
  await blockedBackends(admin, 1);
  await admin.query('select 1 from runs where execution_id = $1 for update', [second.execution.executionId]);
  await admin.query('commit');
  await admin.query('reset deadlock_timeout');
  expect((await commit).map((outcome) => outcome.kind)).toEqual(['committed', 'committed']);
  await crossed.close();
  expect(await store.findExecution(second.execution.executionId)).toMatchObject({ status: 'SUCCEEDED' });
});

test('two commits of one execution in a batch are a bug of the caller', async () => {
  const [run] = await scene.owned(1);
  if (run === undefined) throw new Error('no run');
  await expect(store.commit(scene.workerId, [commitOf(run), commitOf(run)])).rejects.toThrow('two commits');
});

test('a callback that waited for the run row counts on its newest version', async () => {
  const [run] = await scene.owned(1, [callbackToken(5)]);
  if (run === undefined) throw new Error('no run');
  const { executionId } = run.execution;
  const { admin } = database;
  await admin.query('begin');
  await admin.query('update runs set signals = signals + 1 where execution_id = $1', [executionId]);
  await admin.query('insert into inbox values ($1, 2, \'"stop"\')', [executionId]);
  await admin.query('update task_tokens set heartbeat_at = 4102444800000 where execution_id = $1', [executionId]);
  const callback = store.completeTask({ executionId, taskId: 5, activation: '"result"', graceMs: 10 });
  await blockedBackends(admin, 1);
  await admin.query('commit');
  expect(await callback).toEqual({ kind: 'accepted', owner: scene.workerId });
  const [reread] = await store.reread([{ executionId, epoch: run.epoch, consumed: 1 }]);
  expect(reread?.inbox.map((row) => [row.number, row.activation])).toEqual([
    [2, '"stop"'],
    [3, '"result"'],
  ]);
  expect(reread?.tokens).toEqual([{ taskId: 5, status: 'accepted', timeoutAt: null, heartbeatAt: 4102444800000 }]);
});

test('a callback that waited for the end of its execution is too late', async () => {
  const [run] = await scene.owned(1, [callbackToken(5)]);
  if (run === undefined) throw new Error('no run');
  const { executionId } = run.execution;
  const { admin } = database;
  await admin.query('begin');
  await admin.query('delete from runs where execution_id = $1', [executionId]);
  await admin.query('delete from task_tokens where execution_id = $1', [executionId]);
  const callback = store.completeTask({ executionId, taskId: 5, activation: '"result"', graceMs: 10 });
  await blockedBackends(admin, 1);
  await admin.query('commit');
  expect(await callback).toEqual({ kind: 'gone' });
  const inbox = await admin.query('select 1 from inbox where execution_id = $1', [executionId]);
  expect(inbox.rows).toEqual([]);
});

test('what an execution leaves behind for a redrive', async () => {
  const [run] = await scene.owned(1);
  if (run === undefined) throw new Error('no run');
  const { executionId } = run.execution;
  await store.commit(scene.workerId, [commitOf(run, { frames: { written: [{ id: 'a', data: '1' }], deleted: [] } })]);
  await store.commit(scene.workerId, [
    commitOf(run, {
      checkpoint: '"last"',
      frames: { written: [{ id: 'b', data: '2' }], deleted: [] },
      history: { firstEventId: 1, lastEventId: 3, events: '[{},{},{}]' },
      then: { kind: 'end', status: 'FAILED', stopDate: 5, output: null, error: 'E', cause: '\0', reusableAt: 6 },
    }),
  ]);
  const { rows } = await database.admin.query('select * from ended_runs where execution_id = $1', [executionId]);
  const kept = { epoch: run.epoch, format: run.format, last_event_id: 3, checkpoint: '"last"' };
  expect(rows).toEqual([{ execution_id: executionId, ...kept, frame_ids: ['a', 'b'], frame_data: ['1', '2'] }]);
  for (const table of ['runs', 'frames', 'inbox', 'task_tokens']) {
    const left = await database.admin.query(`select 1 from ${table} where execution_id = $1`, [executionId]);
    expect(left.rows).toEqual([]);
  }
});
