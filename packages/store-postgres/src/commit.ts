import type { CloseToken, CommitOutcome, RunCommit, Told } from '@everstep/engine';
import { type LockedRun, lockRuns, writeArrivals } from './arrivals.ts';
import { numberArray, uuidArray } from './columns.ts';
import { commitAtOnce, isPlain } from './commit-at-once.ts';
import { consumeInbox, writeFrames, writeHistory, writeTokens } from './commit-rows.ts';
import { writeMapRuns } from './commit-map-runs.ts';
import { endTheRuns, isEnding, isKept, updateOpenRuns } from './commit-runs.ts';
import type { Database } from './database.ts';
import { afterOthers, errorKind } from './errors.ts';
import { writeJobStops } from './job-stops.ts';
import { writeLimits } from './commit-limits.ts';
import { NOW_MS, type QueryRunner, statement } from './statement.ts';

/** Was not accepted in one trip. It stands in a batch's outcomes until the second trip has told why. */
const UNDECIDED: CommitOutcome = { kind: 'fenced' };

interface LockedToken {
  readonly execution_id: string;
  readonly task_id: number;
  readonly status: 'open' | 'accepted';
  readonly accepted_number: number | null;
  readonly passed: boolean;
}

const lockTokens = statement<LockedToken>(
  'lock_tokens',
  `select t.execution_id, t.task_id, t.status, t.accepted_number,
     coalesce(least(t.timeout_at, t.heartbeat_at) <= ${NOW_MS}, false) as passed
   from unnest($1::uuid[], $2::int[]) as u(execution_id, task_id)
   join task_tokens t on t.execution_id = u.execution_id and t.task_id = u.task_id
   order by t.execution_id, t.task_id for update of t`,
);

/**
 * One transaction for the batch, unless one of its commits holds data the database refuses: then the batch is halved
 * until the culprit stands alone, and everybody else's commit is made.
 */
export async function commit(database: Database, batch: readonly RunCommit[]): Promise<CommitOutcome[]> {
  if (batch.length === 0) return [];
  if (new Set(batch.map((one) => one.executionId)).size < batch.length) {
    throw new Error('store-postgres: a batch holds two commits of the same execution');
  }
  if (!batch.every(isPlain)) return commitOrHalve(batch, (part) => commitLocked(database, part));
  return commitPlain(database, batch);
}

type Write = (batch: readonly RunCommit[]) => Promise<CommitOutcome[]>;

/** One trip for a batch without refusals, which is the usual one; who is refused has a second one, and is told why. */
async function commitPlain(database: Database, batch: readonly RunCommit[]): Promise<CommitOutcome[]> {
  const outcomes = await commitOrHalve(batch, async (part) => {
    const accepted = await database.transaction((transaction) => commitAtOnce(transaction, part));
    return part.map((one) => (accepted.has(one.executionId) ? { kind: 'committed', told: [] } : UNDECIDED));
  });
  const others = batch.filter((_, index) => outcomes[index] === UNDECIDED);
  if (others.length === 0) return outcomes;
  const write: Write = (part) => commitLocked(database, part);
  const decided = await (others.length < batch.length
    ? afterOthers(() => commitOrHalve(others, write))
    : commitOrHalve(others, write));
  const byId = new Map(others.map(({ executionId }, index) => [executionId, decided[index]]));
  return batch.map(({ executionId }, index) => {
    const outcome = byId.get(executionId) ?? outcomes[index] ?? UNDECIDED;
    if (outcome === UNDECIDED)
      throw new Error(`store-postgres: nothing tells what became of a commit of ${executionId}`);
    return outcome;
  });
}

function commitLocked(database: Database, batch: readonly RunCommit[]): Promise<CommitOutcome[]> {
  return database.transaction(async (transaction) => {
    const outcomes = await writeCommits(transaction, batch);
    await transaction.commit();
    return outcomes;
  });
}

async function commitOrHalve(batch: readonly RunCommit[], write: Write): Promise<CommitOutcome[]> {
  try {
    return await write(batch);
  } catch (error) {
    if (errorKind(error) !== 'data') throw error;
    if (batch.length === 1) {
      return [{ kind: 'unstorable', message: error instanceof Error ? error.message : String(error) }];
    }
    const middle = batch.length >> 1;
    const first = await commitOrHalve(batch.slice(0, middle), write);
    return [...first, ...(await afterOthers(() => commitOrHalve(batch.slice(middle), write)))];
  }
}

/**
 * Locks, decides, and sends all that the survivors write; the outcomes hold once the transaction is committed. Locks go
 * from run rows to token rows, and by id, as everywhere.
 */
export async function writeCommits(runner: QueryRunner, batch: readonly RunCommit[]): Promise<CommitOutcome[]> {
  const [runs, tokens] = await lock(runner, batch);
  const redriven = new Set(batch.flatMap(redrivenIds));
  const refusals = batch.map((one) => refusal(one, runs.get(one.executionId), tokens) ?? overtaken(one, redriven));
  const owners = write(
    runner,
    batch.filter((_, index) => refusals[index] === null),
    runs,
  );
  return batch.map((one, index) => refusals[index] ?? { kind: 'committed', told: toldBy(one, owners) });
}

async function lock(
  runner: QueryRunner,
  batch: readonly RunCommit[],
): Promise<[Map<string, LockedRun>, Map<string, LockedToken>]> {
  const ids = batch.flatMap((one) => [
    one.executionId,
    ...one.arrivals.map((arrival) => arrival.executionId),
    ...redrivenIds(one),
  ]);
  const closed = batch.flatMap(({ executionId, tokens }) =>
    tokens.closed.map(({ taskId }) => ({ executionId, taskId })),
  );
  const [runs, tokens] = await Promise.all([
    lockRuns(runner, ids),
    closed.length === 0
      ? []
      : runner.send(lockTokens, [
          uuidArray(closed.map((row) => row.executionId)),
          numberArray(closed.map((row) => row.taskId)),
        ]),
  ]);
  return [runs, new Map(tokens.map((token) => [`${token.execution_id}:${token.task_id}`, token]))];
}

/** What speaks against a commit, decided before anything is written; null: nothing does. */
function refusal(
  one: RunCommit,
  run: LockedRun | undefined,
  tokens: ReadonlyMap<string, LockedToken>,
): Exclude<CommitOutcome, { kind: 'committed' }> | null {
  if (run === undefined || run.epoch !== one.epoch) return { kind: 'fenced' };
  for (const closing of one.tokens.closed) {
    if (!mayClose(closing, tokens.get(`${one.executionId}:${closing.taskId}`), one.consumed)) return { kind: 'token' };
  }
  if (one.then.kind !== 'keep' && run.signals !== one.consumed) return { kind: 'signals' };
  const message = contradiction(one, run);
  return message === null ? null : { kind: 'unstorable', message };
}

function redrivenIds({ mapRuns }: RunCommit): string[] {
  return (mapRuns?.redriven ?? []).map(({ execution }) => execution.executionId);
}

/** A Map Run that is redriven by a commit beside its end has something to read before that. */
function overtaken(
  one: RunCommit,
  redriven: ReadonlySet<string>,
): Exclude<CommitOutcome, { kind: 'committed' }> | null {
  return isEnding(one) && redriven.has(one.executionId) ? { kind: 'signals' } : null;
}

/** The token row decides. Without one nobody can have been promised anything, but only a result needs no row. */
function mayClose({ reason }: CloseToken, token: LockedToken | undefined, consumed: number): boolean {
  if (token === undefined) return reason === 'completed';
  if (reason === 'timed-out') return token.status === 'open' && token.passed;
  return token.status === 'open' || (token.accepted_number !== null && token.accepted_number <= consumed);
}

/** What could never be right, however often it is tried. */
function contradiction(one: RunCommit, run: LockedRun): string | null {
  if (one.consumed < run.consumed || one.consumed > run.signals) {
    return `consumed is ${one.consumed}, but the inbox holds rows ${run.consumed + 1} to ${run.signals}`;
  }
  if (one.history === null) return null;
  const { firstEventId, lastEventId } = one.history;
  if (firstEventId === run.last_event_id + 1 && lastEventId >= firstEventId) return null;
  return `events ${firstEventId} to ${lastEventId} do not continue a history that ends with ${run.last_event_id}`;
}

/** Sends everything at once; answers who owns the runs that get arrivals, afterwards. */
function write(
  runner: QueryRunner,
  survivors: readonly RunCommit[],
  runs: ReadonlyMap<string, LockedRun>,
): Map<string, string | null> {
  const ending = survivors.filter(isEnding);
  const open = survivors.filter((one) => one.then.kind !== 'end');
  writeHistory(runner, survivors);
  // Frames, inbox and tokens of an ended run are deleted as a whole; only a redrive still wants the frames.
  writeFrames(runner, [...open, ...ending.filter(isKept)]);
  consumeInbox(
    runner,
    open.filter((one) => one.consumed !== runs.get(one.executionId)?.consumed),
  );
  writeTokens(runner, open);
  writeLimits(runner, survivors);
  writeJobStops(runner, survivors);
  updateOpenRuns(runner, open);
  endTheRuns(runner, ending);
  writeMapRuns(runner, survivors);
  const owners = new Map([...runs].map(([executionId, run]) => [executionId, run.owner]));
  for (const one of open) if (one.then.kind === 'park') owners.set(one.executionId, null);
  // Nobody waits for what arrives at an end.
  for (const one of ending) owners.delete(one.executionId);
  const arrivals = survivors.flatMap((one) => {
    const redrives = (one.mapRuns?.redriven ?? []).map(({ execution: { executionId }, activation }) => ({
      ...{ executionId, activation },
    }));
    return [...one.arrivals, ...redrives].map((arrival) => ({ ...arrival, graceMs: null }));
  });
  writeArrivals(
    runner,
    arrivals.filter((arrival) => owners.has(arrival.executionId)),
    runs,
  );
  return owners;
}

function toldBy(one: RunCommit, owners: ReadonlyMap<string, string | null>): Told[] {
  const redriven = redrivenIds(one);
  const arrived = [...new Set(one.arrivals.map((arrival) => arrival.executionId))].flatMap((executionId) => {
    const owner = owners.get(executionId);
    return owner === undefined ? [] : [{ executionId, owner }];
  });
  return [...arrived, ...redriven.map((executionId) => ({ executionId, owner: owners.get(executionId) ?? null }))];
}
