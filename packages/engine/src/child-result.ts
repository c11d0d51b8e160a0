import {
  type Activation,
  type EndExecution,
  type Json,
  type JsonObject,
  type PendingTask,
  isObject,
  parseJson,
  setOwn,
} from '@everstep/language';
import { encodeActivation } from './activation-codec.ts';
import { batchedItems, isMapChild } from './map-run/map-children.ts';
import { encodeSignal } from './map-run/map-run-signal.ts';
import type { ExecutionRecord, ParentTask } from './ports/execution-store.ts';
import type { Arrival } from './ports/run-store.ts';

/** Who waits for the end of an execution hears of it: a `.sync` parent, or the Map Run that it is a child of. */
export function endArrivals(execution: ExecutionRecord, end: EndExecution, stopDate: number): Arrival[] {
  const { parent } = execution;
  if (parent?.sync !== true) return [];
  if (!isMapChild(execution)) return [childResultArrival(execution, parent, end, stopDate)];
  const items = batchedItems(execution.input);
  const signal = encodeSignal({ type: 'ChildEnded', index: parent.taskId, status: end.status, items });
  return [{ executionId: parent.executionId, activation: signal }];
}

/**
 * What a `.sync` parent is told: the child as DescribeExecution shows it, in AWS's capitalisation, Input and Output as
 * JSON text. A child that did not succeed is `States.TaskFailed` with the whole object as its cause.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
 */
function childResultArrival(child: ExecutionRecord, parent: ParentTask, end: EndExecution, stopDate: number): Arrival {
  const described: JsonObject = {
    ExecutionArn: child.executionArn,
    Input: child.input,
    InputDetails: { Included: true },
    Name: child.name,
  };
  if (end.error !== undefined) setOwn(described, 'Error', end.error);
  if (end.cause !== undefined) setOwn(described, 'Cause', end.cause);
  if (end.output !== undefined) {
    setOwn(described, 'Output', end.output);
    setOwn(described, 'OutputDetails', { Included: true });
  }
  setOwn(described, 'RedriveCount', child.redriveCount);
  setOwn(described, 'RedriveStatus', end.status === 'SUCCEEDED' ? 'NOT_REDRIVABLE' : 'REDRIVABLE');
  if (end.status === 'SUCCEEDED') {
    setOwn(described, 'RedriveStatusReason', 'Execution is SUCCEEDED and cannot be redriven');
  }
  setOwn(described, 'StartDate', child.startDate);
  setOwn(described, 'StateMachineArn', child.stateMachineArn);
  setOwn(described, 'Status', end.status);
  setOwn(described, 'StopDate', stopDate);
  const activation: Activation = {
    at: stopDate,
    type: 'ChildResult',
    taskId: parent.taskId,
    result:
      end.status === 'SUCCEEDED'
        ? { ok: true, output: described }
        : { ok: false, error: 'States.TaskFailed', cause: JSON.stringify(described) },
  };
  return { executionId: parent.executionId, activation: encodeActivation(activation) };
}

/** `.sync:2` gets Input and Output parsed; `.sync` leaves them as text. */
export function shapeChildResult(activation: Activation, pending: readonly PendingTask[]): Activation {
  if (activation.type !== 'ChildResult' || !activation.result.ok) return activation;
  const task = pending.find((candidate) => candidate.taskId === activation.taskId);
  if (task?.resource.syncVersion !== 2 || !isObject(activation.result.output)) return activation;
  const output: JsonObject = {};
  for (const [key, value] of Object.entries(activation.result.output)) {
    setOwn(output, key, key === 'Input' || key === 'Output' ? parsed(value) : value);
  }
  return { ...activation, result: { ok: true, output } };
}

function parsed(value: Json): Json {
  return typeof value === 'string' ? parseJson(value) : value;
}
