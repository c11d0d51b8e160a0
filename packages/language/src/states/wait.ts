import type { Expression } from '../data/expression.ts';
import { StatesError } from '../errors.ts';
import { type Json, isNumber, jsonText, toNumber } from '../json.ts';
import { MAX_WAIT_SECONDS } from '../limits.ts';
import { type Outcome, UnusableValueError } from '../outcome.ts';
import type { WaitState } from '../syntax/state-machine.ts';
import { parseTimestamp } from '../syntax/timestamp.ts';
import type { Pipeline } from './pipeline.ts';

/** Parks until the moment asked for; a moment already past takes no time at all. */
export function startWait(state: WaitState, pipeline: Pipeline, now: number): Outcome {
  const until = state.until.kind === 'seconds' ? now + seconds(state, pipeline) * 1000 : moment(state, pipeline);
  if (until - now > MAX_WAIT_SECONDS * 1000) throw new StatesError('States.Runtime', 'Wait state delay is too long.');
  return until <= now ? finishWait(state, pipeline) : { kind: 'wait', waiting: { kind: 'timer', until } };
}

export function finishWait(state: WaitState, pipeline: Pipeline): Outcome {
  return pipeline.handOn(state.assign, state.output, state.next);
}

function seconds(state: WaitState, pipeline: Pipeline): number {
  const { field, value: expression } = state.until;
  const value = inputValue(state, pipeline, expression);
  const number = isNumber(value) ? toNumber(value) : Number.NaN;
  if (!Number.isInteger(number)) {
    const detail = `The ${field} parameter does not reference a valid integer: ${expression.text} == ${shown(value)}`;
    throw unusable(state, detail);
  }
  if (number < 0) {
    const detail = `The ${field} parameter references a negative value: ${expression.text} == ${shown(value)}`;
    throw unusable(state, detail);
  }
  return number;
}

/** Milliseconds since the epoch, rounded up: a Wait never ends before its moment. */
function moment(state: WaitState, pipeline: Pipeline): number {
  const { field, value: expression } = state.until;
  const value = inputValue(state, pipeline, expression);
  const timestamp = typeof value === 'string' ? parseTimestamp(value) : null;
  if (timestamp !== null) return timestamp.seconds * 1000 + Math.ceil(timestamp.nanoseconds / 1_000_000);
  if (field === 'TimestampPath') {
    const what = 'a valid ISO-8601 extended offset date-time format string';
    const detail = `The TimestampPath parameter does not reference ${what}: ${expression.text} == ${shown(value)}`;
    throw new StatesError('States.Runtime', detail);
  }
  const detail = `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${shown(value)}`;
  throw unusable(state, detail);
}

/** The field has a value, but the wait cannot use it: by then the state has been entered. */
function unusable(state: WaitState, detail: string): StatesError {
  if (state.queryLanguage === 'JSONPath') return new StatesError('States.Runtime', detail);
  return new UnusableValueError('States.QueryEvaluationError', detail, state.until.field);
}

/** A path without a value has a text of its own here, where other fields show the input. */
function inputValue(state: WaitState, pipeline: Pipeline, expression: Expression): Json {
  const { field } = state.until;
  if (field !== 'SecondsPath' && field !== 'TimestampPath') return pipeline.evaluate(expression);
  try {
    return pipeline.evaluate(expression);
  } catch (error) {
    if (!(error instanceof StatesError)) throw error;
    const detail = `The ${field} parameter does not reference an input value: ${expression.text}`;
    throw new StatesError('States.Runtime', detail);
  }
}

function shown(value: Json): string {
  return typeof value === 'string' ? value : jsonText(value);
}
