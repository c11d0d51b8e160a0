import { type Json, type JsonObject, isNumber, isObject, jsonText, toNumber } from '@everstep/language';

// Parameters have been checked against their kinds; what is absent or null is undefined here.

export function textIn(parameters: JsonObject, name: string): string | undefined {
  const value = parameters[name];
  return typeof value === 'string' ? value : undefined;
}

export function integerIn(parameters: JsonObject, name: string): number | undefined {
  const value = parameters[name];
  return value !== undefined && isNumber(value) ? toNumber(value) : undefined;
}

export function booleanIn(parameters: JsonObject, name: string): boolean | undefined {
  const value = parameters[name];
  return typeof value === 'boolean' ? value : undefined;
}

export function objectIn(parameters: JsonObject, name: string): JsonObject {
  const value = parameters[name];
  return value !== undefined && isObject(value) ? value : {};
}

export function listIn(parameters: JsonObject, name: string): readonly Json[] {
  const value = parameters[name];
  return Array.isArray(value) ? value : [];
}

/** Text as it is, and everything else as JSON. */
export function asText(value: Json | undefined): string {
  return typeof value === 'string' ? value : jsonText(value ?? null);
}
