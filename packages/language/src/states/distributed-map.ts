import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { MapRunResult } from '../activation.ts';
import { itemOf } from '../context-object.ts';
import { StatesError, errorOf } from '../errors.ts';
import type { ExecutionFacts, ExecutionState, Frame, PendingMapRun } from '../execution-state.ts';
import { parentOf } from '../frames.ts';
import { type Json, type JsonObject, isObject, setOwn } from '../json.ts';
import type { MapRunPlan } from '../map-run/map-run-plan.ts';
import type { Outcome } from '../outcome.ts';
import type { Run } from '../run.ts';
import { labelOf } from '../syntax/map-labels.ts';
import type { MapState } from '../syntax/state-machine.ts';
import { askedConcurrency, itemsOf, tolerances } from './map.ts';
import type { Pipeline } from './pipeline.ts';

type Items = Pick<MapRunPlan, 'items' | 'keys'>;

/** Writes down what the Map Run needs, and waits for its end. Its children are executions of their own. */
export function startMapRun(run: Run, frame: Frame, state: MapState, pipeline: Pipeline): Outcome {
  const maxConcurrency = askedConcurrency(state, pipeline);
  const early = state.queryLanguage === 'JSONata' ? tolerances(state, pipeline) : null;
  const items = state.itemReader === null ? distributedItems(frame, state, pipeline) : NO_ITEMS;
  // How many there are in a dataset is not known yet.
  run.emit(frame, 'MapStateStarted', { mapStateStartedEventDetails: { length: items.items?.length ?? 0 } });
  const tolerated = early ?? tolerances(state, pipeline);
  const mapRunId = mapRunIdOf(run.execution.facts, run.nextEventId, run.now);
  const label = labelOf(state);
  const mapRunArn = mapRunArnOf(run.execution.facts, label, mapRunId);
  const taskId = run.emit(frame, 'MapRunStarted', { mapRunStartedEventDetails: { mapRunArn } });
  const { head } = run.execution;
  const plan: MapRunPlan = {
    ...{ label, startedAt: run.now, maxConcurrency, ...tolerated, ...items },
    input: frame.input,
    variables: variablesOf(run.execution, frame),
    enteredTime: frame.enteredTime,
    retryCount: frame.retryCount,
    item: itemOf(run.execution, frame),
    redriveCount: head.redriveCount,
    redriveTime: head.redriveTime ?? null,
  };
  run.command({ type: 'StartMapRun', taskId, mapRunId, mapRunArn, plan });
  const mapRun: PendingMapRun = { taskId, mapRunId, mapRunArn, redriveCount: 0, succeeded: false };
  return { kind: 'wait', waiting: { kind: 'mapRun', mapRun } };
}

/** The Map Run has ended: its last event, and what it means for the state. */
export function answerMapRun(run: Run, frame: Frame, mapRun: PendingMapRun, result: MapRunResult): Outcome {
  run.closeTask(frame, 'completed');
  if (!result.ok) {
    const failure = errorOf(result);
    run.emit(frame, 'MapRunFailed', { mapRunFailedEventDetails: failure });
    return { kind: 'fail', failure };
  }
  mapRun.succeeded = true;
  run.emit(frame, 'MapRunSucceeded');
  return { kind: 'result', value: result.output };
}

/** The execution has been redriven: the Map Run goes on with its children that did not succeed. */
export function redriveMapRun(run: Run, frame: Frame, previousEventId: number): void {
  if (frame.waiting?.kind !== 'mapRun') return;
  const { mapRunId, mapRunArn } = frame.waiting.mapRun;
  const redriveCount = frame.waiting.mapRun.redriveCount + 1;
  const details = { mapRunRedrivenEventDetails: { mapRunArn, redriveCount } };
  frame.lastEventId = previousEventId;
  const taskId = run.emit(frame, 'MapRunRedriven', details);
  run.command({ type: 'RedriveMapRun', taskId, mapRunId, mapRunArn, redriveCount });
  const mapRun: PendingMapRun = { taskId, mapRunId, mapRunArn, redriveCount, succeeded: false };
  run.setWaiting(frame, { kind: 'mapRun', mapRun });
}

const NO_ITEMS: Items = { items: null, keys: null };

/** An array, or an object whose members are the items. */
function distributedItems(frame: Frame, state: MapState, pipeline: Pipeline): Items {
  if (state.queryLanguage === 'JSONata') {
    const value = pipeline.evaluate(state.items);
    if (isObject(value)) return { items: Object.values(value), keys: Object.keys(value) };
    if (!Array.isArray(value) && state.items.text !== '$') throw notIterable(value);
  }
  const { items } = itemsOf(frame, state, pipeline);
  return { items, keys: null };
}

function notIterable(value: Json): StatesError {
  const kind = value === null ? 'null' : typeof value;
  const detail = `The Items field must be an array or an object, but it is of type '${kind}'.`;
  return new StatesError('States.QueryEvaluationError', detail);
}

/** All that the state sees, its own scope first. */
function variablesOf(execution: ExecutionState, frame: Frame): JsonObject {
  const variables: JsonObject = {};
  for (let at: Frame | null = frame; at !== null; at = parentOf(execution, at)) {
    for (const [name, value] of Object.entries(at.variables)) {
      if (!Object.hasOwn(variables, name)) setOwn(variables, name, value);
    }
  }
  return variables;
}

/**
 * A UUIDv7 that is a function of the execution and the event, so that a transition can be repeated. It carries the
 * moment of its start, and its execution's last byte, which tells whose turn it is among the state machines.
 */
function mapRunIdOf({ executionId }: ExecutionFacts, eventId: number, now: number): string {
  const time = now.toString(16).padStart(12, '0');
  const hex = bytesToHex(sha256(utf8ToBytes(`${executionId}:${eventId}:map-run`)));
  const variant = (8 + (Number.parseInt(hex.charAt(3), 16) & 3)).toString(16);
  const node = hex.slice(7, 17) + executionId.slice(-2);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-${variant}${hex.slice(4, 7)}-${node}`;
}

/** `arn:aws:states:<region>:<account>:mapRun:<machine>/<label>:<id>`; a child's machine already has a label, which goes. */
function mapRunArnOf({ stateMachineArn }: ExecutionFacts, label: string, mapRunId: string): string {
  const machine = stateMachineArn.replace(':stateMachine:', ':mapRun:').replace(/\/.*$/, '');
  return `${machine}/${label}:${mapRunId}`;
}
