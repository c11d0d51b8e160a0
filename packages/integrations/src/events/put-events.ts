import type { Integration, TaskOutcome, TaskRequest } from '@everstep/engine';
import { type Json, type JsonObject, isNumber, isObject, jsonText, toNumber } from '@everstep/language';
import type { SdkCaller } from '../aws-sdk/sdk-caller.ts';
import { createOptimizedIntegration } from '../optimized.ts';

/**
 * `arn:aws:states:::events:putEvents`, and with `.waitForTaskToken`. One entry that is not accepted fails the task.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
 */
export function createPutEventsIntegration(caller: SdkCaller): Integration {
  const events = {
    ...{ client: 'eventbridge', prefix: 'EventBridge', service: 'AmazonEventBridge' },
    exception: 'AmazonEventBridgeException',
    prepare: withExecution,
    failureIn: failedEntry,
  };
  return createOptimizedIntegration(caller, events, 'putEvents');
}

/** Every event names the execution and the machine among its resources. */
function withExecution({ parameters, executionArn, stateMachineArn }: TaskRequest): Json {
  if (!isObject(parameters) || !Array.isArray(parameters['Entries'])) return parameters;
  const entries = parameters['Entries'].map((entry) => {
    if (!isObject(entry)) return entry;
    const given = Array.isArray(entry['Resources']) ? entry['Resources'] : [];
    return { ...entry, Resources: [...given, stateMachineArn, executionArn] };
  });
  return { ...parameters, Entries: entries };
}

function failedEntry(output: JsonObject): TaskOutcome | null {
  const { FailedEntryCount } = output;
  if (!isNumber(FailedEntryCount) || toNumber(FailedEntryCount) === 0) return null;
  return { type: 'failed', error: 'EventBridge.FailedEntry', cause: jsonText(output) };
}
