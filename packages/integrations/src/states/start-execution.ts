import {
  type EngineContext,
  type Integration,
  type StartedExecution,
  type TaskOutcome,
  type TaskRequest,
  childExecutionId,
  startExecution,
} from '@everstep/engine';
import { type Json, isObject, setOwn } from '@everstep/language';
import { ApiError } from '@everstep/protocol';
import { randomUUID } from 'node:crypto';
import { withSdkMetadata } from '../sdk-metadata.ts';
import { serviceErrorText } from '../service-error.ts';
import { requireSameAccount } from './same-account.ts';

/**
 * `arn:aws:states:::states:startExecution` in its patterns: request-response, `.sync`, `.sync:2`, `.waitForTaskToken`.
 * The child's id is a function of the attempt, so that performing it twice starts one child; with `.sync` the child's
 * ending commit answers the parent.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
 */
export function createStartExecutionIntegration(context: EngineContext): Integration {
  return {
    async perform(request: TaskRequest): Promise<TaskOutcome> {
      const parameters = readParameters(request.parameters);
      if (typeof parameters === 'string') return { type: 'failed', error: 'States.Runtime', cause: parameters };
      const { executionId, taskId, resource } = request;
      const childId = childExecutionId(executionId, taskId);
      try {
        requireSameAccount(parameters.stateMachineArn, request.executionArn);
        const started = await startExecution(context, {
          stateMachineArn: parameters.stateMachineArn,
          input: parameters.input,
          // The same name at every repetition of the attempt.
          name: parameters.name ?? childId,
          ...(parameters.traceHeader === undefined ? {} : { traceHeader: parameters.traceHeader }),
          parent: { executionId, taskId, sync: resource.pattern === 'sync', childExecutionId: childId },
        });
        const type = resource.pattern === 'requestResponse' ? 'succeeded' : 'submitted';
        return { type, output: describeStarted(started) };
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        return refusal(error);
      }
    },
  };
}

interface StartParameters {
  readonly stateMachineArn: string;
  readonly name: string | undefined;
  /** JSON text. */
  readonly input: string;
  readonly traceHeader: string | undefined;
}

/** A string is what is wrong with them. */
function readParameters(parameters: Json): StartParameters | string {
  if (!isObject(parameters)) return 'The Parameters of states:startExecution must be an object.';
  const { StateMachineArn, Name, Input, TraceHeader } = parameters;
  if (typeof StateMachineArn !== 'string') {
    return "The Parameters of states:startExecution need 'StateMachineArn', a string.";
  }
  if (Name !== undefined && Name !== null && typeof Name !== 'string') return "'Name' must be a string.";
  if (TraceHeader !== undefined && typeof TraceHeader !== 'string') return "'TraceHeader' must be a string.";
  return {
    stateMachineArn: StateMachineArn,
    name: Name ?? undefined,
    input: inputText(Input),
    traceHeader: TraceHeader,
  };
}

/** AWS takes any JSON as Input here, and JSON text as it is; without one (or with null) the child gets `{}`. */
function inputText(input: Json | undefined): string {
  if (input === undefined || input === null) return '{}';
  return typeof input === 'string' ? input : JSON.stringify(input);
}

function describeStarted(started: StartedExecution): Json {
  const output = { ExecutionArn: started.executionArn };
  const requestId = randomUUID();
  const startDate = new Date(started.startDate).toISOString();
  const length = JSON.stringify({ executionArn: started.executionArn, startDate: started.startDate / 1000 }).length;
  const described = withSdkMetadata(output, {
    requestId,
    statusCode: 200,
    headers: {
      connection: 'keep-alive',
      'Content-Length': String(length),
      'Content-Type': 'application/x-amz-json-1.0',
      Date: new Date().toUTCString(),
      'x-amzn-RequestId': requestId,
    },
  });
  setOwn(described, 'StartDate', startDate);
  return described;
}

function refusal(error: ApiError): TaskOutcome {
  const cause = serviceErrorText({
    message: error.message,
    service: 'AWSStepFunctions',
    statusCode: error.status,
    code: error.code,
    requestId: randomUUID(),
  });
  const name = error.code.endsWith('Exception') ? error.code : `${error.code}Exception`;
  return { type: 'failed', error: `StepFunctions.${name}`, cause };
}
