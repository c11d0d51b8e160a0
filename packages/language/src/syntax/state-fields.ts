import type { Expression, ReferencePath } from '../data/expression.ts';
import { compileReferencePath } from '../data/path-expression.ts';
import { constantExpression } from '../data/payload-template.ts';
import type { Json } from '../json.ts';
import { isObject } from '../json.ts';
import type { FieldTable, Fields, IntegerRange } from './fields.ts';
import { MAXIMUM_SECONDS } from './fields.ts';
import type { ExpressionCompiler } from './query-language.ts';
import type { QueryLanguage, StateGraph } from './state-machine.ts';

/** What every state's parser is given beside its fields. */
export interface StateContext {
  readonly name: string;
  readonly compiler: ExpressionCompiler;
  /** Parses a nested graph: a Parallel's branch, a Map's processor. */
  parseGraph(fields: Fields): StateGraph;
}

/** Fields that several state types share, each with the query languages it belongs to. */
export const COMMON_FIELDS = { Type: 'both', Comment: 'both', QueryLanguage: 'both' } as const satisfies FieldTable;
export const NEXT_FIELDS = { Next: 'both', End: 'both' } as const satisfies FieldTable;
export const INPUT_OUTPUT_FIELDS = {
  InputPath: 'JSONPath',
  OutputPath: 'JSONPath',
  Output: 'JSONata',
} as const satisfies FieldTable;
export const RESULT_FIELDS = {
  Parameters: 'JSONPath',
  ResultSelector: 'JSONPath',
  ResultPath: 'JSONPath',
  Arguments: 'JSONata',
} as const satisfies FieldTable;
export const ERROR_HANDLING_FIELDS = { Retry: 'both', Catch: 'both' } as const satisfies FieldTable;

const VARIABLE_NAME = /^[\p{ID_Start}][\p{ID_Continue}]*$/u;
const MAXIMUM_NAME_LENGTH = 80;

export function readCommon(
  fields: Fields,
  context: StateContext,
): { name: string; queryLanguage: QueryLanguage; comment: string | null; location: string } {
  return {
    name: context.name,
    queryLanguage: context.compiler.queryLanguage,
    comment: fields.string('Comment'),
    location: fields.location,
  };
}

/** Exactly one of `Next` and `End: true`. The target's existence is a check over the whole graph. */
export function readNext(fields: Fields): string | null {
  const next = fields.string('Next');
  const end = fields.boolean('End');
  if (fields.has('Next') && end === true) {
    fields.report('There should only be one of the following fields: [Next, End]');
  } else if (!fields.has('Next') && end !== true && !(fields.has('End') && end === null)) {
    fields.report('This object should have only one of the following fields: [Next, End]');
  }
  return end === true ? null : next;
}

/** What a path gives that the definition leaves out, in either query language. */
export const WHOLE_INPUT: Expression = { text: '$', evaluate: ({ input }) => input };

/** A `…Path` field that may be null: then the value is an empty object. Absent: the whole input. */
function readDocumentPath(fields: Fields, context: StateContext, name: string): Expression {
  if (fields.get(name) === null) return constantExpression({});
  return readPath(fields, context, name) ?? WHOLE_INPUT;
}

export function readInputOutput(
  fields: Fields,
  context: StateContext,
): { inputPath: Expression; outputPath: Expression; output: Expression | null } {
  return {
    inputPath: readDocumentPath(fields, context, 'InputPath'),
    outputPath: readDocumentPath(fields, context, 'OutputPath'),
    output: context.compiler.queryLanguage === 'JSONata' ? readPayload(fields, context, 'Output') : null,
  };
}

/** A field that holds a path; null where it is absent, wrong or of another query language. */
export function readPath(fields: Fields, context: StateContext, name: string): Expression | null {
  if (context.compiler.queryLanguage === 'JSONata') return null;
  const text = fields.string(name);
  if (text === null) return null;
  return fields.compile(
    () => context.compiler.compilePath(text, name),
    () => 'Value must be a valid JSONPath.',
    fields.at(name),
  );
}

/** `$` where absent, null (discard) where null. */
export function readResultPath(fields: Fields, context: StateContext): ReferencePath | null {
  if (context.compiler.queryLanguage === 'JSONata' || fields.get('ResultPath') === null) return null;
  const text = fields.has('ResultPath') ? fields.string('ResultPath') : '$';
  if (text === null) return null;
  return fields.compile(
    () => compileReferencePath(text),
    (error) => `Value is not a Reference Path: ${error.message}`,
    fields.at('ResultPath'),
  );
}

/** A payload template of any JSON shape. */
export function readPayload(fields: Fields, context: StateContext, name: string): Expression | null {
  const value = fields.get(name);
  return value === undefined ? null : compilePayload(fields, context, name, value);
}

/** A payload template that must be an object. */
export function readPayloadObject(fields: Fields, context: StateContext, name: string): Expression | null {
  const value = fields.get(name);
  if (value === undefined) return null;
  if (!isObject(value) && !context.compiler.isExpression(value)) {
    fields.report('Expected value of type Object', fields.at(name));
    return null;
  }
  return compilePayload(fields, context, name, value);
}

function compilePayload(fields: Fields, context: StateContext, name: string, value: Json): Expression | null {
  const faults = context.compiler.faults(value);
  for (const { path, message } of faults) fields.report(message, `${fields.at(name)}${path}`);
  if (faults.length > 0) return null;
  return fields.compile(
    () => context.compiler.compileValue(value, name),
    (error) => error.message,
    fields.at(name),
  );
}

/** Parameters, ResultSelector and ResultPath of JSONPath, or JSONata's Arguments in the place of Parameters. */
export function readResultFields(
  fields: Fields,
  context: StateContext,
): { parameters: Expression | null; resultSelector: Expression | null; resultPath: ReferencePath | null } {
  const isJsonata = context.compiler.queryLanguage === 'JSONata';
  return {
    parameters: isJsonata ? readPayload(fields, context, 'Arguments') : readPayload(fields, context, 'Parameters'),
    resultSelector: isJsonata ? null : readPayloadObject(fields, context, 'ResultSelector'),
    resultPath: readResultPath(fields, context),
  };
}

export function readAssign(fields: Fields, context: StateContext): Expression | null {
  const value = fields.get('Assign');
  if (isObject(value)) {
    for (const key of Object.keys(value)) checkVariableName(fields, context, key);
  } else if (value !== undefined) {
    fields.report('Expected value of type Object', fields.at('Assign'));
    return null;
  }
  return readPayloadObject(fields, context, 'Assign');
}

function checkVariableName(fields: Fields, context: StateContext, key: string): void {
  const name = context.compiler.queryLanguage === 'JSONPath' && key.endsWith('.$') ? key.slice(0, -2) : key;
  const location = fields.at('Assign');
  if (name === 'states') {
    fields.report("Cannot assign to reserved variable '$states'.", location, 'RESERVED_VARIABLE_NAME');
  } else if (!VARIABLE_NAME.test(name)) {
    const message = `Invalid variable name '${name}': the variable name contains invalid characters.`;
    fields.report(message, location, 'INVALID_VARIABLE_NAME');
  } else if (Array.from(name).length > MAXIMUM_NAME_LENGTH) {
    const message = `Invalid variable name '${name}': the variable name exceeds ${MAXIMUM_NAME_LENGTH} characters.`;
    fields.report(message, location, 'INVALID_VARIABLE_NAME');
  }
}

/** A whole number that is a literal, an expression, or named by the field's `…Path` sibling. */
export function readInteger(
  fields: Fields,
  context: StateContext,
  name: string,
  range: IntegerRange,
): Expression | null {
  return readScalar(fields, context, name, () => fields.integer(name, range));
}

/** As {@link readInteger} for any number. */
export function readNumber(
  fields: Fields,
  context: StateContext,
  name: string,
  range: IntegerRange,
): Expression | null {
  return readScalar(fields, context, name, () => fields.number(name, range));
}

export function readString(fields: Fields, context: StateContext, name: string): Expression | null {
  return readScalar(fields, context, name, () => fields.string(name));
}

function readScalar(
  fields: Fields,
  context: StateContext,
  name: string,
  readLiteral: () => number | string | null,
): Expression | null {
  fields.oneOf([name, `${name}Path`], false);
  const value = fields.get(name);
  if (value !== undefined && context.compiler.isExpression(value)) {
    return compilePayload(fields, context, name, value);
  }
  const literal = readLiteral();
  if (literal !== null) return constantExpression(literal);
  return readPath(fields, context, `${name}Path`);
}

export const SECONDS_RANGE: IntegerRange = { minimum: 1, maximum: MAXIMUM_SECONDS };
