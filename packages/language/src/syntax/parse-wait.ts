import type { Expression } from '../data/expression.ts';
import { constantExpression } from '../data/payload-template.ts';
import type { FieldTable, Fields } from './fields.ts';
import { MAXIMUM_SECONDS } from './fields.ts';
import {
  COMMON_FIELDS,
  INPUT_OUTPUT_FIELDS,
  NEXT_FIELDS,
  readAssign,
  readCommon,
  readExpression,
  readInputOutput,
  readNext,
  readPath,
} from './state-fields.ts';
import type { StateContext } from './state-fields.ts';
import type { WaitState } from './state-machine.ts';
import { parseTimestamp } from './timestamp.ts';

const FIELDS: FieldTable = {
  ...COMMON_FIELDS,
  ...NEXT_FIELDS,
  ...INPUT_OUTPUT_FIELDS,
  Assign: 'both',
  Seconds: 'both',
  Timestamp: 'both',
  SecondsPath: 'JSONPath',
  TimestampPath: 'JSONPath',
};

export function parseWait(fields: Fields, context: StateContext): WaitState {
  fields.expectOnly(FIELDS, context.compiler.queryLanguage);
  fields.oneOf(['SecondsPath', 'Seconds', 'TimestampPath', 'Timestamp'], true);
  return {
    ...readCommon(fields, context),
    ...readInputOutput(fields, context),
    type: 'Wait',
    next: readNext(fields),
    assign: readAssign(fields, context),
    until: readUntil(fields, context),
  };
}

function readUntil(fields: Fields, context: StateContext): WaitState['until'] {
  const seconds = readSeconds(fields, context);
  if (seconds !== null) return { kind: 'seconds', field: 'Seconds', value: seconds };
  const secondsPath = readPath(fields, context, 'SecondsPath');
  if (secondsPath !== null) return { kind: 'seconds', field: 'SecondsPath', value: secondsPath };
  const timestamp = readTimestamp(fields, context);
  if (timestamp !== null) return { kind: 'timestamp', field: 'Timestamp', value: timestamp };
  const timestampPath = readPath(fields, context, 'TimestampPath');
  if (timestampPath !== null) return { kind: 'timestamp', field: 'TimestampPath', value: timestampPath };
  // Reported above; the machine is refused, so that this wait never runs.
  return { kind: 'seconds', field: 'Seconds', value: constantExpression(0) };
}

function readSeconds(fields: Fields, context: StateContext): Expression | null {
  const value = fields.get('Seconds');
  if (value !== undefined && context.compiler.isExpression(value)) {
    return readExpression(fields, context, 'Seconds', value, 'number');
  }
  const seconds = fields.integer('Seconds', { minimum: 0, maximum: MAXIMUM_SECONDS });
  return seconds === null ? null : constantExpression(seconds);
}

function readTimestamp(fields: Fields, context: StateContext): Expression | null {
  const value = fields.get('Timestamp');
  if (value !== undefined && context.compiler.isExpression(value)) {
    return readExpression(fields, context, 'Timestamp', value, 'string');
  }
  const text = fields.string('Timestamp');
  if (text === null) return null;
  if (parseTimestamp(text) === null) {
    fields.report('String does not match RFC3339 timestamp', fields.at('Timestamp'));
    return null;
  }
  return constantExpression(text);
}
