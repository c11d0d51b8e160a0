import type { Expression } from '../data/expression.ts';
import { StatesError, invariant } from '../errors.ts';
import { type StartingItem, itemAt } from '../context-object.ts';
import type { Frame, ItemsRecord, Waiting } from '../execution-state.ts';
import { newFrame } from '../frames.ts';
import type { InspectedMap } from '../inspection.ts';
import { type Json, jsonText } from '../json.ts';
import { INLINE_MAP_CONCURRENCY } from '../limits.ts';
import type { Outcome } from '../outcome.ts';
import type { Run } from '../run.ts';
import type { MapState } from '../syntax/state-machine.ts';
import { integerOf, numberOf } from './numbers.ts';
import { Pipeline, unusableValue } from './pipeline.ts';
import { invalidReference } from './referenced-value.ts';

type Children = Extract<Waiting, { kind: 'children' }>;

/** Writes the items down once and starts as many iterations as may run at once. */
export function startMap(run: Run, frame: Frame, state: MapState, pipeline: Pipeline): Outcome {
  const asked = askedConcurrency(state, pipeline);
  const maxConcurrency = asked === 0 ? INLINE_MAP_CONCURRENCY : Math.min(asked, INLINE_MAP_CONCURRENCY);
  if (state.queryLanguage === 'JSONata') tolerances(state, pipeline);
  const record = itemsOf(frame, state, pipeline);
  const total = record.items.length;
  run.emit(frame, 'MapStateStarted', { mapStateStartedEventDetails: { length: total } });
  if (total === 0) return { kind: 'result', value: [] };
  run.setItems(frame.id, record);
  const counters = { next: 0, open: 0, succeeded: 0, failed: 0, toleratedFailures: 0 };
  run.setWaiting(frame, { kind: 'children', total, maxConcurrency, ...counters });
  startIterations(run, frame, state, frame.lastEventId);
  invariant(frame.waiting !== null, 'a Map that has started waits');
  return { kind: 'wait', waiting: frame.waiting };
}

/** Starts iterations while there are items and room. Each one's first event follows `previousEventId`. */
export function startIterations(run: Run, parent: Frame, state: MapState, previousEventId: number): void {
  const { waiting } = parent;
  const record = run.execution.items.get(parent.id);
  invariant(waiting?.kind === 'children' && record !== undefined, 'frame', parent.id, 'is not in a Map');
  while (waiting.next < waiting.total && waiting.open < waiting.maxConcurrency) {
    startIteration(run, parent, state, { record, waiting, previousEventId });
  }
  run.touch(parent);
}

function startIteration(
  run: Run,
  parent: Frame,
  state: MapState,
  from: { readonly record: ItemsRecord; readonly waiting: Children; readonly previousEventId: number },
): void {
  const { record, waiting } = from;
  const index = waiting.next;
  const input = iterationInput(run, parent, state, itemAt(record, index));
  const details = { mapIterationStartedEventDetails: { name: state.name, index } };
  const eventId = run.emitAside(from.previousEventId, 'MapIterationStarted', details);
  run.addFrame(newFrame({ parent, index }, state.processor.startAt, input, eventId));
  waiting.next += 1;
  waiting.open += 1;
}

/** An iteration's input: its item, or what ItemSelector makes of it. */
export function iterationInput(run: Run, parent: Frame, state: MapState, starting: StartingItem): Json {
  const place = { execution: run.execution, frame: parent, state, eventId: run.nextEventId, now: run.now };
  const pipeline = new Pipeline({ ...place, taskToken: null, item: starting, inspection: null });
  return pipeline.limited(state.itemSelector === null ? starting.value : pipeline.evaluate(state.itemSelector));
}

export function itemsOf(frame: Frame, state: MapState, pipeline: Pipeline): ItemsRecord {
  const value = pipeline.evaluate(state.items);
  const parent = { parentInput: frame.input, parentVariables: frame.variables };
  if (Array.isArray(value)) return { items: value, keys: null, ...parent };
  // An expression's type was checked where it was evaluated: this is the state's input, with no field to blame.
  if (state.queryLanguage === 'JSONata') {
    const detail = `Map state input must be an array but was: ${jsonText(value)}`;
    throw new StatesError('States.QueryEvaluationError', detail);
  }
  throw new StatesError(
    'States.Runtime',
    `Reference path "${state.items.text.replace(/^\$\$/, '$')}" must point to array.`,
  );
}

/** What failures are tolerated. An inline Map tolerates none, but what it says about it must make sense. */
export function tolerances(
  state: MapState,
  pipeline: Pipeline,
): Pick<InspectedMap, 'toleratedFailureCount' | 'toleratedFailurePercentage'> {
  const { toleratedFailureCount: count, toleratedFailurePercentage: percentage } = state;
  return {
    toleratedFailureCount: count === null ? null : countOf(state, count, pipeline),
    toleratedFailurePercentage: percentage === null ? null : percentageOf(state, percentage, pipeline),
  };
}

function countOf(state: MapState, expression: Expression, pipeline: Pipeline): number {
  const field = 'ToleratedFailureCount';
  const value = pipeline.evaluate(expression);
  const count = integerOf(value);
  if (count === null) throw invalidReference({ state, field, expression }, 'integer', value);
  if (count < 0) throw unusableValue(state, field, 'ToleratedFailureCount cannot be negative.');
  return count;
}

function percentageOf(state: MapState, expression: Expression, pipeline: Pipeline): number {
  const field = 'ToleratedFailurePercentage';
  const value = pipeline.evaluate(expression);
  const percentage = numberOf(value);
  if (percentage === null) throw invalidReference({ state, field, expression }, 'float', value);
  if (percentage >= 0 && percentage <= 100) return percentage;
  throw unusableValue(state, field, 'ToleratedFailurePercentage must be between 0 and 100.');
}

/** What MaxConcurrency asks for; 0: as many as may be. */
export function askedConcurrency(state: MapState, pipeline: Pipeline): number {
  return state.maxConcurrency === null ? 0 : concurrency(state, state.maxConcurrency, pipeline);
}

/** A number, or a text that is one. */
function concurrency(state: MapState, expression: Expression, pipeline: Pipeline): number {
  const value = pipeline.evaluate(expression);
  const number = integerOf(value);
  if (number === null) throw invalidReference({ state, field: 'MaxConcurrency', expression }, 'integer', value);
  if (number < 0) throw unusableValue(state, 'MaxConcurrency', 'MaxConcurrency cannot be negative.');
  return number;
}
