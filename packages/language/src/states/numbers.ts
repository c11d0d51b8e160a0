import { type Json, isNumber, toNumber } from '../json.ts';

/** A number, or a text that is one. */
export function numberOf(value: Json): number | null {
  if (isNumber(value)) return toNumber(value);
  return typeof value === 'string' && /^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(value) ? Number(value) : null;
}

/** An integer, or a text that is one. */
export function integerOf(value: Json): number | null {
  if (isNumber(value)) return Number.isInteger(toNumber(value)) ? toNumber(value) : null;
  return typeof value === 'string' && /^[+-]?\d+$/.test(value) ? Number(value) : null;
}
