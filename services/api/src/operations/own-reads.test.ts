import { CreateStateMachineCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, DEFINITION, PREFIX, ROLE, startApiBench } from '../testing/api-bench.ts';

let bench: ApiBench;
beforeEach(async () => {
  bench = await startApiBench();
});
afterEach(() => bench.close());

async function ask(operation: string, input: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const { status, text } = await bench.post(`Everstep.${operation}`, JSON.stringify(input));
  return { status, body: JSON.parse(text) };
}

async function start(machine: string, ...names: readonly string[]): Promise<string[]> {
  const request = { name: machine, definition: DEFINITION, roleArn: ROLE };
  const { stateMachineArn } = await bench.client.send(new CreateStateMachineCommand(request));
  const arns: string[] = [];
  for (const name of names) {
    const { executionArn = '' } = await bench.client.send(new StartExecutionCommand({ stateMachineArn, name }));
    arns.push(executionArn);
  }
  return arns;
}

const listOf = (value: unknown): Array<Record<string, unknown>> => (Array.isArray(value) ? value : []);

const found = async (input: object): Promise<string[]> =>
  listOf((await ask('SearchExecutions', input)).body['executions']).map(({ name }) => String(name));

describe('SearchExecutions', () => {
  it('finds executions of all machines, by status, by name and by time', async () => {
    const [first = ''] = await start('orders', 'alpha-1', 'beta-1');
    await start('others', 'ALPHA-2');
    await bench.advance(first, { end: { status: 'FAILED', error: 'Broken' } });
    expect((await found({})).toSorted()).toEqual(['ALPHA-2', 'alpha-1', 'beta-1']);
    expect((await found({ nameContains: 'alpha' })).toSorted()).toEqual(['ALPHA-2', 'alpha-1']);
    expect(await found({ statusFilter: ['FAILED', 'TIMED_OUT'] })).toEqual(['alpha-1']);
    expect(await found({ stateMachineArn: `${PREFIX}:stateMachine:others` })).toEqual(['ALPHA-2']);
    const now = Date.now() / 1_000;
    expect(await found({ startedAfter: now + 60 })).toEqual([]);
    expect(await found({ startedBefore: now - 60 })).toEqual([]);
    expect(await found({ startedAfter: now - 60, startedBefore: now + 60 })).toHaveLength(3);
  });

  it('goes from page to page, with the filters of the first one', async () => {
    const names = Array.from({ length: 7 }, (_, index) => `run-${index}`);
    await start('orders', ...names);
    const seen: string[] = [];
    let nextToken: unknown;
    do {
      const { body } = await ask('SearchExecutions', { maxResults: 3, nameContains: 'run', nextToken });
      seen.push(...listOf(body['executions']).map(({ name }) => String(name)));
      ({ nextToken } = body);
    } while (nextToken !== undefined);
    expect(seen.toSorted()).toEqual(names);
    const first = await ask('SearchExecutions', { maxResults: 3, nameContains: 'run' });
    const other = await ask('SearchExecutions', { maxResults: 3, nextToken: first.body['nextToken'] });
    expect([other.status, other.body['__type']]).toEqual([400, expect.stringContaining('InvalidToken')]);
  });

  it('finds executions by what their inputs hold, page by page', async () => {
    const [orders = ''] = await start('orders', 'plain');
    const stateMachineArn = orders.replace(':execution:', ':stateMachine:').replace(/:plain$/, '');
    const inputs = [
      { orderId: 42, customer: { name: 'Ann' } },
      { orderId: 43, customer: { name: 'Ann' }, items: [{ sku: 'A17' }] },
      { orderId: '42' },
      ['Ann'],
    ];
    for (const [index, input] of inputs.entries()) {
      const request = { stateMachineArn, name: `n${index}`, input: JSON.stringify(input) };
      await bench.client.send(new StartExecutionCommand(request));
    }
    const wide = { stateMachineArn, name: 'wide', input: '{"orderId":9007199254740993,"filler":"xy"}' };
    await bench.client.send(new StartExecutionCommand(wide));
    const by = (inputFilter: string, more = {}): Promise<string[]> => found({ inputFilter, ...more });
    expect(await by('orderId = 42')).toEqual(['n0']);
    expect(await by('orderId = 42.0')).toEqual(['n0']);
    expect(await by('orderId = "42"')).toEqual(['n2']);
    expect((await by('customer.name = Ann')).toSorted()).toEqual(['n0', 'n1']);
    expect(await by('customer.name = Ann and items[0].sku = A17')).toEqual(['n1']);
    expect(await by('[0] = Ann')).toEqual(['n3']);
    expect(await by('orderId = 9007199254740993')).toEqual(['wide']);
    expect(await by('orderId = 9007199254740992')).toEqual([]);
    expect(await by('constructor = x')).toEqual([]);
    const first = await ask('SearchExecutions', { inputFilter: 'customer.name = Ann', maxResults: 1 });
    const { nextToken } = first.body;
    const second = await ask('SearchExecutions', { inputFilter: 'customer.name = Ann', maxResults: 1, nextToken });
    const names = [first, second].flatMap(({ body }) => listOf(body['executions']).map(({ name }) => String(name)));
    expect(names.toSorted()).toEqual(['n0', 'n1']);
    const other = await ask('SearchExecutions', { inputFilter: 'orderId = 42', maxResults: 1, nextToken });
    expect(other.body['__type']).toContain('InvalidToken');
    const wrong = await ask('SearchExecutions', { inputFilter: 'orderId > 4' });
    expect([wrong.status, wrong.body['message']]).toEqual([400, expect.stringContaining("expected '='")]);
  });

  it('refuses what makes no sense', async () => {
    const none = await ask('SearchExecutions', { stateMachineArn: `${PREFIX}:stateMachine:none` });
    expect(none.body['__type']).toContain('StateMachineDoesNotExist');
    expect((await ask('SearchExecutions', { statusFilter: ['DONE'] })).body['__type']).toContain('ValidationException');
  });
});

describe('GetHistoryEvents', () => {
  it('reads from any event on, in both directions, without data unless it is asked for', async () => {
    const [executionArn = ''] = await start('orders', 'one');
    const events = Array.from({ length: 200 }, (_, index) => ({
      ...{ id: index + 1, previousEventId: index, timestamp: 1_000 + index, type: 'WaitStateEntered' as const },
      stateEnteredEventDetails: { name: 'Wait', input: '{"large":true}', inputDetails: { truncated: false } },
    }));
    await bench.advance(executionArn, { events });
    const page = await ask('GetHistoryEvents', { executionArn, fromEventId: 42, maxResults: 100 });
    expect(listOf(page.body['events']).map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, n) => n + 42));
    expect(page.body['nextEventId']).toBe(142);
    expect(listOf(page.body['events'])[0]).toMatchObject({
      timestamp: 1.041,
      stateEnteredEventDetails: { name: 'Wait' },
    });
    expect(JSON.stringify(page.body)).not.toContain('large');
    const back = await ask('GetHistoryEvents', {
      executionArn,
      reverseOrder: true,
      maxResults: 1,
      includeExecutionData: true,
    });
    expect(back.body).toMatchObject({ events: [{ id: 200, stateEnteredEventDetails: { input: '{"large":true}' } }] });
    expect((await ask('GetHistoryEvents', { executionArn, fromEventId: 201 })).body).toEqual({ events: [] });
  });
});

describe('GetOverview and DescribeInstallation', () => {
  it('counts what started and how it ended, over time and by machine', async () => {
    const [first = '', second = ''] = await start('orders', 'a', 'b', 'c');
    await bench.advance(first, { end: { status: 'SUCCEEDED', output: '{}' } });
    await bench.advance(second, { end: { status: 'FAILED', error: 'Broken' } });
    const { body } = await ask('GetOverview', { periodSeconds: 3_600 });
    expect(body).toMatchObject({
      bucketSeconds: 60,
      totals: { started: 3, succeeded: 1, failed: 1, timedOut: 0, aborted: 0, p50: expect.any(Number) },
      running: 1,
      runningIsMinimum: false,
      machines: [{ stateMachineArn: `${PREFIX}:stateMachine:orders`, started: 3, running: 1, failed: 1 }],
    });
    const buckets = listOf(body['buckets']);
    expect(buckets.length).toBeGreaterThanOrEqual(60);
    expect(buckets.reduce((sum, { started }) => sum + Number(started), 0)).toBe(3);
    expect((await ask('GetOverview', { periodSeconds: 1 })).status).toBe(400);
  });

  it('tells who works, and what waits', async () => {
    await bench.context.store.registerWorker({ workerId: 'w-1', host: 'here', leaseMs: 60_000 });
    const { body } = await ask('DescribeInstallation', {});
    expect(body).toMatchObject({
      ...{ region: 'us-east-1', accountId: '123456789012', store: { status: 'ok' }, queue: { healthy: true } },
      workers: [{ workerId: 'w-1', host: 'here', alive: true, executions: 0 }],
      overdueSeconds: 0,
    });
  });
});
