import { type Json, isNumber, jsonText, parseJson } from '@everstep/language';

/** A value as the driver sends it: lists become arrays of Postgres, objects JSON, numbers keep their text. */
export function sqlValue(value: Json): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (isNumber(value)) return jsonText(value);
  if (Array.isArray(value)) return value.map(sqlValue);
  return jsonText(value);
}

const OID = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  json: 114,
  float4: 700,
  float8: 701,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
  jsonb: 3802,
} as const;

const json = (text: string): Json => parseJson(text);
/** `NaN` and `Infinity` are no numbers of JSON. */
const number = (text: string): Json => (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? parseJson(text) : text);

const PARSERS: ReadonlyMap<number, (text: string) => Json> = new Map<number, (text: string) => Json>([
  [OID.bool, (text) => text === 't'],
  [OID.bytea, (text) => Buffer.from(text.replace(/^\\x/, ''), 'hex').toString('base64')],
  [OID.int2, number],
  [OID.int4, number],
  [OID.int8, number],
  [OID.float4, number],
  [OID.float8, number],
  [OID.numeric, number],
  [OID.json, json],
  [OID.jsonb, json],
  [OID.timestamp, (text) => text.replace(' ', 'T')],
  [OID.timestamptz, isoTime],
]);

/** `2026-11-27 07:30:00.5+01` is 2026-11-27T06:30:00.500Z; what JavaScript cannot hold (infinity) stays as it is. */
function isoTime(text: string): Json {
  const at = Date.parse(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'));
  return Number.isNaN(at) ? text : new Date(at).toISOString();
}

/**
 * How columns become JSON: numbers with all their digits, JSON as it is, times in ISO 8601, bytes in base64, and everything
 * else (uuid, interval, arrays, enumerations) as Postgres writes it.
 */
export const columnTypes = {
  getTypeParser: (oid: number) => PARSERS.get(oid) ?? ((text: string): Json => text),
};
