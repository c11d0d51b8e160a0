import { InProcessApi } from '@everstep/api-service';
import { DEFAULT_SETTINGS, createEngineContext, silentLogger } from '@everstep/engine';
import { type Integrations, createIntegrationRegistry } from '@everstep/integrations';
import { type Json, isObject } from '@everstep/language';
import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, contractRequest } from '@everstep/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const functions = { invoke: () => Promise.reject(new Error('no functions here')), close: async () => undefined };
const Definition = { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } };
const RoleArn = 'arn:aws:iam::123456789012:role/r';

let registry: Integrations;
beforeEach(() => {
  const clock = new VirtualClock();
  const context = createEngineContext({
    store: createMemoryStore({ now: () => clock.now() }),
    hints: createLocalQueue({ logger: silentLogger }),
    clock,
    logger: silentLogger,
    settings: DEFAULT_SETTINGS,
  });
  const stepFunctions = new InProcessApi({ context, syncExecutions: () => registry.syncExecutions });
  registry = createIntegrationRegistry({ context, functions, stepFunctions, environment: {} });
});
afterEach(() => registry.close());

async function call(operation: string, parameters: Json) {
  const request = contractRequest(`aws-sdk:sfn:${operation}`, parameters);
  const outcome = await registry.find(request.resource)?.perform(request);
  return outcome ?? null;
}

describe('aws-sdk:sfn', () => {
  it('is this installation itself, whatever endpoint other services have', async () => {
    const made = await call('createStateMachine', { Name: 'm', Definition, RoleArn });
    expect(made).toMatchObject({ type: 'succeeded', output: { StateMachineArn: expect.stringContaining(':m') } });
    const output = made?.type === 'succeeded' && isObject(made.output) ? made.output : {};
    const { StateMachineArn = null } = output;
    const started = await call('startExecution', { StateMachineArn, Input: { a: 1.5 } });
    expect(started).toMatchObject({ output: { StartDate: expect.stringMatching(/Z$/) } });
    // The same attempt once more starts nothing new.
    expect(await call('startExecution', { StateMachineArn, Input: { a: 1.5 } })).toEqual(started);
    expect(await call('listExecutions', { StateMachineArn })).toMatchObject({
      output: { Executions: [{ Status: 'RUNNING' }] },
    });
  });

  it('refuses in the words of AWS’s SDK integration', async () => {
    expect(await call('sendTaskSuccess', { TaskToken: 'none', Output: {} })).toEqual({
      type: 'failed',
      error: 'Sfn.InvalidTokenException',
      cause: expect.stringMatching(
        /^Invalid Token: .* \(Service: Sfn, Status Code: 400, Request ID: \S+\) \(SDK Attempt Count: 1\)$/,
      ),
    });
  });
});
