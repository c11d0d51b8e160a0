import type { Expression } from '../data/expression.ts';
import { compileIntrinsic } from '../data/intrinsic-expression.ts';
import { compileFieldPath, compilePath } from '../data/path-expression.ts';
import { compileTemplate, constantExpression } from '../data/payload-template.ts';
import { ExpressionSyntaxError } from '../errors.ts';
import type { Json, JsonObject } from '../json.ts';
import { isObject, jsonText } from '../json.ts';
import type { Condition, QueryLanguage } from './state-machine.ts';

/** Something in a value that its query language does not accept. `path` leads to it from the value: `/a/b[0]`. */
export interface ValueFault {
  readonly path: string;
  readonly message: string;
}

/**
 * The one door between the walk over a definition and its query language. The walk knows fields and their shapes;
 * what stands inside a value is compiled here and nowhere else. Every method throws {@link ExpressionSyntaxError}.
 */
export interface ExpressionCompiler {
  readonly queryLanguage: QueryLanguage;
  /** Why nothing of this language can run in this version, or null. */
  readonly unsupported: string | null;
  /** Whether a scalar field (`TimeoutSeconds`, `Cause`, …) holds an expression and not a literal. */
  isExpression(value: Json): boolean;
  /** All that is wrong in a value, found without running it; empty where {@link compileValue} will accept it. */
  faults(value: Json): readonly ValueFault[];
  /** A payload (`Parameters`, `ItemSelector`, `Arguments`, `Output`, `Assign`, …) or a scalar that is an expression. */
  compileValue(value: Json, field: string): Expression;
  /** A Choice rule's `Condition`, a literal boolean or an expression. Only JSONata has it. */
  compileCondition(value: Json): Condition;
  /** A field ending in `Path`. Only JSONPath has such fields. */
  compilePath(text: string, field: string): Expression;
}

function compilePathOrIntrinsic(text: string): Expression {
  return text.startsWith('$') ? compilePath(text) : compileIntrinsic(text);
}

function entryFault(template: JsonObject, key: string, value: Json): ValueFault | null {
  if (!key.endsWith('.$')) return null;
  const name = key.slice(0, -2);
  if (Object.hasOwn(template, name)) return { path: '', message: `The field '${name}' is defined more than once` };
  const message = `The value for the field '${key}' must be a valid JSONPath or a valid intrinsic function call`;
  if (typeof value !== 'string') return { path: '', message };
  try {
    compilePathOrIntrinsic(value);
    return null;
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
    return { path: '', message };
  }
}

/** The faults of an array's elements or an object's members, each with the way to it. */
function nestedFaults(value: Json, faultsOf: (nested: Json) => readonly ValueFault[]): readonly ValueFault[] {
  const below = (nested: Json, step: string): readonly ValueFault[] =>
    faultsOf(nested).map(({ path, message }) => ({ path: `${step}${path}`, message }));
  if (Array.isArray(value)) return value.flatMap((element, index) => below(element, `[${index}]`));
  return isObject(value) ? Object.entries(value).flatMap(([key, member]) => below(member, `/${key}`)) : [];
}

function templateFaults(template: Json): readonly ValueFault[] {
  const own = isObject(template)
    ? Object.entries(template).flatMap(([key, value]) => entryFault(template, key, value) ?? [])
    : [];
  return [...own, ...nestedFaults(template, templateFaults)];
}

const jsonPath: ExpressionCompiler = {
  queryLanguage: 'JSONPath',
  unsupported: null,
  isExpression: () => false,
  faults: templateFaults,
  compileValue: (value) => compileTemplate(value),
  compileCondition: (value) => {
    throw new ExpressionSyntaxError('a Condition needs JSONata', jsonText(value));
  },
  compilePath: (text, field) => {
    if (field !== 'ErrorPath' && field !== 'CausePath') return compilePath(text);
    // Only a Fail state's paths may call an intrinsic function instead, and name their field where they miss.
    return text.startsWith('$') ? compileFieldPath(text, field) : compileIntrinsic(text);
  },
};

/** A string that opens an expression must close it. */
function delimiterFaults(value: Json): readonly ValueFault[] {
  if (typeof value === 'string') {
    const isOpen = value.startsWith('{%') && !value.endsWith('%}');
    return isOpen ? [{ path: '', message: 'JSONata string must start with {% and end with %}' }] : [];
  }
  return nestedFaults(value, delimiterFaults);
}

const jsonata: ExpressionCompiler = {
  queryLanguage: 'JSONata',
  unsupported: 'The QueryLanguage JSONata is not supported by this version',
  isExpression: (value) => typeof value === 'string' && value.startsWith('{%') && value.endsWith('%}'),
  faults: delimiterFaults,
  compileValue: (value) => constantExpression(value),
  compileCondition: (value) => ({ test: () => value === true }),
  compilePath: (text, field) => {
    throw new ExpressionSyntaxError(`the field ${field} needs JSONPath`, text);
  },
};

export function expressionCompiler(language: QueryLanguage): ExpressionCompiler {
  return language === 'JSONata' ? jsonata : jsonPath;
}
