import type { FieldTable, Fields } from './fields.ts';
import { COMMON_FIELDS, INPUT_OUTPUT_FIELDS, readCommon, readInputOutput } from './state-fields.ts';
import type { StateContext } from './state-fields.ts';
import type { SucceedState } from './state-machine.ts';

const FIELDS: FieldTable = { ...COMMON_FIELDS, ...INPUT_OUTPUT_FIELDS };

export function parseSucceed(fields: Fields, context: StateContext): SucceedState {
  fields.expectOnly(FIELDS, context.compiler.queryLanguage);
  return { ...readCommon(fields, context), ...readInputOutput(fields, context), type: 'Succeed' };
}
