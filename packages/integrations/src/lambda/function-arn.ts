import type { FunctionInvoker, Integration, TaskRequest } from '@everstep/engine';
import { parseJson } from '@everstep/language';
import { attemptContext, callFunction } from './call-function.ts';

/** A function's ARN as the Resource: the state's parameters are the event, the function's answer is the result. */
export function createFunctionArnIntegration(functions: FunctionInvoker): Integration {
  return {
    async perform(request: TaskRequest) {
      const called = await callFunction(functions, request.resource.arn, {
        functionName: request.resource.arn,
        payload: JSON.stringify(request.parameters),
        invocationType: 'RequestResponse',
        clientContext: attemptContext(request),
        executionArn: request.executionArn,
        signal: request.signal,
      });
      if ('failure' in called) return called.failure;
      return { type: 'succeeded', output: parseJson(called.answer.payload) };
    },
  };
}
