import type { TaskRequest } from '@everstep/engine';
import { isObject } from '@everstep/language';
import { attemptUuid, isMissing } from './attempt-keys.ts';
import type { SdkCall, SdkCaller } from './sdk-caller.ts';

/**
 * An attempt of `aws-sdk:sfn:startExecution` that is performed again, after a worker died, finds the name taken by the
 * execution that it started itself: where that has ended already, Step Functions refuses. It is the answer all the same.
 */
export async function startedBefore(caller: SdkCaller, request: TaskRequest, call: SdkCall): Promise<SdkCall> {
  const { parameters, resource, attemptId } = request;
  const isRepeated =
    call.type === 'refused' &&
    call.refusal.code === 'ExecutionAlreadyExists' &&
    `${resource.service}:${resource.operation}` === 'aws-sdk:sfn:startExecution';
  // A name of the state's own may be taken by anybody's execution.
  if (!isRepeated || !isObject(parameters) || !isMissing(parameters, 'Name')) return call;
  const machine = parameters['StateMachineArn'];
  if (typeof machine !== 'string') return call;
  const [arn, partition, service, region, account, , name] = machine.split(':');
  const executionArn = [arn, partition, service, region, account, 'execution', name, attemptUuid(attemptId)].join(':');
  const described = await caller.call(request, 'sfn', 'describeExecution', { ExecutionArn: executionArn });
  if (described.type !== 'answered') return call;
  const { ExecutionArn, StartDate } = described.output;
  if (ExecutionArn === undefined || StartDate === undefined) return call;
  return { ...described, output: { ExecutionArn, StartDate } };
}
