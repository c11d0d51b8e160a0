import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  ExecutionNotRedrivable,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, PREFIX, ROLE, startApiBench } from '../testing/api-bench.ts';

const ORDERS = `${PREFIX}:stateMachine:orders`;
const STATES = {
  First: { Type: 'Pass', Next: 'Check' },
  Check: { Type: 'Choice', Choices: [{ Variable: '$.ok', IsPresent: true, Next: 'Done' }], Default: 'Never' },
  Never: { Type: 'Fail', Error: 'Red', Cause: 'as always' },
  Done: { Type: 'Succeed' },
};

let bench: ApiBench;
beforeEach(async () => {
  bench = await startApiBench({ worker: true });
  const definition = JSON.stringify({ StartAt: 'First', States: STATES });
  await bench.client.send(new CreateStateMachineCommand({ name: 'orders', definition, roleArn: ROLE }));
});
afterEach(() => bench.close());

const describeExecution = (executionArn: string) => bench.client.send(new DescribeExecutionCommand({ executionArn }));
const redrive = (executionArn: string, clientToken = 'token') =>
  bench.client.send(new RedriveExecutionCommand({ executionArn, clientToken }));
const refusal = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'taken',
    (error: unknown) => error,
  );

async function ended(input: string, status: string): Promise<string> {
  const { executionArn = '' } = await bench.client.send(new StartExecutionCommand({ stateMachineArn: ORDERS, input }));
  await expect.poll(async () => (await describeExecution(executionArn)).status).toBe(status);
  return executionArn;
}

describe('RedriveExecution', () => {
  it('goes on with a failed execution, which tells of it everywhere', async () => {
    const executionArn = await ended('{}', 'FAILED');
    const before = await describeExecution(executionArn);
    expect([before.redriveCount, before.redriveStatus, before.redriveStatusReason, before.redriveDate]).toEqual([
      0,
      'REDRIVABLE',
      undefined,
      undefined,
    ]);
    const { redriveDate } = await redrive(executionArn);
    expect(redriveDate).toBeInstanceOf(Date);
    expect((await redrive(executionArn)).redriveDate).toEqual(redriveDate);
    await expect.poll(async () => (await describeExecution(executionArn)).status).toBe('FAILED');
    expect(await describeExecution(executionArn)).toMatchObject({ redriveCount: 1, redriveDate, error: 'Red' });
    const { events = [] } = await bench.client.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events.map((event) => event.type).slice(-4)).toEqual([
      'FailStateEntered',
      'ExecutionFailed',
      'ExecutionRedriven',
      'ExecutionFailed',
    ]);
    expect(events.at(-2)?.executionRedrivenEventDetails).toEqual({ redriveCount: 1 });
    const { executions } = await bench.client.send(new ListExecutionsCommand({ stateMachineArn: ORDERS }));
    expect(executions).toMatchObject([{ redriveCount: 1, redriveDate, status: 'FAILED' }]);
  });

  it('is refused where there is nothing to redrive, as the description foretells', async () => {
    const executionArn = await ended('{"ok":1}', 'SUCCEEDED');
    const { redriveStatus, redriveStatusReason } = await describeExecution(executionArn);
    expect(redriveStatus).toBe('NOT_REDRIVABLE');
    const refused = await refusal(redrive(executionArn));
    expect(refused).toBeInstanceOf(ExecutionNotRedrivable);
    expect(refused).toMatchObject({ message: redriveStatusReason });
    expect(await refusal(redrive(`${executionArn}0`))).toBeInstanceOf(ExecutionDoesNotExist);
    await expect(redrive(`${PREFIX}:express:orders:run:id`)).rejects.toMatchObject({ name: 'InvalidArn' });
    await expect(redrive(executionArn, 'two words')).rejects.toMatchObject({
      name: 'ValidationException',
      message:
        "1 validation error detected: Value 'two words' at 'clientToken' failed to satisfy constraint: Member must satisfy regular expression pattern: [!-~]+",
    });
  });
});
