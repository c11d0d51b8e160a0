import { CreateStateMachineCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, PREFIX, ROLE, startApiBench } from '../testing/api-bench.ts';

let bench: ApiBench;
beforeEach(async () => {
  bench = await startApiBench();
});
afterEach(() => bench.close());

const call = async (operation: string, input: object): Promise<{ status: number; body: Record<string, unknown> }> => {
  const { status, text } = await bench.post(`Everstep.${operation}`, JSON.stringify(input));
  return { status, body: JSON.parse(text) };
};

/** An execution of a new machine with a task that waits for the limiter. */
async function limited(name: string, limiterArn: string): Promise<string> {
  const definition = '{"StartAt":"Work","States":{"Work":{"Type":"Pass","End":true}}}';
  const made = await bench.client.send(new CreateStateMachineCommand({ name, definition, roleArn: ROLE }));
  const { stateMachineArn } = made;
  const { executionArn = '' } = await bench.client.send(new StartExecutionCommand({ stateMachineArn }));
  const limits = [{ limiterArn, key: 'k', priority: 0 }];
  await bench.advance(executionArn, { limits: { opened: [{ taskId: 2, stateName: 'Work', limits }], closed: [] } });
  return executionArn;
}

const SETTINGS = {
  description: 'the tariff of the price service',
  resource: 'arn:aws:lambda:*:function:price*',
  stateMachine: 'orders',
  key: '$.customer',
  limit: { concurrency: 5, rate: { permits: 10, seconds: 2.5 } },
  limitPerKey: { concurrency: 1 },
  priorityExpression: '{% $states.input.vip ? 1 : 0 %}',
};

describe('limiters', () => {
  it('are put, described, listed, paused, resumed and deleted', async () => {
    const put = await call('PutLimiter', { name: 'price', ...SETTINGS });
    const limiterArn = `${PREFIX}:limiter:price`;
    const dates = { creationDate: expect.any(Number), updateDate: expect.any(Number) };
    expect(put).toEqual({ status: 200, body: { limiterArn, ...dates } });
    const idle = { waiting: 0, waitingKeys: 0, permitsInUse: 0, busiestKeys: [] };
    const limit = { concurrency: 5, rate: { permits: 10, seconds: 2.5, burst: 10 } };
    const described = { ...SETTINGS, limit, limiterArn, name: 'price', status: 'ACTIVE', ...dates, ...idle };
    expect((await call('DescribeLimiter', { name: 'price' })).body).toEqual(described);
    await call('PauseLimiter', { name: 'price' });
    expect((await call('DescribeLimiter', { name: 'price' })).body).toMatchObject({
      ...{ status: 'PAUSED', pauseDate: expect.any(Number) },
    });
    await call('PutLimiter', { name: 'other', limit: { concurrency: 1 }, priority: 3 });
    const { body } = await call('ListLimiters', { maxResults: 1 });
    const item = { creationDate: expect.any(Number), waiting: 0, permitsInUse: 0 };
    expect(body).toMatchObject({ limiters: [{ name: 'other', status: 'ACTIVE', ...item }] });
    const second = await call('ListLimiters', { nextToken: body['nextToken'] });
    const price = { ...SETTINGS, limit, limiterArn, name: 'price', status: 'PAUSED', ...item };
    expect(second.body).toEqual({ limiters: [price] });
    expect((await call('ResumeLimiter', { name: 'price' })).body).toEqual({});
    expect((await call('DeleteLimiter', { name: 'price' })).body).toEqual({});
    expect((await call('DeleteLimiter', { name: 'price' })).body).toEqual({});
    expect((await call('DescribeLimiter', { name: 'price' })).body).toMatchObject({
      __type: 'com.amazonaws.swf.service.v2.model#ResourceNotFound',
      message: `Resource not found: '${limiterArn}'`,
    });
  });

  it.each([
    [{ name: 'a b', limit: { concurrency: 1 } }, 'InvalidName', "Invalid Name: 'a b'"],
    [{ limit: { concurrency: 1 } }, 'ValidationException', "at 'name'"],
    [{ name: 'l' }, 'ValidationException', 'needs a concurrency or a rate'],
    [{ name: 'l', limit: { concurrency: 0 } }, 'ValidationException', "Value '0' at 'limit.concurrency'"],
    [{ name: 'l', limit: { rate: { permits: 1 } } }, 'ValidationException', "at 'limit.rate.seconds'"],
    [{ name: 'l', limit: { rate: { permits: 1, seconds: 0 } } }, 'ValidationException', "at 'limit.rate.seconds'"],
    [{ name: 'l', limit: { concurrency: '1' } }, 'SerializationException', 'STRING_VALUE cannot be converted'],
    [{ name: 'l', limitPerKey: { concurrency: 1 } }, 'ValidationException', "'limitPerKey' needs a 'key'"],
    [{ name: 'l', limit: { concurrency: 1 }, key: 'customer' }, 'ValidationException', "'key' is neither"],
    [
      { name: 'l', limit: { concurrency: 1 }, priority: 1, priorityExpression: '$.p' },
      'ValidationException',
      "either 'priority' or 'priorityExpression'",
    ],
  ])('refuses %j', async (input, code, message) => {
    const { status, body } = await call('PutLimiter', input);
    expect(status).toBe(400);
    expect(String(body['__type'])).toContain(`#${code}`);
    expect(String(body['message'])).toContain(message);
  });

  it('shows the tasks that wait and those that have permits, a page at a time', async () => {
    await call('PutLimiter', { name: 'l', limit: { concurrency: 1 }, key: '$.k' });
    const arns = await Promise.all(['one', 'two'].map((name) => limited(name, `${PREFIX}:limiter:l`)));
    const page = await call('ListLimiterTasks', { name: 'l', maxResults: 1 });
    const rest = await call('ListLimiterTasks', { name: 'l', nextToken: page.body['nextToken'] });
    const tasks = [page, rest].flatMap(({ body }) => (Array.isArray(body['tasks']) ? body['tasks'] : []));
    expect(new Set(tasks.map(({ executionArn }) => executionArn))).toEqual(new Set(arns));
    expect(tasks[0]).toEqual({
      ...{ executionArn: expect.any(String), stateMachineArn: expect.any(String), taskId: 2, stateName: 'Work' },
      ...{ key: 'k', priority: 0, status: 'WAITING', waitingDate: expect.any(Number) },
    });
    expect((await call('DescribeLimiter', { name: 'l' })).body).toMatchObject({
      ...{ waiting: 2, waitingKeys: 1, longestWaitSeconds: expect.any(Number), permitsInUse: 0 },
      busiestKeys: [{ key: 'k', waiting: 2, permitsInUse: 0 }],
    });
    expect((await call('ListLimiterTasks', { name: 'l', statusFilter: 'PERMITTED' })).body).toEqual({ tasks: [] });
    expect((await call('ListLimiterTasks', { name: 'none' })).body).toMatchObject({
      message: `Resource not found: '${PREFIX}:limiter:none'`,
    });
  });
});
