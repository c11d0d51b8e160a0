import type { Expression, RandomSource, Scope } from '../data/expression.ts';
import { jsonLengthWithin } from '../data/java-text.ts';
import { MAX_OUTPUT_CHARACTERS, MAX_UNMEASURED_FIELDS } from '../data/limits.ts';
import { constantExpression } from '../data/payload-template.ts';
import { ExpressionSyntaxError, StatesError } from '../errors.ts';
import type { Json, JsonObject } from '../json.ts';
import { isNumber, isObject, jsonText, setOwn } from '../json.ts';
import { JSONATA_FUNCTION_NAMES, compileJsonata } from '../data/jsonata/compile.ts';
import { parseJsonata } from '../data/jsonata/parse.ts';
import type { JsonataBindings } from '../data/jsonata/run.ts';
import type { Node } from '../data/jsonata/syntax-tree.ts';
import { findJsonataReferences } from './jsonata-references.ts';
import type { ExpressionCompiler, ResultType, StatesField, ValuePlace } from './expression-compiler.ts';

/** Collects what is in a value: its parts that change, by the way the value is built. */
type Part =
  | { readonly kind: 'constant'; readonly value: Json }
  | { readonly kind: 'dynamic'; readonly expressions: number; readonly build: (run: Building) => Json };

/** One evaluation of a value. */
interface Building {
  readonly scope: Scope;
  /** Characters of JSON that the expressions to come may still give; null where they are too few to be measured. */
  remaining: number | null;
}

const OPEN = '{%';
const CLOSE = '%}';
/** The code that the language's own errors begin with: `S0202: `. */
const ERROR_CODE = /^[A-Z]\d{4}: /;

function isExpressionText(value: Json): value is string {
  return typeof value === 'string' && value.startsWith(OPEN) && value.endsWith(CLOSE) && value.length >= 4;
}

function typeName(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (isNumber(value)) return 'number';
  return typeof value;
}

/** Fails as AWS does where a field's expression gives a value of another type than the field has. */
function unexpectedType(text: string, field: string, expected: ResultType, value: Json): StatesError {
  const detail =
    `The JSONata expression '${text}' specified for the field '${field}' returned an unexpected result type. ` +
    `Expected '${expected}', but was '${typeName(value)}' for value: ${jsonText(value)}`;
  return new StatesError('States.QueryEvaluationError', detail, field);
}

/** Compiles `{% … %}` as the value of a field; what goes wrong when it runs is told in AWS's words. */
function compileExpression(value: string, path: string, place: ValuePlace): Expression | null {
  const text = value.slice(OPEN.length, -CLOSE.length).trim();
  const field = `${place.field}${path}`;
  let tree: Node;
  let compiled: ReturnType<typeof compileJsonata>;
  try {
    tree = parseJsonata(text).root;
    compiled = compileJsonata(text);
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
    place.report({ path, message: error.message.replace(ERROR_CODE, ''), code: 'INVALID_JSONATA_EXPRESSION' });
    return null;
  }
  if (!checkReferences(tree, path, place)) return null;
  const named = `The JSONata expression '${text}' specified for the field '${field}'`;
  return {
    text,
    evaluate(scope) {
      const result = evaluateNamed(compiled, scope, named, field);
      if (result !== undefined) return result;
      throw new StatesError('States.QueryEvaluationError', `${named} returned nothing (undefined).`, field);
    },
  };
}

function evaluateNamed(
  compiled: ReturnType<typeof compileJsonata>,
  scope: Scope,
  named: string,
  field: string,
): Json | undefined {
  try {
    return compiled.evaluate(new ScopeBindings(scope));
  } catch (error) {
    if (!(error instanceof StatesError) || error.error !== 'States.QueryEvaluationError') throw error;
    // An error of the language is a sentence of its own; a limit of the service is not.
    const separator = ERROR_CODE.test(error.detail) ? '. ' : ': ';
    const detail = `${named} threw an error during evaluation${separator}${error.detail}`;
    throw new StatesError('States.QueryEvaluationError', detail, field);
  }
}

/** What an expression sees of its scope; what is costly to build is built only where the expression looks at it. */
class ScopeBindings implements JsonataBindings {
  readonly now: number;
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
    this.now = scope.now;
  }

  get states(): Json {
    return this.#scope.states;
  }
  get random(): RandomSource {
    return this.#scope.random;
  }
  variables(name: string): Json | undefined {
    return this.#scope.variable(name);
  }
}

function isAvailable(name: string, available: readonly StatesField[]): boolean {
  return name === 'input' || name === 'context' || available.some((field) => field === name);
}

/** Refuses what an expression of a workflow has no way to read. */
function checkReferences(tree: Node, path: string, place: ValuePlace): boolean {
  const { topLevel, statesFields, variables } = findJsonataReferences(tree, JSONATA_FUNCTION_NAMES);
  const unknown = statesFields.filter((name) => !isAvailable(name, place.available));
  const messages = [
    ...topLevel.map((name) =>
      name === '$$'
        ? "Reference to '$$' is not supported."
        : `Reference to '${name}' at the top level is not supported.`,
    ),
    ...unknown.map((name) => `Field '$states.${name}' does not exist.`),
  ];
  for (const message of messages) place.report({ path, message, code: 'UNSUPPORTED_JSONATA_EXPRESSION' });
  for (const name of variables) place.reads(name);
  return messages.length === 0;
}

/** Null after a report. */
function compilePart(value: Json, path: string, place: ValuePlace): Part | null {
  if (typeof value === 'string') return compileText(value, path, place);
  if (Array.isArray(value)) {
    const parts = value.map((element, index) => compilePart(element, `${path}[${index}]`, place));
    return combine(value, parts, (build) => (run) => build.map((part) => buildPart(part, run)));
  }
  if (!isObject(value)) return { kind: 'constant', value };
  const keys = Object.keys(value);
  const parts = Object.entries(value).map(([key, member]) => compilePart(member, `${path}/${key}`, place));
  return combine(value, parts, (build) => (run) => buildObject(keys, build, run));
}

function compileText(value: string, path: string, place: ValuePlace): Part | null {
  if (value.startsWith(OPEN) && !isExpressionText(value)) {
    place.report({ path, message: 'JSONata string must start with {% and end with %}' });
    return null;
  }
  if (!isExpressionText(value)) return { kind: 'constant', value };
  const expression = compileExpression(value, path, place);
  if (expression === null) return null;
  return { kind: 'dynamic', expressions: 1, build: (run) => measured(expression.evaluate(run.scope), run) };
}

function combine(
  value: Json,
  parts: readonly (Part | null)[],
  builder: (parts: readonly Part[]) => (run: Building) => Json,
): Part | null {
  const whole = parts.filter((part) => part !== null);
  if (whole.length < parts.length) return null;
  const expressions = whole.reduce((total, part) => total + (part.kind === 'dynamic' ? part.expressions : 0), 0);
  return expressions === 0 ? { kind: 'constant', value } : { kind: 'dynamic', expressions, build: builder(whole) };
}

function buildPart(part: Part, run: Building): Json {
  return part.kind === 'constant' ? part.value : part.build(run);
}

function buildObject(keys: readonly string[], parts: readonly Part[], run: Building): JsonObject {
  const object: JsonObject = {};
  for (const [index, part] of parts.entries()) setOwn(object, keys[index] ?? '', buildPart(part, run));
  return object;
}

function measured(value: Json, run: Building): Json {
  if (run.remaining === null) return value;
  const length = jsonLengthWithin(value, run.remaining);
  if (length === undefined) {
    throw new StatesError('States.DataLimitExceeded', 'The values of the expressions of a field are too big together.');
  }
  run.remaining -= length;
  return value;
}

/** JSONata: every string `{% … %}` at any depth is an expression, everything else stands for itself. */
export const jsonataCompiler: ExpressionCompiler = {
  queryLanguage: 'JSONata',
  isExpression: isExpressionText,
  compileValue(value, place) {
    const part = compilePart(value, '', place);
    if (part === null) return null;
    if (part.kind === 'constant') return constantExpression(value);
    const { build, expressions } = part;
    const budget = expressions > MAX_UNMEASURED_FIELDS ? MAX_OUTPUT_CHARACTERS : null;
    return { text: jsonText(value), evaluate: (scope) => build({ scope, remaining: budget }) };
  },
  compileScalar(value, type, place) {
    const expression = typeof value === 'string' ? compileExpression(value, '', place) : null;
    if (expression === null) return null;
    const { text } = expression;
    return {
      text,
      evaluate(scope) {
        const result = expression.evaluate(scope);
        if (typeName(result) === type) return result;
        throw unexpectedType(text, place.field, type, result);
      },
    };
  },
  compilePath(text, field) {
    throw new ExpressionSyntaxError(`the field ${field} needs JSONPath`, text);
  },
};
