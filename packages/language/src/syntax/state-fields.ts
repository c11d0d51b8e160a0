import type { Expression, ReferencePath } from '../data/expression.ts';
import { referencedVariables } from '../data/intrinsic-expression.ts';
import { compileReferencePath } from '../data/path-expression.ts';
import { constantExpression } from '../data/payload-template.ts';
import type { Json } from '../json.ts';
import { isObject } from '../json.ts';
import type { FieldTable, Fields, IntegerRange, VariableScope } from './fields.ts';
import { MAXIMUM_SECONDS } from './fields.ts';
import type { ExpressionCompiler, ResultType, StatesField, ValuePlace } from './expression-compiler.ts';
import type { PassState, StateGraph } from './state-machine.ts';

/** What every state's parser is given beside its fields. */
export interface StateContext {
  readonly name: string;
  /** `/States/X`. */
  readonly location: string;
  readonly compiler: ExpressionCompiler;
  /** Where the state's Assign puts its variables. */
  readonly scope: VariableScope;
  /** The variables that the state's fields read, collected while they are compiled. */
  readonly references: Set<string>;
  /** Parses a nested graph: a Parallel's branch, a Map's processor. An isolated one sees no variables around it. */
  parseGraph(fields: Fields, isIsolated: boolean): StateGraph;
}

const AFTER_WORK: readonly StatesField[] = ['result'];
const AFTER_ERROR: readonly StatesField[] = ['errorOutput'];

/** What `$states` has in the Output and Assign of a state that does work, and of a catcher. */
export function statesFieldsOf(type: 'Task' | 'Map' | 'Parallel' | 'catcher'): readonly StatesField[] {
  return type === 'catcher' ? AFTER_ERROR : AFTER_WORK;
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
): Pick<PassState, 'name' | 'queryLanguage' | 'comment' | 'location' | 'variableReferences'> {
  return {
    name: context.name,
    queryLanguage: context.compiler.queryLanguage,
    comment: fields.string('Comment'),
    location: fields.location,
    variableReferences: context.references,
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
  available: readonly StatesField[] = [],
): { inputPath: Expression; outputPath: Expression; output: Expression | null } {
  return {
    inputPath: readDocumentPath(fields, context, 'InputPath'),
    outputPath: readDocumentPath(fields, context, 'OutputPath'),
    output: context.compiler.queryLanguage === 'JSONata' ? readPayload(fields, context, 'Output', available) : null,
  };
}

/** A field that holds a path; null where it is absent, wrong or of another query language. */
export function readPath(fields: Fields, context: StateContext, name: string): Expression | null {
  if (context.compiler.queryLanguage === 'JSONata') return null;
  const text = fields.string(name);
  if (text === null) return null;
  const path = fields.compile(
    () => context.compiler.compilePath(text, name),
    () => 'Value must be a valid JSONPath.',
    fields.at(name),
  );
  if (path !== null) notePath(context, text);
  return path;
}

/** Notes the variables that a compiled path reads. */
export function notePath(context: StateContext, text: string): void {
  for (const name of referencedVariables(text)) context.references.add(name);
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
export function readPayload(
  fields: Fields,
  context: StateContext,
  name: string,
  available: readonly StatesField[] = [],
): Expression | null {
  const value = fields.get(name);
  return value === undefined ? null : context.compiler.compileValue(value, placeOf(fields, context, name, available));
}

/** A payload template that must be an object. */
export function readPayloadObject(
  fields: Fields,
  context: StateContext,
  name: string,
  available: readonly StatesField[] = [],
): Expression | null {
  const value = fields.get(name);
  if (value === undefined) return null;
  if (!isObject(value) && !context.compiler.isExpression(value)) {
    fields.report('Expected value of type Object', fields.at(name));
    return null;
  }
  return context.compiler.compileValue(value, placeOf(fields, context, name, available));
}

/** A scalar that is an expression: of a JSONata state, `{% … %}`. */
export function readExpression(
  fields: Fields,
  context: StateContext,
  name: string,
  value: Json,
  type: ResultType,
): Expression | null {
  return context.compiler.compileScalar(value, type, placeOf(fields, context, name, []));
}

function placeOf(fields: Fields, context: StateContext, name: string, available: readonly StatesField[]): ValuePlace {
  const location = fields.at(name);
  return {
    field: location.slice(context.location.length + 1),
    available,
    report({ path, message, code, isWarning }) {
      if (isWarning === true) fields.warn(code ?? '', message, `${location}${path}`);
      else fields.report(message, `${location}${path}`, code);
    },
    reads: (variable) => context.references.add(variable),
  };
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

export function readAssign(
  fields: Fields,
  context: StateContext,
  available: readonly StatesField[] = [],
): Expression | null {
  const value = fields.get('Assign');
  if (isObject(value)) {
    for (const key of Object.keys(value)) checkVariableName(fields, context, key);
  } else if (value !== undefined) {
    fields.report('Expected value of type Object', fields.at('Assign'));
    return null;
  }
  return readPayloadObject(fields, context, 'Assign', available);
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
  } else {
    context.scope.names.add(name);
    fields.walk.assignments.push({ scope: context.scope, name, location });
  }
}

/** A whole number that is a literal, an expression, or named by the field's `…Path` sibling. */
export function readInteger(
  fields: Fields,
  context: StateContext,
  name: string,
  range: IntegerRange,
): Expression | null {
  return readScalar(fields, context, name, 'number', () => fields.integer(name, range));
}

/** As {@link readInteger} for any number. */
export function readNumber(
  fields: Fields,
  context: StateContext,
  name: string,
  range: IntegerRange,
): Expression | null {
  return readScalar(fields, context, name, 'number', () => fields.number(name, range));
}

export function readString(fields: Fields, context: StateContext, name: string): Expression | null {
  return readScalar(fields, context, name, 'string', () => fields.string(name));
}

function readScalar(
  fields: Fields,
  context: StateContext,
  name: string,
  type: ResultType,
  readLiteral: () => number | string | null,
): Expression | null {
  fields.oneOf([name, `${name}Path`], false);
  const value = fields.get(name);
  if (value !== undefined && context.compiler.isExpression(value)) {
    return readExpression(fields, context, name, value, type);
  }
  const literal = readLiteral();
  if (literal !== null) return constantExpression(literal);
  return readPath(fields, context, `${name}Path`);
}

export const SECONDS_RANGE: IntegerRange = { minimum: 1, maximum: MAXIMUM_SECONDS };
