import { isNumber, isObject, isRawNumber } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { StatesError } from '../errors.ts';
import { MAX_NESTING, MAX_OUTPUT_CHARACTERS } from './limits.ts';

/**
 * A value as Java's `toString` prints it, which is what States.Format and AWS's error texts show: `null`, strings bare,
 * `{Id=…, Name=…}`, `[1, 2]`.
 */
export function javaText(value: Json): string {
  const budget = { left: MAX_OUTPUT_CHARACTERS };
  return print(value, budget, 0);
}

function print(value: Json, budget: { left: number }, depth: number): string {
  if (depth > MAX_NESTING) throw new StatesError('States.Runtime', 'A value is nested too deeply.');
  let text: string;
  if (typeof value === 'string') text = value;
  else if (isRawNumber(value)) text = value.rawJSON;
  else if (Array.isArray(value)) text = `[${value.map((item) => print(item, budget, depth + 1)).join(', ')}]`;
  else if (isObject(value)) {
    const members = Object.entries(value).map(([key, member]) => `${key}=${print(member, budget, depth + 1)}`);
    text = `{${members.join(', ')}}`;
  } else text = String(value);
  budget.left -= text.length;
  if (budget.left < 0)
    throw new StatesError('States.DataLimitExceeded', 'A text that an expression builds is too long.');
  return text;
}

/** The class AWS's error texts name for a value. */
export function javaClass(value: Json): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'java.lang.String';
  if (typeof value === 'boolean') return 'java.lang.Boolean';
  if (Array.isArray(value)) return 'java.util.ArrayList';
  if (!isNumber(value)) return 'java.util.LinkedHashMap';
  const text = isRawNumber(value) ? value.rawJSON : String(value);
  if (!/^-?\d+$/.test(text)) return 'java.lang.Double';
  const magnitude = Math.abs(Number(text));
  if (magnitude < 2 ** 31) return 'java.lang.Integer';
  return magnitude < 2 ** 63 ? 'java.lang.Long' : 'java.math.BigInteger';
}

/**
 * The length of a value's compact JSON, or undefined where it is over `limit`. Looks at no more than `limit` allows and
 * builds no text, so that shared parts cannot explode.
 */
export function jsonLengthWithin(value: Json, limit: number): number | undefined {
  const left = measure(value, limit, 0);
  return left < 0 ? undefined : limit - left;
}

/** What is left of `left` after the value, negative where it was not enough. */
function measure(value: Json, left: number, depth: number): number {
  if (typeof value === 'string') return left - value.length - 2;
  if (typeof value !== 'object' || value === null) return left - String(value).length;
  if (depth > MAX_NESTING) return -1;
  if (Array.isArray(value)) return measureArray(value, left, depth);
  return isRawNumber(value) ? left - value.rawJSON.length : measureObject(value, left, depth);
}

function measureArray(items: readonly Json[], left: number, depth: number): number {
  let rest = left - 1 - Math.max(1, items.length);
  for (const item of items) {
    if (rest < 0) return rest;
    rest = measure(item, rest, depth + 1);
  }
  return rest;
}

function measureObject(value: JsonObject, left: number, depth: number): number {
  let rest = left - 2;
  for (const key of Object.keys(value)) {
    if (rest < 0) return rest;
    rest = measure(value[key] ?? null, rest - key.length - 4, depth + 1);
  }
  return rest;
}
