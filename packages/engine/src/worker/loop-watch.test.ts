import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, World } from '@everstep/testkit';
import { expect, test } from 'vitest';
import { type Clock, type TaskOutcome, silentLogger, startExecution } from '../index.ts';

/** A clock whose sleepers wake late: the turns of a process that is blocked. */
function blockable(inner: VirtualClock): { clock: Clock; block: (milliseconds: number) => void } {
  let lateMs = 0;
  const clock: Clock = {
    now: () => inner.now(),
    at: (at, callback) => inner.at(at, callback),
    sleep: (milliseconds, signal) => inner.sleep(milliseconds + lateMs, signal),
  };
  return {
    clock,
    block: (milliseconds) => {
      lateMs = milliseconds;
    },
  };
}

test('a late worker takes hardly any work, gives back what it has not begun, keeps its lease, and recovers', async () => {
  const virtual = new VirtualClock();
  const { clock, block } = blockable(virtual);
  const store = createMemoryStore({ now: () => virtual.now() });
  const begun: string[] = [];
  const world = new World({
    store,
    hints: createLocalQueue({ logger: silentLogger }),
    clock,
    settings: { maxConcurrentCalls: 1 },
    tasks: {
      slow: async ({ executionId }): Promise<TaskOutcome> => {
        begun.push(executionId);
        await virtual.sleep(10_000);
        return { type: 'succeeded', output: {} };
      },
    },
  });
  const worker = await world.startWorker();
  const single = (state: object) => ({ StartAt: 'A', States: { A: { ...state, End: true } } });
  const slow = await world.createMachine(
    single({ Type: 'Task', Resource: 'arn:aws:lambda:us-east-1:123456789012:function:slow' }),
  );
  const wait = await world.createMachine(single({ Type: 'Wait', Seconds: 4 }));
  const many = await Promise.all(
    Array.from({ length: 20 }, () => startExecution(world.context, { stateMachineArn: slow })),
  );
  await startExecution(world.context, { stateMachineArn: wait });
  await virtual.advance(500);
  expect(worker.status()).toMatchObject({ residentExecutions: 21, warmExecutions: 1, calls: 20, late: false });

  block(600);
  await virtual.advance(2_000);
  expect(worker.status()).toMatchObject({ warmExecutions: 0, late: true });
  expect(worker.status().residentExecutions).toBeLessThanOrEqual(5);
  expect(worker.status().calls).toBeGreaterThan(0);
  expect(worker.status().latenessMs).toBe(600);
  const { executionArn } = await startExecution(world.context, { stateMachineArn: wait });
  await virtual.advance(1_000);
  expect(worker.status().residentExecutions).toBeLessThanOrEqual(5);
  expect(worker.status().leaseValid).toBe(true);

  block(0);
  await virtual.advance(3_000);
  expect(worker.status()).toMatchObject({ late: false, leaseValid: true });
  await world.startScheduler();
  await virtual.advance(250_000);
  expect(await world.status(executionArn)).toBe('SUCCEEDED');
  for (const one of many) expect(await world.status(one.executionArn)).toBe('SUCCEEDED');
  expect([begun.length, new Set(begun).size]).toEqual([20, 20]);

  const stopping = world.stop();
  await virtual.advance(5_000);
  await stopping;
});
