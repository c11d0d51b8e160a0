import { JsonataError } from './errors.ts';
import { MAX_VALUE_NESTING } from './limits.ts';
import type { Run } from './run.ts';
import { isDictionary, plain } from './value.ts';
import type { Value } from './value.ts';

/** Whether a plain value is a number that JSON knows. Infinity is an error wherever it is looked at. */
export function isNumeric(value: Value): value is number {
  if (typeof value !== 'number' || Number.isNaN(value)) return false;
  if (!Number.isFinite(value)) throw new JsonataError('D1001', { value });
  return true;
}

/** JSONata's truth: not nothing, null, false, zero, an empty text, array or object, a function, or an array of these. */
export function truth(value: Value, run: Run, depth = 0): boolean {
  if (typeof value === 'boolean') return value;
  if (value === undefined || value === null) return false;
  if (typeof value === 'string') return value.length > 0;
  if (Array.isArray(value)) {
    if (depth > MAX_VALUE_NESTING) throw new JsonataError('D4007', { value: MAX_VALUE_NESTING });
    run.step(value.length);
    return value.some((item) => truth(item, run, depth + 1));
  }
  const known = plain(value);
  if (typeof known === 'number') return isNumeric(known) && known !== 0;
  return isDictionary(known) && hasMember(known);
}

function hasMember(value: object): boolean {
  for (const key in value) if (Object.hasOwn(value, key)) return true;
  return false;
}
