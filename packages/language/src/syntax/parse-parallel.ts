import type { FieldTable, Fields } from './fields.ts';
import { readErrorHandling } from './retry-catch.ts';
import {
  COMMON_FIELDS,
  ERROR_HANDLING_FIELDS,
  INPUT_OUTPUT_FIELDS,
  NEXT_FIELDS,
  RESULT_FIELDS,
  readAssign,
  readCommon,
  readInputOutput,
  readNext,
  readResultFields,
  statesFieldsOf,
} from './state-fields.ts';
import type { StateContext } from './state-fields.ts';
import type { ParallelState } from './state-machine.ts';

const FIELDS: FieldTable = {
  ...COMMON_FIELDS,
  ...NEXT_FIELDS,
  ...INPUT_OUTPUT_FIELDS,
  ...RESULT_FIELDS,
  ...ERROR_HANDLING_FIELDS,
  Assign: 'both',
  Branches: 'both',
};

const BRANCH_FIELDS: FieldTable = { Comment: 'both', StartAt: 'both', States: 'both' };

export function parseParallel(fields: Fields, context: StateContext): ParallelState {
  fields.expectOnly(FIELDS, context.compiler.queryLanguage);
  fields.require('Branches');
  const branches = fields.objects('Branches', false).map((branch) => {
    branch.expectOnly(BRANCH_FIELDS, context.compiler.queryLanguage);
    return context.parseGraph(branch, false);
  });
  return {
    ...readCommon(fields, context),
    ...readInputOutput(fields, context, statesFieldsOf('Parallel')),
    ...readResultFields(fields, context),
    ...readErrorHandling(fields, context),
    type: 'Parallel',
    next: readNext(fields),
    assign: readAssign(fields, context, statesFieldsOf('Parallel')),
    branches,
  };
}
