import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InProcessApi } from './in-process-api.ts';
import { type ApiBench, DEFINITION, ROLE, startApiBench } from './testing/api-bench.ts';

const { signal } = new AbortController();

let bench: ApiBench;
beforeEach(async () => {
  bench = await startApiBench();
});
afterEach(() => bench.close());

function call(operation: string, input: object, accountId = '123456789012') {
  const api = new InProcessApi({ context: bench.context, syncExecutions: () => bench.syncExecutions });
  return api.call({ accountId, operation, body: JSON.stringify(input), signal });
}

describe('the API in process', () => {
  it('answers as the server does, in the account of the caller', async () => {
    const made = await call('CreateStateMachine', { name: 'm', definition: DEFINITION, roleArn: ROLE }, '999999999999');
    expect(made.statusCode).toBe(200);
    const stateMachineArn: unknown = JSON.parse(made.body).stateMachineArn;
    expect(stateMachineArn).toBe('arn:aws:states:us-east-1:999999999999:stateMachine:m');
    expect(await call('StartExecution', { stateMachineArn }, '999999999999')).toMatchObject({ statusCode: 200 });
    const foreign = await call('StartExecution', { stateMachineArn });
    expect(foreign.statusCode).toBe(400);
    expect(JSON.parse(foreign.body).__type).toContain('StateMachineDoesNotExist');
  });

  it('refuses in AWS’s shape what it does not know or cannot read', async () => {
    expect(JSON.parse((await call('MakeTea', {})).body).__type).toContain('UnknownOperationException');
    const refused = await call('SendTaskSuccess', { taskToken: 'none', output: '{}' });
    expect(refused).toMatchObject({ statusCode: 400, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(JSON.parse(refused.body).__type).toContain('InvalidToken');
  });
});
