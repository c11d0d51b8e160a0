import { type Json, type JsonObject, isNumber, isObject, jsonText, toNumber } from '@everstep/language';
import { stepFunctionsName } from '../api-models/names.ts';
import type { SdkMember, SdkSchema, SdkStructure } from './sdk-schema.ts';

export type SdkInput =
  | { readonly ok: true; readonly input: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * A Task's parameters, in Step Functions' capitalisation, as the AWS SDK takes them: JSON becomes text where the API has
 * text or bytes, times become dates. Problems are told in AWS's words.
 */
export function toSdkInput(schema: SdkSchema, parameters: JsonObject): SdkInput {
  const problems: string[] = [];
  const input = schema.type === 'structure' ? readStructure(schema, parameters, problems) : {};
  return problems.length === 0 ? { ok: true, input } : { ok: false, problems };
}

function readStructure(schema: SdkStructure, given: JsonObject, problems: string[]): Record<string, unknown> {
  const members = membersByName(schema);
  const input: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(given)) {
    const member = members.get(field);
    if (member === undefined) problems.push(`The field '${field}' is not supported by Step Functions`);
    // What is null is not sent, so that the service itself says what it thinks of its absence.
    else if (value !== null) input[member.name] = readValue(member.schema(), value, field, problems);
  }
  for (const [field, { required }] of members) {
    if (required && !Object.hasOwn(given, field)) problems.push(`The field '${field}' is required but was missing`);
  }
  return input;
}

const membersOf = new WeakMap<SdkStructure, ReadonlyMap<string, SdkMember>>();

function membersByName(schema: SdkStructure): ReadonlyMap<string, SdkMember> {
  let members = membersOf.get(schema);
  if (members === undefined) {
    members = new Map([...schema.members.values()].map((member) => [stepFunctionsName(member.name), member]));
    membersOf.set(schema, members);
  }
  return members;
}

function readValue(schema: SdkSchema, value: Json, field: string, problems: string[]): unknown {
  switch (schema.type) {
    case 'string':
      return asText(value);
    case 'blob':
    case 'stream':
      return Buffer.from(asText(value), 'utf8');
    case 'boolean':
      return readBoolean(value, field, problems);
    case 'number':
    case 'bigint':
      return readNumber(schema.type, value, field, problems);
    case 'timestamp':
      return readTime(value, field, problems);
    case 'document':
      return value;
    case 'list':
      if (!Array.isArray(value)) return wrong(field, 'a LIST', problems);
      return value.map((item) => readValue(schema.member(), item, field, problems));
    case 'map': {
      if (!isObject(value)) return wrong(field, 'a MAP', problems);
      const entries = Object.entries(value).filter(([, entry]) => entry !== null);
      return Object.fromEntries(entries.map(([key, entry]) => [key, readValue(schema.value(), entry, key, problems)]));
    }
    case 'structure':
      return isObject(value) ? readStructure(schema, value, problems) : wrong(field, 'a STRUCTURE', problems);
  }
}

/** AWS turns JSON into text where the service's own parameter is text. */
function asText(value: Json): string {
  return typeof value === 'string' ? value : jsonText(value);
}

function readBoolean(value: Json, field: string, problems: string[]): unknown {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  return wrong(field, 'a BOOLEAN', problems);
}

function readNumber(type: 'number' | 'bigint', value: Json, field: string, problems: string[]): unknown {
  const text = typeof value === 'string' ? value : isNumber(value) ? jsonText(value) : '';
  const number = isNumber(value) ? toNumber(value) : Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) return wrong(field, 'a NUMBER', problems);
  return type === 'bigint' && /^-?\d+$/.test(text) ? BigInt(text) : number;
}

const MS_PER_SECOND = 1_000;

/** ISO 8601, or seconds since the epoch. */
function readTime(value: Json, field: string, problems: string[]): unknown {
  const at = isNumber(value)
    ? toNumber(value) * MS_PER_SECOND
    : typeof value === 'string'
      ? Date.parse(value)
      : Number.NaN;
  return Number.isNaN(at) ? wrong(field, 'a valid TIMESTAMP', problems) : new Date(at);
}

function wrong(field: string, what: string, problems: string[]): undefined {
  problems.push(`The value for the field '${field}' must be ${what}`);
  return undefined;
}
