import type { ExecutionFacts, ExecutionState, Frame, ItemsRecord } from './execution-state.ts';
import { parentOf } from './frames.ts';
import { type Json, type JsonObject, parseJson } from './json.ts';
import type { State } from './syntax/state-machine.ts';

const inputs = new WeakMap<ExecutionFacts, Json>();
/** The input that was read last: most executions ask for theirs only once. */
let recent: { readonly facts: ExecutionFacts; readonly input: Json } | null = null;

/** The execution's input, parsed for its start and once more at most. */
export function executionInput(facts: ExecutionFacts): Json {
  if (recent?.facts === facts) return recent.input;
  const known = inputs.get(facts);
  const input = known ?? parseJson(facts.input);
  recent = { facts, input };
  return input;
}

/** As {@link executionInput}, for a place that asks again and again. */
function keptInput(facts: ExecutionFacts): Json {
  const known = inputs.get(facts);
  if (known !== undefined) return known;
  const input = executionInput(facts);
  inputs.set(facts, input);
  return input;
}

/** The position in a Map whose iteration is about to start: its frame does not exist yet. */
export interface StartingItem {
  readonly index: number;
  readonly value: Json;
  /** Where the Map runs over an object. */
  readonly key?: string;
  /** Where an ItemReader found it: `S3://bucket/key`. */
  readonly source?: string;
}

/** The item at an index of a Map in progress. */
export function itemAt(record: Pick<ItemsRecord, 'items' | 'keys'>, index: number): StartingItem {
  const value = record.items[index] ?? null;
  const key = record.keys?.[index];
  return key === undefined ? { index, value } : { index, value, key };
}

/** What `$$` names in a frame's current state. See https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html */
export function contextObject(
  execution: ExecutionState,
  frame: Frame,
  state: State,
  extra: { readonly taskToken: string | null; readonly item: StartingItem | null },
): JsonObject {
  const { facts, head } = execution;
  const context: JsonObject = {
    Execution: {
      Id: facts.executionArn,
      Input: keptInput(facts),
      StartTime: isoTime(facts.startTime),
      Name: facts.name,
      RoleArn: facts.roleArn,
      // An Express execution cannot be redriven, and AWS names no count for it.
      ...(isExpress(facts) ? {} : { RedriveCount: head.redriveCount }),
      ...(head.redriveTime === undefined ? {} : { RedriveTime: isoTime(head.redriveTime) }),
    },
    StateMachine: { Id: facts.stateMachineArn, Name: facts.stateMachineName },
    State: stateContext(frame, state),
  };
  const item = extra.item ?? itemOf(execution, frame);
  if (item !== null) context['Map'] = { Item: itemContext(item) };
  if (extra.taskToken !== null) context['Task'] = { Token: extra.taskToken };
  return context;
}

/** Express executions have ARNs of their own: `arn:aws:states:<region>:<account>:express:<machine>:<name>:<id>`. */
function isExpress({ executionArn }: ExecutionFacts): boolean {
  return executionArn.split(':', 6)[5] === 'express';
}

/** RetryCount is there in the states that can be retried. */
function stateContext(frame: Frame, state: State): JsonObject {
  const context: JsonObject = { Name: frame.state, EnteredTime: isoTime(frame.enteredTime) };
  if ('retry' in state) context['RetryCount'] = frame.retryCount;
  return context;
}

function itemContext({ index, value, key, source }: StartingItem): JsonObject {
  return {
    Index: index,
    ...(key === undefined ? {} : { Key: key }),
    Value: value,
    ...(source === undefined ? {} : { Source: source }),
  };
}

/** The item of the innermost Map iteration around a frame. */
export function itemOf(execution: ExecutionState, frame: Frame): StartingItem | null {
  for (let at = frame; at.parent !== null; ) {
    const record = execution.items.get(at.parent);
    if (record !== undefined) return itemAt(record, at.index);
    const parent = parentOf(execution, at);
    if (parent === null) return null;
    at = parent;
  }
  return null;
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
