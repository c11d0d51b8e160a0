import type { FieldTable, Fields } from './fields.ts';
import { MAXIMUM_SECONDS } from './fields.ts';
import { readAssign, readPayload, readResultPath, statesFieldsOf } from './state-fields.ts';
import type { StateContext } from './state-fields.ts';
import type { Catcher, Retrier } from './state-machine.ts';

const RETRIER_FIELDS: FieldTable = {
  Comment: 'both',
  ErrorEquals: 'both',
  IntervalSeconds: 'both',
  MaxAttempts: 'both',
  BackoffRate: 'both',
  MaxDelaySeconds: 'both',
  JitterStrategy: 'both',
};

const CATCHER_FIELDS: FieldTable = {
  Comment: 'both',
  ErrorEquals: 'both',
  Next: 'both',
  Assign: 'both',
  ResultPath: 'JSONPath',
  Output: 'JSONata',
};

/** A leap year. */
const MAXIMUM_DELAY_SECONDS = 31_622_400;

export function readErrorHandling(
  fields: Fields,
  context: StateContext,
): { retry: readonly Retrier[]; catch: readonly Catcher[] } {
  const retriers = fields.objects('Retry', true);
  const catchers = fields.objects('Catch', true);
  return {
    retry: retriers.map((retrier, index) => readRetrier(retrier, context, index === retriers.length - 1)),
    catch: catchers.map((catcher, index) => readCatcher(catcher, context, index === catchers.length - 1)),
  };
}

function readRetrier(fields: Fields, context: StateContext, isLast: boolean): Retrier {
  fields.expectOnly(RETRIER_FIELDS, context.compiler.queryLanguage);
  fields.require('ErrorEquals');
  fields.string('Comment');
  const intervalSeconds = fields.integer('IntervalSeconds', { minimum: 0, maximum: MAXIMUM_SECONDS }) ?? 1;
  const maxDelaySeconds = fields.integer('MaxDelaySeconds', { minimum: 1, maximum: MAXIMUM_DELAY_SECONDS });
  if (maxDelaySeconds !== null && maxDelaySeconds <= intervalSeconds) {
    fields.report('MaxDelaySeconds must be greater than IntervalSeconds', fields.at('MaxDelaySeconds'));
  }
  return {
    errorEquals: readErrorEquals(fields, isLast),
    intervalSeconds,
    maxAttempts: fields.integer('MaxAttempts', { minimum: 0, maximum: MAXIMUM_SECONDS }) ?? 3,
    backoffRate: fields.number('BackoffRate', { minimum: 1 }) ?? 2,
    maxDelaySeconds,
    jitterStrategy: fields.choice('JitterStrategy', ['NONE', 'FULL']) ?? 'NONE',
  };
}

function readCatcher(fields: Fields, context: StateContext, isLast: boolean): Catcher {
  fields.expectOnly(CATCHER_FIELDS, context.compiler.queryLanguage);
  fields.require('ErrorEquals', 'Next');
  const available = statesFieldsOf('catcher');
  fields.string('Comment');
  return {
    errorEquals: readErrorEquals(fields, isLast),
    next: fields.string('Next') ?? '',
    resultPath: readResultPath(fields, context),
    output: context.compiler.queryLanguage === 'JSONata' ? readPayload(fields, context, 'Output', available) : null,
    assign: readAssign(fields, context, available),
  };
}

/** `States.ALL` must stand alone and in the last entry, for nothing after it could match. */
function readErrorEquals(fields: Fields, isLast: boolean): readonly string[] {
  const names = fields.strings('ErrorEquals');
  if (names.includes('States.ALL') && (names.length > 1 || !isLast)) {
    fields.report('States.ALL must appear alone and at end of list', fields.at('ErrorEquals'));
  }
  return names;
}
