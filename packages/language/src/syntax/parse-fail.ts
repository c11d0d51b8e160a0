import type { FieldTable, Fields } from './fields.ts';
import { looksDynamic } from './json-path-compiler.ts';
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
  if (context.compiler.queryLanguage === 'JSONPath') ['Error', 'Cause'].forEach((name) => warnOfPath(fields, name));
  return {
    ...readCommon(fields, context),
    type: 'Fail',
    error: readString(fields, context, 'Error'),
    cause: readString(fields, context, 'Cause'),
  };
}

function warnOfPath(fields: Fields, name: string): void {
  const value = fields.get(name);
  if (typeof value !== 'string' || !looksDynamic(value)) return;
  const message = `The value of the field '${name}' looks like a path, but the name of the field does not end with 'Path'`;
  fields.warn('NO_PATH', message, fields.at(name));
}
