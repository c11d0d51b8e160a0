import { type ClaimedRun, type CommitOutcome, type CommitThen, type RunCommit, silentLogger } from '@everstep/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commitAtOnce } from './commit-at-once.ts';
import { Database } from './database.ts';
import { createPostgresStore, type PostgresStore } from './postgres-store.ts';
import { callbackToken, commitOf, Scene } from './testing/scene.ts';
import { migratedDatabase, type TestDatabase } from './testing/test-database.ts';

// Batches that hold ends, parks and plain advances at once, some of them refused: what each is told, and what is written.

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

const WAKE_AT = 4_102_444_800_000;
const STOPPED = 1_000;
const REUSABLE = 2_000;
const END: CommitThen = {
  ...{ kind: 'end', status: 'SUCCEEDED', stopDate: STOPPED, output: '"out"', error: null, cause: null },
  reusableAt: REUSABLE,
};
const PARK: CommitThen = { kind: 'park', wakeAt: WAKE_AT };
const KEEP: CommitThen = { kind: 'keep' };

type Rows = Readonly<Record<string, readonly object[]>>;

const TABLES = ['runs', 'executions', 'execution_names', 'history', 'frames', 'inbox', 'task_tokens', 'ended_runs'];

/** All that there is of an execution, table by table. */
async function rowsOf(executionId: string): Promise<Rows> {
  const found: Record<string, object[]> = {};
  for (const table of TABLES) {
    const query = `select * from ${table} where execution_id = $1 order by 1, 2`;
    found[table] = (await database.admin.query<object>(query, [executionId])).rows;
  }
  return found;
}

const idOf = (run: ClaimedRun): string => run.execution.executionId;

/** A commit of a run with a frame, an open task and an event, in an installation where something may have happened to it. */
interface Part {
  readonly then: CommitThen;
  readonly given?: Partial<RunCommit>;
  /** Between its last commit and this one. */
  readonly meanwhile?: (run: ClaimedRun) => Promise<unknown>;
  readonly told: CommitOutcome['kind'];
}

const event = (id: number) => ({ firstEventId: id, lastEventId: id, events: `[{"id":${id}}]` });

const claimed = (run: ClaimedRun) => scene.claim([idOf(run)]);
const told = (run: ClaimedRun) =>
  store.completeTask({ executionId: idOf(run), taskId: 5, activation: '"told"', graceMs: 10 });
const stopped = (run: ClaimedRun) =>
  store.force(idOf(run), (present) => {
    const status = { ...END, status: 'ABORTED', output: null } as const;
    return commitOf(present, { history: event(2), then: status });
  });

/** Each kind of commit, with each reason for which it may be refused, good ones around them. */
const MIXED: Readonly<Record<string, Part>> = {
  'an end': { then: END, told: 'committed' },
  'an end under a claim that is over': { then: END, meanwhile: claimed, told: 'fenced' },
  'a step': { then: KEEP, told: 'committed' },
  'a step under a claim that is over': { then: KEEP, meanwhile: claimed, told: 'fenced' },
  'a park': { then: PARK, told: 'committed' },
  'a park under a claim that is over': { then: PARK, meanwhile: claimed, told: 'fenced' },
  'an end of what was stopped': { then: END, meanwhile: stopped, told: 'fenced' },
  'a step of what was stopped': { then: KEEP, meanwhile: stopped, told: 'fenced' },
  'another end': { then: END, told: 'committed' },
  'an end that has not seen what arrived': { then: END, meanwhile: told, told: 'signals' },
  'a park that has not seen what arrived': { then: PARK, meanwhile: told, told: 'signals' },
  'a step that has not seen what arrived': { then: KEEP, meanwhile: told, told: 'committed' },
  'a step that has seen what arrived': { then: KEEP, given: { consumed: 2 }, meanwhile: told, told: 'committed' },
  'an end whose events do not follow': { then: END, given: { history: event(3) }, told: 'unstorable' },
  'a step whose events do not follow': { then: KEEP, given: { history: event(3) }, told: 'unstorable' },
  'another park': { then: PARK, told: 'committed' },
  'the last step': { then: KEEP, told: 'committed' },
};
const NAMES = Object.keys(MIXED);
const REFUSED = Object.values(MIXED).flatMap(({ told: kind }, index) => (kind === 'committed' ? [] : [index]));

interface Batch {
  readonly commits: readonly RunCommit[];
  readonly runs: readonly ClaimedRun[];
  readonly before: readonly Rows[];
}

async function mixedBatch(): Promise<Batch> {
  const parts = Object.values(MIXED);
  const runs = await scene.owned(parts.length, [callbackToken(5)]);
  const frames = { written: [{ id: 'frame', data: '1' }], deleted: [] };
  await store.commit(
    scene.workerId,
    runs.map((run) => commitOf(run, { frames, history: event(1) })),
  );
  const commits: RunCommit[] = [];
  for (const [index, { then, given, meanwhile }] of parts.entries()) {
    const run = runs[index];
    if (run === undefined) throw new Error('a run is missing');
    await meanwhile?.(run);
    commits.push(commitOf(run, { checkpoint: '"new"', history: event(2), then, consumedBefore: 1, ...given }));
  }
  const before: Rows[] = [];
  for (const run of runs) before.push(await rowsOf(idOf(run)));
  return { runs, commits, before };
}

/** What there is of an execution once a commit of it is written. */
function written(before: Rows, { executionId, consumed, then }: RunCommit): Rows {
  const history = [...(before['history'] ?? []), { execution_id: executionId, ...EVENT_ROW }];
  const changed = (table: string, change: object) => (before[table] ?? []).map((one) => ({ ...one, ...change }));
  if (then.kind === 'end') {
    const end = { status: 'SUCCEEDED', stop_date: `${STOPPED}`, output: '"out"' };
    return {
      ...{ ...before, history, runs: [], frames: [], inbox: [], task_tokens: [] },
      executions: changed('executions', end),
      execution_names: changed('execution_names', { reusable_at: `${REUSABLE}` }),
    };
  }
  const place = then.kind === 'park' ? { owner: null, wake_at: `${WAKE_AT}` } : {};
  return {
    ...{ ...before, history },
    runs: changed('runs', { checkpoint: '"new"', consumed, last_event_id: 2, ...place }),
    inbox: (before['inbox'] ?? []).filter((one) => Number(Reflect.get(one, 'number')) > consumed),
  };
}

const EVENT_ROW = { first_event_id: 2, last_event_id: 2, events: '[{"id":2}]' };

async function expectWritten({ runs, commits, before }: Batch): Promise<void> {
  const found: Record<string, Rows> = {};
  const expected: Record<string, Rows> = {};
  for (const [index, name] of NAMES.entries()) {
    const [run, commit, old] = [runs[index], commits[index], before[index]];
    if (run === undefined || commit === undefined || old === undefined) throw new Error('a run is missing');
    found[name] = await rowsOf(idOf(run));
    expected[name] = REFUSED.includes(index) ? old : written(old, commit);
  }
  expect(found).toEqual(expected);
}

test('one trip commits what is accepted, and of what is refused writes nothing', async () => {
  const batch = await mixedBatch();
  const pool = { poolSize: 1, connectMs: 5_000, applicationName: 'commit-at-once', onNotice: () => undefined };
  const direct = new Database({ connectionString: database.connectionString, logger: silentLogger, ...pool });
  // Not in the order of the ids.
  const accepted = await direct.transaction((transaction) => commitAtOnce(transaction, batch.commits.toReversed()));
  await direct.close();
  const good = batch.runs.filter((_, index) => !REFUSED.includes(index)).map(idOf);
  expect([...accepted].sort()).toEqual(good.sort());
  await expectWritten(batch);
});

test('of a mixed batch each is told what became of it', async () => {
  const batch = await mixedBatch();
  const outcomes = await store.commit(scene.workerId, batch.commits);
  expect(Object.fromEntries(outcomes.map(({ kind }, index) => [NAMES[index], kind]))).toEqual(
    Object.fromEntries(Object.entries(MIXED).map(([name, part]) => [name, part.told])),
  );
  await expectWritten(batch);
  // Whoever was refused for what arrived is heard when they have seen it; whoever was accepted is not, a second time.
  const again = batch.commits.map((commit) => ({ ...commit, consumed: 2 }));
  const retold = await store.commit(scene.workerId, again);
  const seen = NAMES.flatMap((name, index) => (retold[index]?.kind === 'committed' ? [name] : []));
  expect(seen).toEqual(NAMES.filter((name) => MIXED[name]?.told === 'signals'));
});
