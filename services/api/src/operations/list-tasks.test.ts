import { CreateStateMachineCommand, SendTaskSuccessCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, PREFIX, ROLE, startApiBench } from '../testing/api-bench.ts';

let bench: ApiBench;
beforeEach(async () => {
  bench = await startApiBench();
});
afterEach(() => bench.close());

const ask = async (input: object): Promise<{ status: number; body: Record<string, unknown> }> => {
  const { status, text } = await bench.post('Everstep.ListTasks', JSON.stringify(input));
  return { status, body: JSON.parse(text) };
};

const CALLBACK = {
  StartAt: 'Ask',
  States: {
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: { FunctionName: 'f', Payload: { 'token.$': '$$.Task.Token' } },
      End: true,
    },
  },
};

/** An execution of a new machine that waits for two callbacks. */
async function waiting(name: string): Promise<string> {
  const definition = JSON.stringify(CALLBACK);
  const { stateMachineArn } = await bench.client.send(
    new CreateStateMachineCommand({ name, definition, roleArn: ROLE }),
  );
  const { executionArn = '' } = await bench.client.send(new StartExecutionCommand({ stateMachineArn, name: 'one' }));
  const limits = { activityArn: null, input: null, timeoutAt: null, timeoutSeconds: null, heartbeatSeconds: null };
  const token = { kind: 'callback' as const, stateName: 'Ask', ...limits };
  await bench.advance(executionArn, {
    tokens: [
      { ...token, taskId: 2 },
      { ...token, taskId: 3, timeoutAt: Date.now() + 60_000 },
    ],
  });
  return executionArn;
}

describe('ListTasks', () => {
  it('lists what waits for a callback, with tokens that are taken', async () => {
    const executionArn = await waiting('orders');
    const { status, body } = await ask({});
    const stateMachineArn = `${PREFIX}:stateMachine:orders`;
    const facts = { executionArn, stateMachineArn, stateName: 'Ask', openedDate: expect.any(Number) };
    const item = { ...facts, taskToken: expect.any(String) };
    expect([status, body]).toEqual([200, { tasks: [item, { ...item, timeoutDate: expect.any(Number) }] }]);
    const [first] = Array.isArray(body['tasks']) ? body['tasks'] : [];
    await bench.client.send(new SendTaskSuccessCommand({ taskToken: first.taskToken, output: '{}' }));
    expect((await ask({})).body['tasks']).toHaveLength(1);
  });

  it('pages, and looks at one machine', async () => {
    await waiting('orders');
    await waiting('others');
    const first = await ask({ maxResults: 3 });
    expect(first.body['tasks']).toHaveLength(3);
    const second = await ask({ maxResults: 3, nextToken: first.body['nextToken'] });
    expect([second.body['tasks'], second.body['nextToken']]).toEqual([[expect.anything()], undefined]);
    const some = await ask({ stateMachineArn: `${PREFIX}:stateMachine:others` });
    expect(some.body['tasks']).toHaveLength(2);
    const other = await ask({ stateMachineArn: `${PREFIX}:stateMachine:others`, nextToken: first.body['nextToken'] });
    expect([other.status, other.body]).toMatchObject([400, { __type: expect.stringContaining('InvalidToken') }]);
  });

  it('refuses in AWS’s words', async () => {
    const none = await ask({ stateMachineArn: `${PREFIX}:stateMachine:none` });
    expect(none.body).toMatchObject({ __type: expect.stringContaining('StateMachineDoesNotExist') });
    const bad = await ask({ stateMachineArn: 'x', maxResults: 5_000 });
    expect(bad).toMatchObject({ status: 400 });
  });
});
