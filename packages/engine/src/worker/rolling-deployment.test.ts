import { CHECKPOINT_FORMAT } from '@everstep/language';
import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, World } from '@everstep/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { type ClaimedRun, silentLogger, startExecution, stopExecution, type Store } from '../index.ts';

const NEXT_FORMAT = CHECKPOINT_FORMAT + 1;
const present = `"format":${CHECKPOINT_FORMAT}`;
const next = `"format":${NEXT_FORMAT}`;

interface Claim {
  readonly by: 'old' | 'new';
  readonly executionId: string;
  readonly format: number;
}

/** What a worker sees of the store; every claim is written down with the format that was claimed. */
function seenBy(by: Claim['by'], store: Store, claims: Claim[]): Store {
  const note = (runs: readonly ClaimedRun[]): void => {
    for (const { execution, format } of runs) claims.push({ by, executionId: execution.executionId, format });
  };
  return {
    ...store,
    claim: async (request) => {
      const formats = by === 'old' ? request.formats : [...request.formats, NEXT_FORMAT];
      const runs = await store.claim({ ...request, formats });
      note(runs);
      return runs.map(asRead);
    },
    // The next release writes a format that this one does not know.
    commit: (workerId, batch) =>
      store.commit(
        workerId,
        by === 'old'
          ? batch
          : batch.map((commit) => ({
              ...commit,
              format: NEXT_FORMAT,
              checkpoint: commit.checkpoint.replace(present, next),
            })),
      ),
  };
}

/** As the next release reads it, whose code is this one's otherwise. */
function asRead(run: ClaimedRun): ClaimedRun {
  if (run.format !== NEXT_FORMAT) return run;
  return { ...run, format: CHECKPOINT_FORMAT, checkpoint: run.checkpoint.replace(next, present) };
}

const clocks: Array<{ readonly clock: VirtualClock; readonly worlds: readonly World[] }> = [];
afterEach(async () => {
  for (const { clock, worlds } of clocks.splice(0)) {
    const stopping = Promise.all(worlds.map((world) => world.stop()));
    await clock.advance(5_000);
    await stopping;
  }
});

function twoReleases() {
  const clock = new VirtualClock();
  const store = createMemoryStore({ now: () => clock.now() });
  const hints = createLocalQueue({ logger: silentLogger });
  const claims: Claim[] = [];
  const tasks = { work: () => ({ type: 'succeeded' as const, output: 'done' }) };
  const [older, newer] = (['old', 'new'] as const).map(
    (by) => new World({ store: seenBy(by, store, claims), hints, clock, tasks }),
  );
  if (older === undefined || newer === undefined) throw new Error('no worlds');
  clocks.push({ clock, worlds: [older, newer] });
  return { clock, store, claims, older, newer };
}

const rest = (following: string) => ({ Type: 'Wait', Seconds: 30, Next: following });
const machine = {
  StartAt: 'One',
  States: {
    One: rest('Work'),
    Work: { Type: 'Task', Resource: 'arn:aws:lambda:us-east-1:123456789012:function:work', Next: 'Two' },
    Two: rest('Three'),
    Three: { Type: 'Parallel', Branches: [branch('A'), branch('B')], Next: 'Done' },
    Done: { Type: 'Succeed' },
  },
};

function branch(name: string) {
  return {
    StartAt: `Rest${name}`,
    States: { [`Rest${name}`]: rest(`End${name}`), [`End${name}`]: { Type: 'Pass', End: true } },
  };
}

describe('old and new workers side by side', () => {
  it('an old one takes nothing that a new one has written; everything ends as it would have', async () => {
    const { clock, claims, older, newer } = twoReleases();
    const arn = await older.createMachine(machine);
    await older.startScheduler();
    await older.startWorker();
    const started = await Promise.all(
      Array.from({ length: 40 }, () => startExecution(older.context, { stateMachineArn: arn })),
    );
    await clock.advance(10_000);
    await newer.startWorker();
    await clock.advance(600_000);
    for (const { executionArn } of started) {
      expect(await older.status(executionArn)).toBe('SUCCEEDED');
      await older.history(executionArn);
    }
    expect(claims.filter(({ by, format }) => by === 'old' && format !== CHECKPOINT_FORMAT)).toEqual([]);
    expect(claims.filter(({ by, format }) => by === 'new' && format === CHECKPOINT_FORMAT)).not.toEqual([]);
    expect(claims.filter(({ by, format }) => by === 'new' && format === NEXT_FORMAT)).not.toEqual([]);
  });

  it('an execution of an older format is written anew as a whole with its next commit', async () => {
    const { clock, store } = twoReleases();
    const written: string[][] = [];
    const world = new World({
      store: {
        ...store,
        // As an upgrade has it: the claimed row says another format than what was made of it.
        claim: async (request) =>
          (await store.claim(request)).map((run) => ({ ...run, format: run.format - Number(run.frames.length > 0) })),
        commit: (workerId, batch) => {
          written.push(...batch.map(({ frames }) => frames.written.map(({ id }) => id).sort()));
          return store.commit(workerId, batch);
        },
      },
      hints: createLocalQueue({ logger: silentLogger }),
      clock,
    });
    clocks.push({ clock, worlds: [world] });
    const arn = await world.createMachine({
      StartAt: 'All',
      States: { All: { Type: 'Parallel', Branches: [branch('A'), branch('B')], End: true } },
    });
    await world.startScheduler();
    const first = await world.startWorker();
    const { executionArn } = await startExecution(world.context, { stateMachineArn: arn });
    await clock.advance(1_000);
    expect(written.splice(0)).toEqual([['0', '0.0', '0.1']]);
    const draining = first.drain(1_000);
    await clock.advance(2_000);
    await draining;
    // A hint brings it back, though nothing is due: all records are written none the less.
    await world.startWorker();
    expect(await store.listDue(1)).toEqual([]);
    world.context.hints.send([(await store.findExecutionByArn(executionArn))?.executionId ?? '']);
    await clock.advance(1_000);
    expect(written.splice(0)).toEqual([['0', '0.0', '0.1']]);
    await clock.advance(60_000);
    expect(await world.status(executionArn)).toBe('SUCCEEDED');
  });

  it('what only a newer one can read is left alone, and goes on as soon as there is one', async () => {
    const { clock, older, newer, store } = twoReleases();
    const arn = await newer.createMachine(machine);
    await older.startScheduler();
    const gone = await newer.startWorker();
    const { executionArn, executionId } = await startExecution(newer.context, { stateMachineArn: arn });
    await clock.advance(10_000);
    const draining = gone.drain(1_000);
    await clock.advance(2_000);
    await draining;
    await older.startWorker();
    await clock.advance(300_000);
    expect(await older.status(executionArn)).toBe('RUNNING');
    expect((await older.history(executionArn)).at(-1)?.type).toBe('WaitStateEntered');
    // An old API cannot stop it either, and says so in a way that clients try again.
    await expect(stopExecution(older.context, { executionArn })).rejects.toMatchObject({ name: 'ServiceUnavailable' });
    expect((await store.findExecution(executionId))?.status).toBe('RUNNING');
    await newer.startWorker();
    await clock.advance(600_000);
    expect(await older.status(executionArn)).toBe('SUCCEEDED');
  });
});
