import { CreateStateMachineCommand, DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ApiBench, PREFIX, ROLE, startApiBench } from '../testing/api-bench.ts';

let bench: ApiBench;
beforeEach(async () => {
  bench = await startApiBench({ worker: true });
});
afterEach(() => bench.close());

const MACHINE = {
  StartAt: 'Look',
  States: {
    Look: { Type: 'Pass', Next: 'Both' },
    Both: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'Left', States: { Left: { Type: 'Pass', End: true } } },
        {
          StartAt: 'Judge',
          States: {
            Judge: {
              Type: 'Choice',
              Choices: [{ Variable: '$.bad', BooleanEquals: true, Next: 'Refuse' }],
              Default: 'Ok',
            },
            Refuse: { Type: 'Fail', Error: 'Order.Bad' },
            Ok: { Type: 'Pass', End: true },
          },
        },
      ],
      Next: 'Rest',
    },
    Rest: { Type: 'Wait', Seconds: 0, End: true },
  },
};

async function run(machine: string, inputs: readonly object[]): Promise<void> {
  const request = { name: machine, definition: JSON.stringify(MACHINE), roleArn: ROLE };
  const { stateMachineArn } = await bench.client.send(new CreateStateMachineCommand(request));
  for (const input of inputs) {
    const start = new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) });
    const { executionArn } = await bench.client.send(start);
    const status = async () => (await bench.client.send(new DescribeExecutionCommand({ executionArn }))).status;
    await expect.poll(status, { timeout: 10_000 }).not.toBe('RUNNING');
  }
}

const ask = async (input: object) =>
  JSON.parse((await bench.post('Everstep.GetStateFigures', JSON.stringify(input))).text);

it('tells how long states took and in which executions failed, of all machines or of one', async () => {
  await run('orders', [{ bad: false }, { bad: true }, { bad: true }]);
  await run('others', [{ bad: false }]);
  const figures = await ask({});
  expect(figures).toMatchObject({ executions: 4, failedExecutions: 2, isPart: false, notRead: 0 });
  const stateMachineArn = `${PREFIX}:stateMachine:orders`;
  expect(figures.failing).toEqual([
    {
      ...{ stateMachineArn, stateName: 'Refuse', executions: 2, error: 'Order.Bad' },
      ...{ executionArn: expect.stringContaining(':execution:orders:'), startDate: expect.any(Number) },
    },
  ]);
  const visits = new Map<string, number>();
  for (const { stateMachineArn: arn, stateName, visits: count } of figures.slowest) {
    if (arn === stateMachineArn) visits.set(stateName, count);
  }
  expect(Object.fromEntries(visits)).toMatchObject({ Look: 3, Both: 1, Ok: 1 });
  expect([...visits.keys()]).not.toContain('Rest');
  const both = figures.slowest.find(({ stateName }: { stateName: string }) => stateName === 'Both');
  expect(both).toMatchObject({ stateType: 'Parallel', p50: expect.any(Number), longest: expect.any(Number) });
  const one = await ask({ stateMachineArn: `${PREFIX}:stateMachine:others` });
  expect(one).toMatchObject({ executions: 1, failedExecutions: 0, failing: [] });
  expect(await ask({ stateMachineArn: `${PREFIX}:stateMachine:none` })).toMatchObject({
    __type: expect.stringContaining('StateMachineDoesNotExist'),
  });
});

it('the same question is answered once in a while', async () => {
  await run('orders', [{ bad: false }]);
  expect(await ask({})).toMatchObject({ executions: 1 });
  await run('others', [{ bad: false }]);
  expect(await ask({})).toMatchObject({ executions: 1 });
  bench.shiftTime(10_001);
  expect(await ask({})).toMatchObject({ executions: 2 });
});
