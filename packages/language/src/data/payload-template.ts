import { ExpressionSyntaxError, StatesError } from '../errors.ts';
import { isObject, jsonText, setOwn } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Expression, Scope } from './expression.ts';
import { compileIntrinsic } from './intrinsic-expression.ts';
import { jsonLengthWithin } from './java-text.ts';
import { MAX_NESTING, MAX_OUTPUT_CHARACTERS, MAX_UNMEASURED_FIELDS } from './limits.ts';
import { Meter } from './meter.ts';
import type { MeteredExpression } from './meter.ts';
import { compileFieldPath } from './path-expression.ts';

/** A part of a template: a value that never changes, or one that depends on the scope. */
type Part =
  | { readonly kind: 'constant'; readonly value: Json }
  | { readonly kind: 'dynamic'; readonly evaluate: (scope: Scope, meter: Meter) => Json; readonly fields: number };

const SUFFIX = '.$';

/**
 * Compiles a payload template (Parameters, ResultSelector, ItemSelector, Assign …): keys ending in `.$`, at any depth,
 * hold a path or a call of an intrinsic function and lose the suffix; everything else is constant and shared between
 * evaluations. Throws ExpressionSyntaxError in AWS's words.
 */
export function compileTemplate(template: Json): Expression {
  const part = compilePart(template, 0);
  if (part.kind === 'constant') return constantExpression(template);
  const { evaluate, fields } = part;
  return {
    text: jsonText(template),
    evaluate(scope) {
      const value = evaluate(scope, new Meter());
      if (fields > MAX_UNMEASURED_FIELDS && jsonLengthWithin(value, MAX_OUTPUT_CHARACTERS) === undefined) {
        throw new StatesError('States.DataLimitExceeded', 'The outcome of a payload template is too big.');
      }
      return value;
    },
  };
}

/** An expression that gives the same value always. */
export function constantExpression(value: Json): Expression {
  return { text: jsonText(value), evaluate: () => value };
}

/**
 * What a field ending in `.$` (or a Path field that takes both, such as CausePath) holds: a path, whose miss names the
 * field, or an intrinsic call.
 */
export function compileFieldExpression(text: string, field: string): MeteredExpression {
  return text.startsWith('$') ? compileFieldPath(text, field) : compileIntrinsic(text);
}

function compilePart(template: Json, depth: number): Part {
  if (depth > MAX_NESTING) throw new ExpressionSyntaxError('The template is nested too deeply', '');
  if (Array.isArray(template)) return compileArray(template, depth);
  return isObject(template) ? compileObject(template, depth) : { kind: 'constant', value: template };
}

function compileArray(template: Json[], depth: number): Part {
  const parts = template.map((item) => compilePart(item, depth + 1));
  if (parts.every((part) => part.kind === 'constant')) return { kind: 'constant', value: template };
  return {
    kind: 'dynamic',
    fields: countFields(parts),
    evaluate: (scope, meter) => parts.map((part) => evaluatePart(part, scope, meter)),
  };
}

function compileObject(template: JsonObject, depth: number): Part {
  const members = new Map(
    Object.entries(template).map(([key, value]): [string, Part] =>
      key.endsWith(SUFFIX)
        ? [key.slice(0, -SUFFIX.length), compileField(key, value)]
        : [key, compilePart(value, depth + 1)],
    ),
  );
  const parts = [...members.values()];
  const dynamic = [...members].flatMap(([key, part]) => (part.kind === 'dynamic' ? [{ key, ...part }] : []));
  if (dynamic.length === 0) return { kind: 'constant', value: template };
  // Copied and filled in: an object that gets its members one by one takes twice as long.
  const form: JsonObject = {};
  for (const [key, part] of members) setOwn(form, key, part.kind === 'constant' ? part.value : null);
  return {
    kind: 'dynamic',
    fields: countFields(parts),
    evaluate(scope, meter) {
      const value = { ...form };
      for (const { key, evaluate } of dynamic) value[key] = evaluate(scope, meter);
      return value;
    },
  };
}

function compileField(field: string, value: Json): Part {
  const message = `The value for the field '${field}' must be a valid JSONPath or a valid intrinsic function call`;
  if (typeof value !== 'string') throw new ExpressionSyntaxError(message, jsonText(value));
  try {
    const expression = compileFieldExpression(value, field);
    return { kind: 'dynamic', evaluate: (scope, meter) => expression.evaluate(scope, meter), fields: 1 };
  } catch (error) {
    if (error instanceof ExpressionSyntaxError) throw new ExpressionSyntaxError(message, value, error.offset);
    throw error;
  }
}

function countFields(parts: readonly Part[]): number {
  return parts.reduce((total, part) => total + (part.kind === 'dynamic' ? part.fields : 0), 0);
}

function evaluatePart(part: Part, scope: Scope, meter: Meter): Json {
  return part.kind === 'constant' ? part.value : part.evaluate(scope, meter);
}
