import { type FunctionInvocation, type FunctionInvoker, FunctionServiceError } from '@everstep/engine';
import { describe, expect, it } from 'vitest';
import { localFirst } from './functions.ts';

const invocation: FunctionInvocation = {
  functionName: 'charge-order',
  payload: '{}',
  invocationType: 'RequestResponse',
  clientContext: { custom: {} },
  executionArn: 'arn:aws:states:us-east-1:123456789012:execution:m:e',
  signal: new AbortController().signal,
};

function answering(payload: string): FunctionInvoker {
  return {
    invoke: async () => ({ statusCode: 200, executedVersion: '$LATEST', requestId: 'r', payload }),
    close: async () => undefined,
  };
}

function refusing(code: string): FunctionInvoker {
  return {
    invoke: () => Promise.reject(new FunctionServiceError(code, 404, 'r', code)),
    close: async () => undefined,
  };
}

describe('localFirst', () => {
  it('calls the local function', async () => {
    const functions = localFirst(answering('"local"'), answering('"remote"'));
    expect((await functions.invoke(invocation)).payload).toBe('"local"');
  });

  it('goes to the endpoint for a function that is not local', async () => {
    const functions = localFirst(refusing('ResourceNotFoundException'), answering('"remote"'));
    expect((await functions.invoke(invocation)).payload).toBe('"remote"');
  });

  it('does not go elsewhere with any other refusal', async () => {
    const functions = localFirst(refusing('TooManyRequestsException'), answering('"remote"'));
    await expect(functions.invoke(invocation)).rejects.toThrow('TooManyRequestsException');
  });
});
