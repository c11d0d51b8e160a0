import { type Json, type JsonObject, rawNumber, setOwn } from '@everstep/language';
import { stepFunctionsName } from '../api-models/names.ts';
import { memberOf } from '../unknown-member.ts';
import type { SdkSchema, SdkStructure } from './sdk-schema.ts';

/** As AWS shows times: text in answers to calls, milliseconds since the epoch in descriptions of jobs. */
export type AnswerTimes = 'text' | 'milliseconds';

/**
 * The SDK's answer as Step Functions shows it: names begin with a capital, times are ISO 8601, bytes and streams are
 * text (base64 where they are no UTF-8); what the service did not say is absent.
 */
export async function fromSdkOutput(
  schema: SdkSchema,
  output: unknown,
  times: AnswerTimes = 'text',
): Promise<JsonObject> {
  return schema.type === 'structure' ? writeStructure(schema, output, times) : {};
}

async function writeStructure(schema: SdkStructure, value: unknown, times: AnswerTimes): Promise<JsonObject> {
  const written: JsonObject = {};
  for (const member of schema.members.values()) {
    const given = memberOf(value, member.name);
    if (given === undefined || given === null) continue;
    setOwn(written, stepFunctionsName(member.name), await writeValue(member.schema(), given, times));
  }
  return written;
}

async function writeValue(schema: SdkSchema, value: unknown, times: AnswerTimes): Promise<Json> {
  if (value === null || value === undefined) return null;
  switch (schema.type) {
    case 'structure':
      return writeStructure(schema, value, times);
    case 'list': {
      const items: Json[] = [];
      for (const item of Array.isArray(value) ? value : []) items.push(await writeValue(schema.member(), item, times));
      return items;
    }
    case 'map': {
      const entries: JsonObject = {};
      for (const [key, entry] of Object.entries(value))
        setOwn(entries, key, await writeValue(schema.value(), entry, times));
      return entries;
    }
    case 'stream':
      return bytesText(await readStream(value));
    default:
      return value instanceof Date && times === 'milliseconds' ? value.getTime() : writeSimple(value);
  }
}

function writeSimple(value: unknown): Json {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return rawNumber(String(value));
  if (value instanceof Date) return isoTime(value);
  if (value instanceof Uint8Array) return bytesText(value);
  // A decimal of any length is an object that holds its text.
  const decimal = memberOf(value, 'string');
  if (memberOf(value, 'type') === 'bigDecimal' && typeof decimal === 'string') return rawNumber(decimal);
  return writeDocument(value);
}

/** A document is JSON already. */
function writeDocument(value: unknown): Json {
  if (Array.isArray(value)) return value.map((item) => (item === null ? null : writeSimple(item)));
  const written: JsonObject = {};
  if (typeof value !== 'object' || value === null) return written;
  for (const [key, entry] of Object.entries(value)) setOwn(written, key, entry === null ? null : writeSimple(entry));
  return written;
}

/** Without a fraction where there is none, as AWS writes it. */
function isoTime(value: Date): string {
  return Number.isNaN(value.getTime()) ? String(value) : value.toISOString().replace('.000Z', 'Z');
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function bytesText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    // Not text: nothing may be lost of it.
    return Buffer.from(bytes).toString('base64');
  }
}

async function readStream(value: unknown): Promise<Uint8Array> {
  if (value instanceof Uint8Array) return value;
  const chunks: Uint8Array[] = [];
  if (!isIterable(value)) return Buffer.alloc(0);
  for await (const chunk of value) {
    if (chunk instanceof Uint8Array) chunks.push(chunk);
    else chunks.push(Buffer.from(String(chunk)));
  }
  return Buffer.concat(chunks);
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
