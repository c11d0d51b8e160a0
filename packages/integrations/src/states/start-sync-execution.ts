import type { Integration, StartSyncExecutionRequest, SyncExecution, TaskOutcome, TaskRequest } from '@everstep/engine';
import { type Json, type JsonObject, isObject } from '@everstep/language';
import { ApiError } from '@everstep/protocol';
import { randomUUID } from 'node:crypto';
import { sdkErrorText } from '../aws-sdk/aws-sdk.ts';
import { requireSameAccount } from './same-account.ts';

/**
 * `arn:aws:states:::aws-sdk:sfn:startSyncExecution`: an Express execution inside this process. Whatever its end, the task
 * succeeds with a description of it, as in AWS; an attempt performed twice is two executions.
 * https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
 */
export function createStartSyncExecutionIntegration(
  start: (request: StartSyncExecutionRequest) => Promise<SyncExecution>,
): Integration {
  return {
    async perform(request: TaskRequest): Promise<TaskOutcome> {
      const parameters = readParameters(request.parameters);
      if (typeof parameters === 'string') return { type: 'failed', error: 'States.Runtime', cause: parameters };
      try {
        requireSameAccount(parameters.stateMachineArn, request.executionArn);
        return { type: 'succeeded', output: describe(await start(parameters)) };
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        return refusal(error);
      }
    },
  };
}

/** A string is what is wrong with them. */
function readParameters(parameters: Json): StartSyncExecutionRequest | string {
  if (!isObject(parameters)) return 'The parameters of sfn:startSyncExecution must be an object.';
  const { StateMachineArn, Name, Input, TraceHeader } = parameters;
  if (typeof StateMachineArn !== 'string') {
    return "The parameters of sfn:startSyncExecution need 'StateMachineArn', a string.";
  }
  if (Name !== undefined && typeof Name !== 'string') return "'Name' must be a string.";
  if (TraceHeader !== undefined && typeof TraceHeader !== 'string') return "'TraceHeader' must be a string.";
  return {
    stateMachineArn: StateMachineArn,
    ...(Name === undefined ? {} : { name: Name }),
    ...(Input === undefined || Input === null ? {} : { input: inputText(Input) }),
    ...(TraceHeader === undefined ? {} : { traceHeader: TraceHeader }),
  };
}

/** AWS turns JSON into text where the service's own parameter is text. */
function inputText(input: Json): string {
  return typeof input === 'string' ? input : JSON.stringify(input);
}

/** Members in the capitalisation of AWS's SDK integrations, times in ISO 8601. */
function describe(ended: SyncExecution): JsonObject {
  const { error, cause, output, traceHeader } = ended;
  return {
    BillingDetails: {
      BilledDurationInMilliseconds: ended.billedDurationInMilliseconds,
      BilledMemoryUsedInMB: ended.billedMemoryUsedInMB,
    },
    ...(cause === undefined ? {} : { Cause: cause }),
    ...(error === undefined ? {} : { Error: error }),
    ExecutionArn: ended.executionArn,
    Input: ended.input,
    InputDetails: { Included: true },
    Name: ended.name,
    ...(output === undefined ? {} : { Output: output }),
    OutputDetails: { Included: true },
    StartDate: new Date(ended.startDate).toISOString(),
    StateMachineArn: ended.stateMachineArn,
    Status: ended.status,
    StopDate: new Date(ended.stopDate).toISOString(),
    ...(traceHeader === undefined ? {} : { TraceHeader: traceHeader }),
  };
}

/** In the names and words of AWS's SDK integrations: the Java SDK, version 2. */
function refusal(error: ApiError): TaskOutcome {
  const name = error.code.endsWith('Exception') ? error.code : `${error.code}Exception`;
  const facts = { message: error.message, statusCode: error.status, requestId: randomUUID(), extendedRequestId: null };
  const cause = sdkErrorText('Sfn', facts);
  return { type: 'failed', error: `Sfn.${name}`, cause };
}
