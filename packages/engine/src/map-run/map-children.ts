import {
  CHECKPOINT_FORMAT,
  type ExecutionFacts,
  createExecution,
  isObject,
  parseJson,
  saveHead,
} from '@everstep/language';
import { executionArn, expressArn, nameOfArn } from '@everstep/protocol';
import { encodeActivation } from '../activation-codec.ts';
import { childExecutionId } from '../execution-ids.ts';
import type { ExecutionRecord } from '../ports/execution-store.ts';
import type { NewExecution } from '../ports/run-store.ts';

/** `arn:aws:states:<region>:<account>:stateMachine:<machine>/<label>`: what the children of a Distributed Map are executions of. */
export function labelledArn(stateMachineArn: string, label: string): string {
  return `${stateMachineArn.replace(/\/.*$/, '')}/${label}`;
}

/** The label in a labelled ARN of a machine; null: it is a machine's own. */
export function labelOfArn(stateMachineArn: string): string | null {
  const slash = stateMachineArn.indexOf('/');
  return slash < 0 ? null : stateMachineArn.slice(slash + 1);
}

/** Whether an execution is a child of a Map Run: then its parent is that, and its parent's task the child's number. */
export function isMapChild({ stateMachineArn }: Pick<ExecutionRecord, 'stateMachineArn'>): boolean {
  return labelOfArn(stateMachineArn) !== null;
}

/** The Map Run that an execution is a child of; null: of none. */
export function mapRunArnOf({
  stateMachineArn,
  parent,
}: Pick<ExecutionRecord, 'stateMachineArn' | 'parent'>): string | null {
  if (parent === null || labelOfArn(stateMachineArn) === null) return null;
  return `${stateMachineArn.replace(':stateMachine:', ':mapRun:')}:${parent.executionId}`;
}

/**
 * A child's execution id, from the last part of its ARN: children are named by their ids, so that no name need be claimed
 * for them. null: the ARN is no child's.
 */
export function childIdOfArn(arn: string): string | null {
  const [, , , , , kind, machine, name] = arn.split(':');
  return kind === 'execution' && machine?.includes('/') === true && name !== undefined ? name : null;
}

export interface ChildOrigin {
  readonly mapRunId: string;
  /** Of the execution that the Map stands in. */
  readonly parent: Pick<ExecutionRecord, 'stateMachineArn' | 'revisionId'>;
  readonly label: string;
  readonly graceMs: number;
}

/** A Standard child, named by its id, which is a function of the Map Run and the child's number. */
export function standardChild(
  { mapRunId, parent, label, graceMs }: ChildOrigin,
  index: number,
  input: string,
  startDate: number,
): NewExecution {
  const executionId = childExecutionId(mapRunId, index);
  const stateMachineArn = labelledArn(parent.stateMachineArn, label);
  const arn = executionArn(stateMachineArn, executionId);
  const facts: ExecutionFacts = {
    ...{ executionId, executionArn: arn, name: executionId, stateMachineArn },
    stateMachineName: nameOfArn(stateMachineArn),
    ...{ stateMachineVersionArn: null, stateMachineAliasArn: null, roleArn: '', region: '' },
    ...{ startTime: startDate, input, tokenKey: '' },
  };
  return {
    ...{ executionId, executionArn: arn, name: executionId, stateMachineArn, revisionId: parent.revisionId },
    ...{ input, startDate, traceHeader: null },
    parent: { executionId: mapRunId, taskId: index, sync: true },
    checkpoint: saveHead(createExecution(facts)),
    format: CHECKPOINT_FORMAT,
    activation: encodeActivation({ at: startDate, type: 'Start' }),
    graceMs,
  };
}

export interface ExpressChild {
  readonly executionId: string;
  readonly executionArn: string;
  readonly name: string;
  readonly stateMachineArn: string;
}

export function expressChild({ mapRunId, parent, label }: ChildOrigin, index: number): ExpressChild {
  const executionId = childExecutionId(mapRunId, index);
  const stateMachineArn = labelledArn(parent.stateMachineArn, label);
  return {
    executionId,
    executionArn: expressArn(stateMachineArn, executionId, executionId),
    name: executionId,
    stateMachineArn,
  };
}

/** How many items a child was given, where its Map batches them. */
export function batchedItems(input: string): number {
  if (!input.includes('"Items"')) return 1;
  const value = parseJson(input);
  const items = isObject(value) ? value['Items'] : undefined;
  return Array.isArray(items) && items.length > 0 ? items.length : 1;
}
