import { OutcomeUnknownError, silentLogger, StoreUnavailableError } from '@everstep/engine';
import { startTestPostgres, type TestPostgres } from '@everstep/testkit';
import { createServer, connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from 'vitest';
import { migrate } from './migrate.ts';
import { createPostgresStore, type PostgresStore } from './postgres-store.ts';
import { blockedBackends, callbackToken, commitOf, Scene } from './testing/scene.ts';
import { migratedDatabase, type TestDatabase } from './testing/test-database.ts';

let database: TestDatabase;
let store: PostgresStore;
let scene: Scene;
beforeAll(async () => {
  database = await migratedDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.empty();
  store = createPostgresStore({ connectionString: database.connectionString, poolSize: 3 });
  scene = await Scene.open(store);
});
afterEach(() => store.close());

async function oneRun(opened: Parameters<Scene['owned']>[1] = []) {
  const [run] = await scene.owned(1, opened);
  if (run === undefined) throw new Error('no run');
  return run;
}

test('a backend that is killed before COMMIT was sent: nothing happened, and the next commit is made', async () => {
  const run = await oneRun();
  const { admin } = database;
  await admin.query('begin');
  await admin.query('select 1 from runs for update');
  const commit = store
    .commit(scene.workerId, [commitOf(run, { checkpoint: '"new"' })])
    .catch((error: unknown) => error);
  const [backend] = await blockedBackends(admin, 1);
  await admin.query('select pg_terminate_backend($1)', [backend]);
  expect(await commit).toBeInstanceOf(StoreUnavailableError);
  await admin.query('commit');
  const [again] = await store.commit(scene.workerId, [commitOf(run, { checkpoint: '"newer"' })]);
  expect(again?.kind).toBe('committed');
});

test('a claim that was cut off is claimed again', async () => {
  const run = await oneRun();
  const { admin } = database;
  await admin.query('begin');
  await admin.query('select 1 from runs for update');
  const claim = scene.claim([run.execution.executionId]).catch((error: unknown) => error);
  const [backend] = await blockedBackends(admin, 1);
  await admin.query('select pg_terminate_backend($1)', [backend]);
  // COMMIT was on its way, but the server had not come to it.
  expect(await claim).toBeInstanceOf(StoreUnavailableError);
  await admin.query('commit');
  expect(await scene.claim([run.execution.executionId])).toHaveLength(1);
});

test('a backend that is killed during COMMIT: the outcome is unknown', async () => {
  const run = await oneRun();
  const { admin } = database;
  await admin.query(
    `create function wait_at_commit() returns trigger language plpgsql as
       $$ begin perform pg_advisory_xact_lock(42); return null; end $$;
     create constraint trigger waits after update on runs deferrable initially deferred
       for each row execute function wait_at_commit()`,
  );
  try {
    await admin.query('select pg_advisory_lock(42)');
    const commit = store
      .commit(scene.workerId, [commitOf(run, { checkpoint: '"new"' })])
      .catch((error: unknown) => error);
    const [backend] = await blockedBackends(admin, 1);
    await admin.query('select pg_terminate_backend($1)', [backend]);
    expect(await commit).toBeInstanceOf(OutcomeUnknownError);
  } finally {
    await admin.query('select pg_advisory_unlock(42); drop trigger waits on runs; drop function wait_at_commit()');
  }
});

test('connections that were cut while idle are replaced without anybody noticing', async () => {
  await oneRun();
  await database.admin.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await expect.poll(() => store.probe()).toEqual({ status: 'ok' });
  await expect(store.now()).resolves.toBeGreaterThan(0);
});

test('a server that turned read-only: nothing happened, and writes go on once it is a primary again', async () => {
  const run = await oneRun([callbackToken(3)]);
  const { admin } = database;
  const name = new URL(database.connectionString).pathname.slice(1);
  await admin.query(`alter database ${name} set default_transaction_read_only = on`);
  await store.close();
  store = createPostgresStore({ connectionString: database.connectionString });
  expect(await store.probe()).toEqual({ status: 'read-only' });
  const commit = commitOf(run, { checkpoint: '"new"' });
  await expect(store.commit(scene.workerId, [commit])).rejects.toBeInstanceOf(StoreUnavailableError);
  const { executionId } = run.execution;
  const callback = { executionId, taskId: 3, activation: '1', graceMs: 1 };
  await expect(store.completeTask(callback)).rejects.toBeInstanceOf(StoreUnavailableError);
  await admin.query('set default_transaction_read_only = off');
  await admin.query(`alter database ${name} reset default_transaction_read_only`);
  // The connections that were told so are gone; the one that probed may still be idle in the pool.
  await expect
    .poll(async () => (await store.commit(scene.workerId, [commit]).catch(() => []))[0]?.kind)
    .toBe('committed');
});

test('all connections of the process are busy: who finds none is told so, and all goes on as soon as one is free', async () => {
  const [first, second] = await scene.owned(2);
  if (first === undefined || second === undefined) throw new Error('no runs');
  const lines: object[] = [];
  const logger = { ...silentLogger, warn: (fields: object) => void lines.push(fields) };
  const { connectionString, admin } = database;
  const small = createPostgresStore({ connectionString, poolSize: 2, connectMs: 300, logger });
  const busy = 'all 2 connections of this process to the database are busy';
  try {
    await admin.query('begin');
    await admin.query('select 1 from runs for update');
    const commits = [first, second].map((run) => small.commit(scene.workerId, [commitOf(run)]));
    await blockedBackends(admin, 2);
    await expect(small.now()).rejects.toBeInstanceOf(StoreUnavailableError);
    expect(await small.probe()).toEqual({ status: 'unreachable', reason: busy });
    expect(lines).toEqual([{ reason: busy }]);
    await admin.query('commit');
    expect((await Promise.all(commits)).flat().map(({ kind }) => kind)).toEqual(['committed', 'committed']);
    expect(await small.now()).toBeGreaterThan(0);
  } finally {
    await small.close();
  }
});

test('a probe that finds no free connection does not wait for long, and says why', async () => {
  const run = await oneRun();
  const { connectionString, admin } = database;
  const small = createPostgresStore({ connectionString, poolSize: 1 });
  try {
    await admin.query('begin');
    await admin.query('select 1 from runs for update');
    const commit = small.commit(scene.workerId, [commitOf(run)]);
    await blockedBackends(admin, 1);
    const reason = 'all 1 connections of this process to the database are busy';
    expect(await small.probe()).toEqual({ status: 'failing', reason });
    await admin.query('commit');
    expect((await commit)[0]?.kind).toBe('committed');
    expect(await small.probe()).toEqual({ status: 'ok' });
  } finally {
    await small.close();
  }
});

/** A way to the database that forgets the server's answers once `cut` is said, and ends when there was one. */
async function cuttingProxy(connectionString: string) {
  const database = new URL(connectionString);
  const target = new URL(connectionString);
  const sockets = new Set<Socket>();
  let cutting = false;
  const server = createServer((client) => {
    const upstream = connect(Number(database.port), database.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    let sawCommit = false;
    client.on('data', (data) => {
      if (cutting && data.includes('commit')) sawCommit = true;
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (sawCommit) {
        if (data.includes('COMMIT')) client.destroy();
      } else client.write(data);
    });
    client.on('close', () => upstream.end());
    upstream.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  target.hostname = '127.0.0.1';
  target.port = String(address.port);
  return {
    connectionString: target.href,
    cut: () => (cutting = true),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

test('an answer to COMMIT that never arrives: the outcome is unknown, and it had happened', async () => {
  const run = await oneRun();
  const proxy = await cuttingProxy(database.connectionString);
  const behind = createPostgresStore({ connectionString: proxy.connectionString });
  try {
    await behind.now();
    proxy.cut();
    const commit = behind.commit(scene.workerId, [commitOf(run, { checkpoint: '"made"' })]);
    await expect(commit).rejects.toBeInstanceOf(OutcomeUnknownError);
    expect((await scene.claim([run.execution.executionId]))[0]?.checkpoint).toBe('"made"');
  } finally {
    await behind.close();
    await proxy.close();
  }
});

test('a server that is down answers unavailable, and serves again once it is back', async () => {
  const server: TestPostgres = await startTestPostgres({ own: true, fsync: false });
  const connectionString = await server.createDatabase();
  await migrate(connectionString);
  const own = createPostgresStore({ connectionString });
  try {
    const ownScene = await Scene.open(own);
    const [run] = await ownScene.owned(1);
    if (run === undefined) throw new Error('no run');
    await server.kill();
    await expect(own.commit(ownScene.workerId, [commitOf(run)])).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(own.findExecution(run.execution.executionId)).rejects.toBeInstanceOf(StoreUnavailableError);
    expect(await own.probe()).toMatchObject({ status: 'unreachable' });
    await server.start();
    await expect.poll(() => own.probe()).toEqual({ status: 'ok' });
    expect((await own.commit(ownScene.workerId, [commitOf(run)]))[0]?.kind).toBe('committed');
  } finally {
    await own.close();
    await server.stop();
  }
});
