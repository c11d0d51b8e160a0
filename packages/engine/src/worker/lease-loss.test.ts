import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, World } from '@everstep/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { type Store, StoreUnavailableError, type TaskRequest, silentLogger, startExecution } from '../index.ts';

/** Each of these was found by the simulator: something was slow just when the lease ended. */

const functionArn = 'arn:aws:lambda:us-east-1:123456789012:function:work';
const task = { StartAt: 'A', States: { A: { Type: 'Task', Resource: functionArn, End: true } } };

/** How many milliseconds later the answer to a verb's n-th call comes, counted from 1. */
type Delays = Partial<Record<keyof Store, (call: number) => number>>;

let open: { world: World; clock: VirtualClock } | null = null;

afterEach(async () => {
  const stopping = open?.world.stop();
  await open?.clock.advance(20_000);
  await stopping;
});

/** A worker and a scheduler whose leases last 6 s; a worker's own clock ends them after 5.1 s. */
async function running(delays: Delays, perform: (request: TaskRequest) => void = () => undefined) {
  const clock = new VirtualClock();
  const truth = createMemoryStore({ now: () => clock.now() });
  const commits: Array<{ workerId: string; executionId: string; epoch: number }> = [];
  const workerIds: string[] = [];
  const calls = new Map<string, number>();
  const slow: Store = {
    ...truth,
    commit: (workerId, batch) => {
      commits.push(...batch.map(({ executionId, epoch }) => ({ workerId, executionId, epoch })));
      return later('commit', truth.commit(workerId, batch));
    },
    renewLease: (request) => later('renewLease', truth.renewLease(request)),
    findRevision: (revisionId) => later('findRevision', truth.findRevision(revisionId)),
    registerWorker: (worker) => {
      workerIds.push(worker.workerId);
      return truth.registerWorker(worker);
    },
  };
  async function later<Answer>(verb: keyof Store, answer: Promise<Answer>): Promise<Answer> {
    const call = (calls.get(verb) ?? 0) + 1;
    calls.set(verb, call);
    const delay = delays[verb]?.(call) ?? 0;
    if (delay > 0) await clock.sleep(delay);
    return answer;
  }
  const requests: TaskRequest[] = [];
  const hints = createLocalQueue({ logger: silentLogger });
  const consume = hints.consume.bind(hints);
  // A queue that does not wait for the claim: its subscription closes at once, whatever is under way.
  hints.consume = (consumer) => consume({ ...consumer, onHints: async (ids) => void consumer.onHints(ids) });
  const world = new World({
    store: slow,
    hints,
    clock,
    tasks: {
      work: (request) => {
        requests.push(request);
        perform(request);
        return { type: 'succeeded', output: 'done' };
      },
    },
  });
  open = { world, clock };
  await world.startWorker();
  await world.startScheduler();
  const machineArn = await world.createMachine(task);
  const start = async () => (await startExecution(world.context, { stateMachineArn: machineArn })).executionArn;
  return { world, clock, commits, workerIds, requests, start };
}

/** The first call's answer comes after the first number of milliseconds, and so on. */
const answeredAfter =
  (...milliseconds: number[]) =>
  (call: number) =>
    milliseconds[call - 1] ?? 0;

describe('a lease that ends while something is under way', () => {
  it('stays over when the renewal is answered late: a call that was not made meanwhile is not forgotten', async () => {
    const { world, clock, start, requests } = await running({
      // Sent at 2 s and at 5 s. The first keeps the lease until 7.1 s; the second is answered at 7.2 s.
      renewLease: answeredAfter(1_000, 2_200),
      commit: answeredAfter(120),
    });
    await clock.advance(7_050);
    const executionArn = await start();
    await clock.advance(140);
    expect(requests).toHaveLength(0);
    await clock.advance(15_000);
    expect(await world.status(executionArn)).toBe('SUCCEEDED');
    expect(requests).toHaveLength(1);
  });

  it('takes no run in whose revision took longer to load than the identity lasted that claimed it', async () => {
    const { world, clock, start, commits, workerIds } = await running({
      renewLease: answeredAfter(4_000),
      findRevision: answeredAfter(3_300),
    });
    await clock.advance(4_900);
    const executionArn = await start();
    await clock.advance(15_000);
    expect(await world.status(executionArn)).toBe('SUCCEEDED');
    expect(workerIds).toHaveLength(2);
    expect(commits.filter(({ epoch }) => epoch === 1)).toEqual([]);
  });

  it('sends no commit under a new identity that was made under the one before', async () => {
    const { world, clock, start, commits, workerIds } = await running({
      renewLease: answeredAfter(4_000),
      commit: answeredAfter(3_300),
    });
    await clock.advance(4_900);
    const first = await start();
    await clock.advance(100);
    const second = await start();
    await clock.advance(15_000);
    expect(await world.status(first)).toBe('SUCCEEDED');
    expect(await world.status(second)).toBe('SUCCEEDED');
    expect(workerIds).toHaveLength(2);
    expect(commits.filter(({ workerId, epoch }) => workerId === workerIds[1] && epoch === 1)).toEqual([]);
  });
});

describe('a call that needs the store itself', () => {
  it('is made again, as the same attempt, when the store is away', async () => {
    let away = true;
    const { world, clock, start, requests } = await running({}, () => {
      if (!away) return;
      away = false;
      throw new StoreUnavailableError('the store is away');
    });
    const executionArn = await start();
    await clock.advance(2_000);
    expect(await world.status(executionArn)).toBe('SUCCEEDED');
    expect(requests.map(({ attemptId }) => attemptId)).toEqual([requests[0]?.attemptId, requests[0]?.attemptId]);
  });
});
