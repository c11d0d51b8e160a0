import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, World } from '@everstep/testkit';
import { describe, expect, it } from 'vitest';
import {
  type Store,
  getActivityTask,
  sendTaskHeartbeat,
  silentLogger,
  startExecution,
  stopExecution,
} from '../index.ts';

/** Each of these was found by the simulator and stands here as the shortest story that shows it. */

const ACTIVITY = 'arn:aws:states:us-east-1:123456789012:activity:work';
const beating = {
  StartAt: 'Work',
  States: { Work: { Type: 'Task', Resource: ACTIVITY, HeartbeatSeconds: 1, End: true } },
};

describe('an activity that has begun and beaten while no worker was there', () => {
  it('is not timed out again and again until its moved deadline has come', async () => {
    const clock = new VirtualClock();
    const truth = createMemoryStore({ now: () => clock.now() });
    let refused = 0;
    const store: Store = {
      ...truth,
      async commit(workerId, batch) {
        const outcomes = await truth.commit(workerId, batch);
        refused += outcomes.filter(({ kind }) => kind === 'token').length;
        return outcomes;
      },
    };
    const world = new World({ store, hints: createLocalQueue({ logger: silentLogger }), clock });
    await store.createActivity({ activityArn: ACTIVITY, name: 'work', createdAt: clock.now(), encryption: null });
    await world.startScheduler();
    const gone = await world.startWorker();
    const { executionArn } = await startExecution(world.context, {
      stateMachineArn: await world.createMachine(beating),
    });
    await clock.advance(50);
    const draining = gone.drain(1_000);
    await clock.advance(2_000);
    await draining;
    const polling = getActivityTask(world.context, {
      activityArn: ACTIVITY,
      workerName: 'w',
      signal: new AbortController().signal,
      waitMs: 1_000,
    });
    await clock.advance(10);
    const taskToken = (await polling)?.taskToken ?? '';
    await clock.advance(700);
    await sendTaskHeartbeat(world.context, { taskToken });
    await clock.advance(400);
    await world.startWorker();
    await clock.advance(500);
    expect(await world.status(executionArn)).toBe('RUNNING');
    expect(refused).toBe(0);
    await clock.advance(2_500);
    expect(await world.status(executionArn)).toBe('FAILED');
    const stopping = world.stop();
    await clock.advance(20_000);
    await stopping;
  });
});

describe('an execution that is stopped before any worker has looked at it', () => {
  it('is aborted, although nothing in it would ever wait', async () => {
    const clock = new VirtualClock();
    const store = createMemoryStore({ now: () => clock.now() });
    const world = new World({ store, hints: createLocalQueue({ logger: silentLogger }), clock });
    const machine = await world.createMachine({ StartAt: 'A', States: { A: { Type: 'Pass', End: true } } });
    const { executionArn } = await startExecution(world.context, { stateMachineArn: machine });
    await stopExecution(world.context, { executionArn, error: 'Stopped' });
    expect(await world.status(executionArn)).toBe('ABORTED');
    const types = (await world.history(executionArn)).map(({ type }) => type);
    expect(types).toEqual(['ExecutionStarted', 'ExecutionAborted']);
  });
});
