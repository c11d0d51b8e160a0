import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  StartExecutionCommand,
  type StartExecutionInput,
  StopExecutionCommand,
  UpdateStateMachineCommand,
  paginateGetExecutionHistory,
  paginateListExecutions,
} from '@aws-sdk/client-sfn';
import type { HistoryEvent } from '@everstep/language';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, DEFINITION, PREFIX, ROLE, startApiBench } from '../testing/api-bench.ts';

let bench: ApiBench;
const ORDERS = `${PREFIX}:stateMachine:orders`;
const MISSING = `${PREFIX}:execution:orders:missing`;

beforeEach(async () => {
  bench = await startApiBench();
  await bench.client.send(new CreateStateMachineCommand({ name: 'orders', definition: DEFINITION, roleArn: ROLE }));
});
afterEach(() => bench.close());

const start = (change: Partial<StartExecutionInput> = {}) =>
  bench.client.send(new StartExecutionCommand({ stateMachineArn: ORDERS, ...change }));
const describeExecution = (executionArn: string) => bench.client.send(new DescribeExecutionCommand({ executionArn }));
const named = (name: string, message?: string | RegExp) =>
  expect.objectContaining({
    name,
    ...(message === undefined
      ? {}
      : { message: typeof message === 'string' ? message : expect.stringMatching(message) }),
  });

async function started(name: string, input = '{}'): Promise<string> {
  bench.shiftTime(1);
  const { executionArn } = await start({ name, input });
  return executionArn ?? '';
}

describe('StartExecution', () => {
  it('starts, and answers the same for the same name and input', async () => {
    const first = await start({ name: 'run', input: '{"a":1.0}' });
    expect(first.executionArn).toBe(`${PREFIX}:execution:orders:run`);
    expect(first.startDate).toBeInstanceOf(Date);
    const again = await start({ name: 'run', input: '{"a":1.0}' });
    expect(again.startDate).toEqual(first.startDate);
    await expect(start({ name: 'run', input: '{}' })).rejects.toEqual(
      named('ExecutionAlreadyExists', `Execution Already Exists: '${PREFIX}:execution:orders:run'`),
    );
    expect((await start()).executionArn).toMatch(/:orders:[0-9a-f-]{36}$/);
  });

  it('takes the trace header of the request before that of the body', async () => {
    const { executionArn = '' } = await start({ traceHeader: 'Root=body' });
    expect(await describeExecution(executionArn)).toMatchObject({ traceHeader: 'Root=body' });
    const answer = await bench.post(
      'AWSStepFunctions.StartExecution',
      JSON.stringify({ stateMachineArn: ORDERS, name: 'traced', traceHeader: 'Root=body' }),
      { 'x-amzn-trace-id': 'Root=header' },
    );
    expect(answer.status).toBe(200);
    expect(await describeExecution(`${PREFIX}:execution:orders:traced`)).toMatchObject({ traceHeader: 'Root=header' });
  });

  it('refuses what it cannot take', async () => {
    await expect(start({ input: '{' })).rejects.toEqual(named('InvalidExecutionInput'));
    await expect(start({ input: `"${'a'.repeat(262_143)}"` })).rejects.toEqual(
      named(
        'ValidationException',
        "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to 262144",
      ),
    );
    // Short enough in characters, too long in bytes.
    await expect(start({ input: `"${'ü'.repeat(200_000)}"` })).rejects.toEqual(named('InvalidExecutionInput'));
    await expect(start({ input: `"${'a'.repeat(262_142)}"` })).resolves.toBeDefined();
    await expect(start({ name: 'a b' })).rejects.toEqual(named('InvalidName', "Invalid Name: 'a b'"));
    await expect(start({ stateMachineArn: 'xyz' })).rejects.toEqual(
      named('InvalidArn', "Invalid Arn: 'Invalid ARN prefix: xyz'"),
    );
    await expect(start({ stateMachineArn: `${ORDERS}-2` })).rejects.toEqual(
      named('StateMachineDoesNotExist', `State Machine Does Not Exist: '${ORDERS}-2'`),
    );
  });
});

describe('DescribeExecution', () => {
  it('tells a running execution in AWS’s shape', async () => {
    const executionArn = await started('run', '{"a": 1.0}');
    const { $metadata: _metadata, ...described } = await describeExecution(executionArn);
    expect(described).toEqual({
      executionArn,
      stateMachineArn: ORDERS,
      name: 'run',
      status: 'RUNNING',
      startDate: expect.any(Date),
      input: '{"a": 1.0}',
      inputDetails: { included: true },
      redriveCount: 0,
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'Execution is RUNNING and cannot be redriven',
    });
  });

  it('tells how it ended', async () => {
    const succeeded = await started('good');
    await bench.advance(succeeded, { end: { status: 'SUCCEEDED', output: '{"done":true}' } });
    expect(await describeExecution(succeeded)).toMatchObject({
      status: 'SUCCEEDED',
      output: '{"done":true}',
      outputDetails: { included: true },
      stopDate: expect.any(Date),
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
    });
    const failed = await started('bad');
    await bench.advance(failed, { end: { status: 'FAILED', error: 'Oops' } });
    const described = await describeExecution(failed);
    expect(described).toMatchObject({
      status: 'FAILED',
      error: 'Oops',
      cause: 'because of Oops',
      redriveStatus: 'REDRIVABLE',
    });
    expect(described).not.toHaveProperty('output');
    expect(described).not.toHaveProperty('outputDetails');
    expect(described).not.toHaveProperty('redriveStatusReason');
    bench.shiftTime(15 * 86_400_000);
    expect(await describeExecution(failed)).toMatchObject({
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'Execution redrivable period exceeded',
    });
  });

  it('leaves the data out on request', async () => {
    const executionArn = await started('run');
    const described = await bench.client.send(
      new DescribeExecutionCommand({ executionArn, includedData: 'METADATA_ONLY' }),
    );
    expect(described).not.toHaveProperty('input');
    expect(described.status).toBe('RUNNING');
  });

  it('names what is not there', async () => {
    await expect(describeExecution(MISSING)).rejects.toEqual(
      named('ExecutionDoesNotExist', `Execution Does Not Exist: '${MISSING}'`),
    );
    await expect(describeExecution('xyz')).rejects.toEqual(
      named('InvalidArn', "Invalid Arn: 'Invalid ARN prefix: xyz'"),
    );
    await expect(describeExecution(ORDERS)).rejects.toEqual(named('InvalidArn', /Resource type not valid/));
  });
});

describe('DescribeStateMachineForExecution', () => {
  it('tells the definition that the execution uses, whatever came after', async () => {
    const executionArn = await started('old');
    const definition = JSON.stringify({ StartAt: 'Done', States: { Done: { Type: 'Succeed' } } });
    bench.shiftTime(1_000);
    const { revisionId } = await bench.client.send(
      new UpdateStateMachineCommand({ stateMachineArn: ORDERS, definition }),
    );
    const newArn = await started('new');
    const ask = (arn: string) => bench.client.send(new DescribeStateMachineForExecutionCommand({ executionArn: arn }));
    const before = await ask(executionArn);
    expect(before).toMatchObject({
      stateMachineArn: ORDERS,
      name: 'orders',
      definition: DEFINITION,
      roleArn: ROLE,
      updateDate: expect.any(Date),
      loggingConfiguration: { level: 'OFF', includeExecutionData: false },
      tracingConfiguration: { enabled: false },
    });
    expect(before).not.toHaveProperty('revisionId');
    expect(await ask(newArn)).toMatchObject({ definition, revisionId });
    await expect(ask(MISSING)).rejects.toEqual(named('ExecutionDoesNotExist'));
  });
});

describe('StopExecution', () => {
  const stop = (executionArn: string, change: { error?: string; cause?: string } = {}) =>
    bench.client.send(new StopExecutionCommand({ executionArn, ...change }));

  it('refuses what it cannot take', async () => {
    await expect(stop(MISSING)).rejects.toEqual(named('ExecutionDoesNotExist'));
    await expect(stop('xyz')).rejects.toEqual(named('InvalidArn'));
    await expect(stop(MISSING, { cause: 'c'.repeat(32_769) })).rejects.toEqual(
      named('ValidationException', /Value at 'cause' failed .* less than or equal to 32768$/),
    );
  });
});

describe('ListExecutions', () => {
  it('pages from the newest start, and filters by status', async () => {
    const arns: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) arns.push(await started(name));
    await bench.advance(arns[1] ?? '', { end: { status: 'SUCCEEDED', output: '1' } });
    await bench.advance(arns[3] ?? '', { end: { status: 'FAILED', error: 'Oops' } });
    const pages: (string | undefined)[][] = [];
    const paged = paginateListExecutions({ client: bench.client, pageSize: 2 }, { stateMachineArn: ORDERS });
    for await (const page of paged) pages.push((page.executions ?? []).map((execution) => execution.name));
    expect(pages).toEqual([['e', 'd'], ['c', 'b'], ['a']]);
    const list = (change: object) =>
      bench.client.send(new ListExecutionsCommand({ stateMachineArn: ORDERS, ...change }));
    expect((await list({ statusFilter: 'FAILED' })).executions).toEqual([
      {
        executionArn: arns[3],
        stateMachineArn: ORDERS,
        name: 'd',
        status: 'FAILED',
        startDate: expect.any(Date),
        stopDate: expect.any(Date),
        redriveCount: 0,
      },
    ]);
    const running = await list({ statusFilter: 'RUNNING', maxResults: 2 });
    expect(running.executions?.map((execution) => execution.name)).toEqual(['e', 'c']);
    const rest = await list({ statusFilter: 'RUNNING', nextToken: running.nextToken });
    expect(rest.executions?.map((execution) => execution.name)).toEqual(['a']);
    expect(rest.nextToken).toBeUndefined();
    // A token goes with the filter it was made for; another page size is fine.
    await expect(list({ nextToken: running.nextToken })).rejects.toEqual(named('InvalidToken'));
    expect((await list({ statusFilter: 'ABORTED' })).executions).toEqual([]);
  });

  it('refuses what it cannot take', async () => {
    const list = (change: object) => bench.client.send(new ListExecutionsCommand(change));
    await expect(list({ stateMachineArn: 'xyz' })).rejects.toEqual(named('InvalidArn'));
    await expect(list({ stateMachineArn: `${ORDERS}-2` })).rejects.toEqual(named('StateMachineDoesNotExist'));
    await expect(list({})).rejects.toEqual(named('ValidationException'));
    await expect(list({ mapRunArn: `${PREFIX}:mapRun:orders/L:id` })).rejects.toEqual(named('ResourceNotFound'));
    await expect(list({ stateMachineArn: ORDERS, statusFilter: 'succeeded' })).rejects.toEqual(
      named('ValidationException', /\[SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING\]$/),
    );
    await expect(list({ stateMachineArn: ORDERS, nextToken: 'x'.repeat(3_097) })).rejects.toEqual(
      named('ValidationException', /less than or equal to 3096$/),
    );
    await bench.client.send(
      new CreateStateMachineCommand({ name: 'quick', definition: DEFINITION, roleArn: ROLE, type: 'EXPRESS' }),
    );
    await expect(list({ stateMachineArn: `${PREFIX}:stateMachine:quick` })).rejects.toEqual(
      named('StateMachineTypeNotSupported'),
    );
  });
});

describe('GetExecutionHistory', () => {
  const at = 1_700_000_000_123;
  function events(count: number, input = '{"input":1}'): HistoryEvent[] {
    return Array.from({ length: count }, (_nothing, index): HistoryEvent => {
      const id = index + 1;
      if (id === 1) {
        return {
          id,
          previousEventId: 0,
          timestamp: at,
          type: 'ExecutionStarted',
          executionStartedEventDetails: { input, inputDetails: { truncated: false }, roleArn: ROLE },
        };
      }
      return {
        id,
        previousEventId: index,
        timestamp: at + index,
        type: 'PassStateExited',
        stateExitedEventDetails: {
          name: `S${id}`,
          output: input,
          outputDetails: { truncated: false },
          assignedVariables: { input: '"kept"' },
        },
      };
    });
  }
  const history = (executionArn: string, change: object = {}) =>
    bench.client.send(new GetExecutionHistoryCommand({ executionArn, ...change }));

  it('tells events in AWS’s shape, times in seconds', async () => {
    const executionArn = await started('run');
    await bench.advance(executionArn, { events: events(2) });
    const answer = await history(executionArn);
    expect(answer.nextToken).toBeUndefined();
    expect(answer.events).toEqual([
      {
        id: 1,
        previousEventId: 0,
        timestamp: new Date(at),
        type: 'ExecutionStarted',
        executionStartedEventDetails: { input: '{"input":1}', inputDetails: { truncated: false }, roleArn: ROLE },
      },
      {
        id: 2,
        previousEventId: 1,
        timestamp: new Date(at + 1),
        type: 'PassStateExited',
        stateExitedEventDetails: {
          name: 'S2',
          output: '{"input":1}',
          outputDetails: { truncated: false },
          assignedVariables: { input: '"kept"' },
        },
      },
    ]);
    const raw = await bench.post('AWSStepFunctions.GetExecutionHistory', JSON.stringify({ executionArn }));
    expect(raw.text).toContain('"timestamp":1700000000.123');
  });

  it('leaves the data out on request', async () => {
    const executionArn = await started('run');
    await bench.advance(executionArn, { events: events(2) });
    const answer = await history(executionArn, { includeExecutionData: false });
    expect(answer.events?.map((event) => event.executionStartedEventDetails ?? event.stateExitedEventDetails)).toEqual([
      { roleArn: ROLE },
      { name: 'S2', assignedVariables: { input: '"kept"' } },
    ]);
  });

  it('pages in both directions, across what is read at once', async () => {
    const executionArn = await started('run');
    await bench.advance(executionArn, { events: events(230) });
    const forward: (number | undefined)[][] = [];
    const paged = paginateGetExecutionHistory({ client: bench.client }, { executionArn });
    for await (const page of paged) forward.push((page.events ?? []).map((event) => event.id));
    expect(forward.map((page) => page.length)).toEqual([100, 100, 30]);
    expect(forward.flat()).toEqual(Array.from({ length: 230 }, (_nothing, index) => index + 1));
    const backward: (number | undefined)[][] = [];
    const reversed = paginateGetExecutionHistory(
      { client: bench.client, pageSize: 115 },
      { executionArn, reverseOrder: true },
    );
    for await (const page of reversed) backward.push((page.events ?? []).map((event) => event.id));
    expect(backward.map((page) => page.length)).toEqual([115, 115]);
    expect(backward.flat()).toEqual(Array.from({ length: 230 }, (_nothing, index) => 230 - index));
    const first = await history(executionArn, { maxResults: 10 });
    await expect(history(executionArn, { nextToken: first.nextToken, reverseOrder: true })).rejects.toEqual(
      named('InvalidToken'),
    );
  });

  it('ends a page of large events early', async () => {
    const executionArn = await started('run');
    const large = JSON.stringify('x'.repeat(250_000));
    await bench.advance(executionArn, { events: events(60, large) });
    const sizes: number[] = [];
    for await (const page of paginateGetExecutionHistory({ client: bench.client }, { executionArn })) {
      sizes.push(page.events?.length ?? 0);
    }
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(60);
    expect(sizes.length).toBe(2);
  });

  it('answers an execution without events, and names one that is not there', async () => {
    const executionArn = await started('run');
    expect((await history(executionArn)).events).toEqual([]);
    expect((await history(executionArn, { reverseOrder: true })).events).toEqual([]);
    await expect(history(MISSING)).rejects.toEqual(
      named('ExecutionDoesNotExist', `Execution Does Not Exist: '${MISSING}'`),
    );
    await expect(history('xyz')).rejects.toEqual(named('InvalidArn'));
    await expect(history(executionArn, { nextToken: 'x' })).rejects.toEqual(named('InvalidToken'));
  });
});
