import type { JobOutcome, TaskRequest } from '@everstep/engine';
import type { Json } from '@everstep/language';
import { type TestRedis, contractRequest, describeWithRedis, startTestRedis } from '@everstep/testkit';
import { Queue, Worker } from 'bullmq';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { OwnIntegration } from '../targets/own-integration.ts';
import { createBullmqAddJobIntegration } from './add-job.ts';

describeWithRedis('everstep:bullmq:addJob', () => {
  let server: TestRedis;
  let integration: OwnIntegration;
  let queue: Queue;
  let name: string;

  beforeAll(async () => {
    server = await startTestRedis({ own: true });
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    name = `q-${randomUUID()}`;
    queue = new Queue(name, { connection: connection(), prefix: '{jobs}' });
    const base = { accounts: null, timeoutMs: 5_000, prefix: '{jobs}' };
    integration = createBullmqAddJobIntegration(
      new Map([
        ['jobs', { ...base, url: server.url }],
        ['nowhere', { ...base, url: 'redis://127.0.0.1:1' }],
      ]),
    );
  });
  afterEach(async () => {
    await integration.close?.();
    await queue.close();
  });

  const connection = (): { host: string; port: number; password: string; maxRetriesPerRequest: null } => {
    const { hostname, port, password } = new URL(server.url);
    return { host: hostname, port: Number(port), password, maxRetriesPerRequest: null };
  };
  const parameters = (more: object = {}): Json => ({
    Target: 'jobs',
    Queue: name,
    Name: 'resize',
    Data: { width: 100, big: [1.5] },
    ...more,
  });
  const request = (more: object = {}, asked: Parameters<typeof contractRequest>[2] = {}): TaskRequest =>
    contractRequest('everstep:bullmq:addJob', parameters(more), asked);
  const add = (more: object = {}) => integration.perform(request(more, { pattern: 'sync' }));
  const poll = async (job: Json): Promise<JobOutcome | undefined> =>
    integration.poll?.({ ...request({}, { pattern: 'sync' }), job, asked: 1 });

  /** Works on the queue's jobs until one has ended. */
  async function work(processor: () => Promise<unknown>): Promise<void> {
    const worker = new Worker(name, processor, { connection: connection(), prefix: '{jobs}' });
    await new Promise<void>((resolve) => {
      worker.on('completed', () => resolve());
      worker.on('failed', (job) => {
        if (job?.finishedOn !== undefined) resolve();
      });
    });
    await worker.close();
  }

  it('adds a job, once for an attempt', async () => {
    for (let times = 0; times < 2; times += 1) {
      expect(await integration.perform(request({ Priority: 3, Attempts: 2, BackoffMs: 10 }))).toEqual({
        type: 'succeeded',
        output: { Queue: name, JobId: 'e-3' },
      });
    }
    const jobs = await queue.getJobs();
    expect(jobs.map(({ id, name: title, data }) => ({ id, title, data }))).toEqual([
      { id: 'e-3', title: 'resize', data: { width: 100, big: [1.5] } },
    ]);
    expect(jobs[0]?.opts).toMatchObject({ priority: 3, attempts: 2, backoff: { type: 'exponential', delay: 10 } });
  });

  it('waits for the job with .sync, whose result is the value that its worker returns', async () => {
    const job = { Queue: name, JobId: 'e-3' };
    expect(await add()).toEqual({ type: 'submitted', output: job, job });
    expect(await poll(job)).toEqual({ type: 'running' });
    await work(async () => ({ file: 'small.png' }));
    expect(await poll(job)).toEqual({ type: 'succeeded', output: { ...job, ReturnValue: { file: 'small.png' } } });
  });

  it('fails with the job, by the reason that its worker gives, once its own attempts are used up', async () => {
    const job = { Queue: name, JobId: 'e-3' };
    await add({ Attempts: 2 });
    await work(() => Promise.reject(new Error('no such picture')));
    expect(await poll(job)).toEqual({ type: 'failed', error: 'BullMQ.JobFailed', cause: 'no such picture' });
    await queue.obliterate({ force: true });
    expect(await poll(job)).toMatchObject({ type: 'failed', error: 'BullMQ.JobNotFound' });
  });

  it('takes back a job that nobody waits for, unless a worker has it', async () => {
    const job = { Queue: name, JobId: 'e-3' };
    await add({ DelayMs: 60_000 });
    await integration.stop?.({ ...request({}, { pattern: 'sync' }), job, asked: 0 });
    expect(await queue.getJob('e-3')).toBeUndefined();
    await add();
    let finish = (): void => undefined;
    const working = new Promise<void>((begun) => {
      void work(() => {
        begun();
        return new Promise<void>((resolve) => (finish = resolve));
      });
    });
    await working;
    await integration.stop?.({ ...request({}, { pattern: 'sync' }), job, asked: 0 });
    expect(await (await queue.getJob('e-3'))?.isActive()).toBe(true);
    finish();
  });

  it('is running, for all that one knows, while Redis is away', async () => {
    const job = { Queue: name, JobId: 'e-3' };
    const away = { ...request({ Target: 'nowhere' }, { pattern: 'sync' }), job, asked: 1 };
    expect(await integration.poll?.(away)).toMatchObject({
      type: 'running',
      trouble: expect.stringContaining('BullMQ.ConnectionFailed'),
    });
    expect(await add({ Target: 'nowhere' })).toMatchObject({ type: 'failed', error: 'BullMQ.ConnectionFailed' });
  });

  it('refuses names that BullMQ has no use for', async () => {
    expect(await add({ Queue: 'a:b' })).toMatchObject({ type: 'failed', error: 'States.Runtime' });
    expect(await add({ JobId: '7' })).toMatchObject({ type: 'failed', error: 'States.Runtime' });
  });
});
