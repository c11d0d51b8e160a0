import { constantExpression } from '../data/payload-template.ts';
import type { Json } from '../json.ts';
import type { FieldTable, Fields } from './fields.ts';
import { looksDynamic } from './json-path-compiler.ts';
import { nestedValues } from './expression-compiler.ts';
import {
  COMMON_FIELDS,
  INPUT_OUTPUT_FIELDS,
  NEXT_FIELDS,
  readAssign,
  readCommon,
  readInputOutput,
  readNext,
  readPayload,
  readResultPath,
} from './state-fields.ts';
import type { StateContext } from './state-fields.ts';
import type { PassState } from './state-machine.ts';

const FIELDS: FieldTable = {
  ...COMMON_FIELDS,
  ...NEXT_FIELDS,
  ...INPUT_OUTPUT_FIELDS,
  Assign: 'both',
  Result: 'JSONPath',
  Parameters: 'JSONPath',
  ResultPath: 'JSONPath',
};

export function parsePass(fields: Fields, context: StateContext): PassState {
  fields.expectOnly(FIELDS, context.compiler.queryLanguage);
  const result = fields.get('Result');
  if (result !== undefined && holdsPath(result)) {
    const message = 'The Result of a Pass state is not evaluated, but something in it looks like a path';
    fields.warn('PASS_RESULT_IS_STATIC', message, fields.at('Result'));
  }
  return {
    ...readCommon(fields, context),
    ...readInputOutput(fields, context),
    type: 'Pass',
    next: readNext(fields),
    assign: readAssign(fields, context),
    parameters: context.compiler.queryLanguage === 'JSONPath' ? readPayload(fields, context, 'Parameters') : null,
    resultPath: readResultPath(fields, context),
    result: result === undefined ? null : constantExpression(result),
  };
}

function holdsPath(value: Json): boolean {
  if (typeof value === 'string') return looksDynamic(value);
  return nestedValues(value).some(([, nested]) => holdsPath(nested));
}
