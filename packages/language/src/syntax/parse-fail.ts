import type { FieldTable, Fields } from './fields.ts';
import { COMMON_FIELDS, readCommon, readString } from './state-fields.ts';
import type { StateContext } from './state-fields.ts';
import type { FailState } from './state-machine.ts';

const FIELDS: FieldTable = {
  ...COMMON_FIELDS,
  Error: 'both',
  Cause: 'both',
  ErrorPath: 'JSONPath',
  CausePath: 'JSONPath',
};

export function parseFail(fields: Fields, context: StateContext): FailState {
  fields.expectOnly(FIELDS, context.compiler.queryLanguage);
  return {
    ...readCommon(fields, context),
    type: 'Fail',
    error: readString(fields, context, 'Error'),
    cause: readString(fields, context, 'Cause'),
  };
}
