import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { type StoreFault, VirtualClock, World, faultyStore } from '@everstep/testkit';
import { describe, expect, it } from 'vitest';
import { type TaskOutcome, type TaskRequest, sendTaskSuccess, silentLogger, startExecution } from '../index.ts';

const functionArn = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;

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
    Pause: { Type: 'Wait', Seconds: 8, Next: 'Both' },
    Both: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'Ship', States: { Ship: { Type: 'Task', Resource: functionArn('ship'), End: true } } },
        { StartAt: 'Rest', States: { Rest: { Type: 'Wait', Seconds: 1, End: true } } },
      ],
      ResultSelector: { 'ok.$': '$[0]' },
      End: true,
    },
  },
};

/**
 * Runs the machine above with a first worker that meets one fault, and a second one that comes later; answers what an
 * observer sees at the end.
 */
async function runWithFault(kind: StoreFault | null, at: number) {
  const clock = new VirtualClock();
  const truth = createMemoryStore({ now: () => clock.now() });
  const hints = createLocalQueue({ logger: silentLogger });
  const keys = new Map<string, string[]>();
  const tokens = new Set<string>();
  const note = (name: string, request: TaskRequest): void => {
    keys.set(name, [...(keys.get(name) ?? []), request.attemptId]);
  };
  const tasks = {
    charge: (request: TaskRequest): TaskOutcome => {
      note('charge', request);
      return { type: 'succeeded', output: 'charged' };
    },
    ship: (request: TaskRequest): TaskOutcome => {
      note('ship', request);
      return { type: 'succeeded', output: true };
    },
    'lambda:invoke': (request: TaskRequest): TaskOutcome => {
      note('ask', request);
      if (request.token !== null) tokens.add(request.token);
      return { type: 'submitted', output: {} };
    },
  };
  const front = new World({ store: truth, hints, clock, tasks });
  await front.startScheduler();
  const first = faultyStore(truth, kind === null ? undefined : { kind, at });
  const crashing = new World({ store: first.store, hints, clock, tasks });
  // A process that cannot even register does not start; that is for whoever starts processes.
  crashing.startWorker().catch(() => undefined);
  await clock.advance(5);
  const arn = await front.createMachine(DEFINITION, 'machine');
  const { executionArn } = await startExecution(front.context, { stateMachineArn: arn, input: '{"n":1}' });
  await clock.advance(50);
  await front.startWorker();
  const answered = new Set<string>();
  for (let round = 0; round < 300 && (await front.status(executionArn)) === 'RUNNING'; round++) {
    for (const token of tokens) {
      if (answered.has(token)) continue;
      answered.add(token);
      await sendTaskSuccess(front.context, { taskToken: token, output: '"yes"' });
    }
    await clock.advance(100);
  }
  const result = {
    status: await front.status(executionArn),
    output: await front.output(executionArn),
    types: (await front.history(executionArn)).map((event) => event.type),
    keys,
    calls: first.calls(),
  };
  first.crash();
  const stopping = front.stop();
  await clock.advance(10_000);
  await stopping;
  return result;
}

describe('a fault at every call to the store', () => {
  const kinds: StoreFault[] = ['crash-before', 'crash-after', 'unknown-done', 'unknown-not-done', 'unavailable'];
  it.each(kinds)(
    '%s changes nothing that anyone sees',
    async (kind) => {
      const wanted = await runWithFault(null, 0);
      expect(wanted.status).toBe('SUCCEEDED');
      expect(wanted.output).toEqual({ ok: true });
      // Beyond the calls of the faultless run there are only renewals of the lease.
      const faults = Math.min(wanted.calls, 40);
      expect(faults).toBeGreaterThan(8);
      for (let at = 0; at < faults; at++) {
        const seen = await runWithFault(kind, at);
        const where = `${kind} at call ${at}`;
        expect(seen.status, where).toBe('SUCCEEDED');
        expect(seen.output, where).toEqual(wanted.output);
        expect(seen.types.toSorted(), where).toEqual(wanted.types.toSorted());
        for (const [name, used] of seen.keys) {
          expect(new Set(used).size, `${where}: keys of ${name}`).toBe(1);
          expect(used.length, `${where}: effects of ${name}`).toBeLessThanOrEqual(2);
        }
      }
    },
    120_000,
  );
});
