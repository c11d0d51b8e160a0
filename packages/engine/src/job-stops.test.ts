import { createMemoryStore } from '@everstep/store-memory';
import { RecordingLogger, VirtualClock } from '@everstep/testkit';
import { parseJson } from '@everstep/language';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JobRequest, Store } from './index.ts';
import { JobStops, type UnwantedJob } from './job-stops.ts';

const FACTS = { executionId: '01890000-0000-7000-8000-000000000001', executionArn: 'arn:e', stateMachineArn: 'arn:m' };
const JOB: UnwantedJob = {
  ...{ taskId: 5, stateName: 'Job', roleArn: null },
  resource: {
    ...{ kind: 'service', arn: 'arn:aws:states:::glue:startJobRun.sync', service: 'glue', operation: 'startJobRun' },
    ...{ pattern: 'sync', syncVersion: 1 },
  },
  parameters: parseJson('{"n":1.0}'),
  job: { id: 'jr_1' },
};

let clock: VirtualClock;
let store: Store;
let logger: RecordingLogger;
let asked: JobRequest[];
let answer: (request: JobRequest) => Promise<void>;
let open: JobStops[];

beforeEach(() => {
  clock = new VirtualClock();
  store = createMemoryStore({ now: () => clock.now() });
  logger = new RecordingLogger();
  asked = [];
  answer = async () => undefined;
  open = [];
});

afterEach(async () => {
  const closing = Promise.all(open.map((one) => one.close()));
  await clock.advance(1_000);
  await closing;
});

/** One process. */
function jobStops({ works = true } = {}): JobStops {
  const made = new JobStops({ clock, logger, store });
  const stop = async (request: JobRequest): Promise<void> => {
    asked.push(request);
    await answer(request);
  };
  made.use({ find: () => ({ perform: () => Promise.reject(new Error('no')), stop }), close: async () => undefined });
  if (works) made.work();
  open.push(made);
  return made;
}

async function left(): Promise<number> {
  const all = await store.takeJobStops({ limit: 100, waitMs: 0, mostMs: 0 });
  return all.length;
}

it('one whose call was ended is written down before it is stopped, and goes when it is', async () => {
  const first = jobStops({ works: false });
  answer = () => Promise.reject(new Error('away'));
  first.abandon(FACTS, JOB, true);
  await clock.advance(8_000);
  expect(asked).toHaveLength(3);
  await first.close();
  answer = async () => undefined;
  jobStops();
  await clock.advance(10_000);
  expect(asked).toHaveLength(4);
  const { job, parameters, executionId, executionArn, taskId, attemptId, resource } = asked[3] ?? asked[0] ?? {};
  expect({ job, executionId, executionArn, taskId, resource }).toEqual({
    ...{ job: JOB.job, executionId: FACTS.executionId, executionArn: 'arn:e', taskId: 5, resource: JOB.resource },
  });
  expect([attemptId, parameters]).toEqual([`${FACTS.executionId}-5`, JOB.parameters]);
  await clock.advance(100_000);
  expect([asked.length, await left()]).toEqual([4, 0]);
});

it('a service that does not answer holds up nobody else', async () => {
  answer = ({ taskId }) => (taskId === 5 ? new Promise(() => undefined) : Promise.resolve());
  const stops = jobStops();
  stops.abandon(FACTS, JOB, true);
  await clock.advance(1_000);
  stops.abandon(FACTS, { ...JOB, taskId: 6 }, true);
  await clock.advance(1_000);
  expect(asked.map(({ taskId }) => taskId)).toEqual([5, 6]);
  await clock.advance(30_000);
  expect(asked.filter(({ taskId }) => taskId === 6)).toHaveLength(1);
  expect(asked[0]?.signal.aborted).toBe(true);
  expect(asked.filter(({ taskId }) => taskId === 5).length).toBeGreaterThan(1);
});

it('is tried more and more rarely, then given up, which is told in the log', async () => {
  const at: number[] = [];
  answer = () => {
    at.push(clock.now());
    return Promise.reject(new Error('away'));
  };
  jobStops({ works: false }).abandon(FACTS, JOB, true);
  jobStops();
  for (let hour = 0; hour < 8; hour++) await clock.advance(3_600_000);
  expect(asked).toHaveLength(3 + 12);
  const waits = at.slice(4).map((time, index) => time - (at[index + 3] ?? 0));
  for (const [index, wait] of waits.entries()) {
    const least = Math.min(30_000 * 2 ** index, 3_600_000);
    expect(wait).toBeGreaterThanOrEqual(least);
    expect(wait).toBeLessThanOrEqual(least + 5_100);
  }
  expect(logger.problems.map(({ message }) => message)).toContain('a job that is not wanted was not stopped');
  expect(await left()).toBe(0);
});

it('a process without integrations leaves it to those who have some', async () => {
  const bare = new JobStops({ clock, logger, store });
  bare.abandon(FACTS, JOB, true);
  await clock.advance(1_000);
  expect(logger.problems).toEqual([]);
  jobStops();
  await clock.advance(20_000);
  expect(asked).toHaveLength(1);
});
