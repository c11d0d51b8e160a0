import {
  CreateActivityCommand,
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  GetActivityTaskCommand,
  GetExecutionHistoryCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, DEFINITION, PREFIX, ROLE, startApiBench } from './testing/api-bench.ts';

/** The API with a worker behind it: what only an interpreter can bring about. */
let bench: ApiBench;
beforeEach(async () => {
  bench = await startApiBench({ worker: true, activityPollMs: 10_000 });
});
afterEach(() => bench.close());

const ORDERS = `${PREFIX}:stateMachine:orders`;

async function startOrders(definition: string, input = '{}'): Promise<string> {
  await bench.client.send(new CreateStateMachineCommand({ name: 'orders', definition, roleArn: ROLE }));
  const { executionArn = '' } = await bench.client.send(
    new StartExecutionCommand({ stateMachineArn: ORDERS, name: 'run', input }),
  );
  return executionArn;
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const limit = Date.now() + 10_000;
  while (Date.now() < limit) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`waited in vain for ${what}`);
}

const ended = (executionArn: string): Promise<DescribeExecutionOutput> =>
  until('the end', async () => {
    const described = await bench.client.send(new DescribeExecutionCommand({ executionArn }));
    return described.status === 'RUNNING' ? undefined : described;
  });

const historyOf = async (executionArn: string) =>
  (await bench.client.send(new GetExecutionHistoryCommand({ executionArn }))).events ?? [];

const begun = (executionArn: string) =>
  until('the first events', async () => ((await historyOf(executionArn)).length > 1 ? true : undefined));

describe('with a worker behind it', () => {
  it('an execution runs to its end, with the history that AWS recorded for it', async () => {
    const executionArn = await startOrders(
      JSON.stringify({
        StartAt: 'State_1',
        States: { State_1: { Type: 'Pass', Result: { Arg1: 'argument1' }, End: true } },
      }),
    );
    expect(await ended(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '{"Arg1":"argument1"}' });
    const truncated = { truncated: false };
    const timestamp = expect.any(Date);
    expect(await historyOf(executionArn)).toEqual([
      {
        id: 1,
        previousEventId: 0,
        timestamp,
        type: 'ExecutionStarted',
        executionStartedEventDetails: { input: '{}', inputDetails: truncated, roleArn: ROLE },
      },
      {
        id: 2,
        previousEventId: 0,
        timestamp,
        type: 'PassStateEntered',
        stateEnteredEventDetails: { name: 'State_1', input: '{}', inputDetails: truncated },
      },
      {
        id: 3,
        previousEventId: 2,
        timestamp,
        type: 'PassStateExited',
        stateExitedEventDetails: { name: 'State_1', output: '{"Arg1":"argument1"}', outputDetails: truncated },
      },
      {
        id: 4,
        previousEventId: 3,
        timestamp,
        type: 'ExecutionSucceeded',
        executionSucceededEventDetails: { output: '{"Arg1":"argument1"}', outputDetails: truncated },
      },
    ]);
  });

  it('StopExecution aborts what waits, and answers the same stop date again', async () => {
    const executionArn = await startOrders(DEFINITION);
    await begun(executionArn);
    const stopped = await bench.client.send(
      new StopExecutionCommand({ executionArn, error: 'Enough', cause: 'because' }),
    );
    expect(await ended(executionArn)).toMatchObject({
      status: 'ABORTED',
      error: 'Enough',
      cause: 'because',
      stopDate: stopped.stopDate,
    });
    const again = await bench.client.send(new StopExecutionCommand({ executionArn }));
    expect(again.stopDate).toEqual(stopped.stopDate);
  });

  it('DeleteStateMachine aborts what is open and removes the machine', async () => {
    const executionArn = await startOrders(DEFINITION);
    await begun(executionArn);
    await bench.client.send(new DeleteStateMachineCommand({ stateMachineArn: ORDERS }));
    expect(await ended(executionArn)).toMatchObject({ status: 'ABORTED' });
    expect(await bench.context.store.findStateMachine(ORDERS)).toBeNull();
  });

  it('an activity worker gets its task and ends it', async () => {
    const { activityArn = '' } = await bench.client.send(new CreateActivityCommand({ name: 'pack' }));
    const polling = bench.client.send(new GetActivityTaskCommand({ activityArn, workerName: 'hands' }));
    const executionArn = await startOrders(
      JSON.stringify({ StartAt: 'Pack', States: { Pack: { Type: 'Task', Resource: activityArn, End: true } } }),
      '{"box": 1}',
    );
    const { taskToken, input } = await polling;
    expect(JSON.parse(input ?? '')).toEqual({ box: 1 });
    await bench.client.send(new SendTaskSuccessCommand({ taskToken, output: '"packed"' }));
    expect(await ended(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '"packed"' });
  });
});
