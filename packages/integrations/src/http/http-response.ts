import { type OutgoingAnswer, isDeeperThan } from '@everstep/engine';
import { type Json, type JsonObject, JsonSyntaxError, parseJson } from '@everstep/language';
import { QUOTAS } from '@everstep/protocol';

/** An answer that no state can hold: it is no text. */
export class UnusableAnswerError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnusableAnswerError';
  }
}

export function headerOf({ headers }: OutgoingAnswer, name: string): string | undefined {
  return headers.find(([one]) => one.toLowerCase() === name)?.[1];
}

/** Names with all their values, each name spelt as `spelling` makes it. */
export function headerLists({ headers }: OutgoingAnswer, spelling: (name: string) => string): JsonObject {
  const lists = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const spelt = spelling(name);
    lists.set(spelt, [...(lists.get(spelt) ?? []), value]);
  }
  return Object.fromEntries(lists);
}

const BINARY = /^(application\/octet-stream|image\/|video\/|audio\/)/i;

/**
 * An answer's text, by the charset that it names, or UTF-8. Throws UnusableAnswerError for what AWS does not take: types
 * that are binary, and bytes that are no text.
 * https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#unsupported-http-task-responses
 */
export function bodyText(answer: OutgoingAnswer): string {
  const type = headerOf(answer, 'content-type')?.trim() ?? '';
  if (BINARY.test(type)) throw new UnusableAnswerError(`The response has the unsupported content type '${type}'.`);
  const charset = /;\s*charset="?([\w.:-]+)"?/i.exec(type)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: false }).decode(answer.body);
  } catch (error) {
    if (!(error instanceof TypeError) && !(error instanceof RangeError)) throw error;
    throw new UnusableAnswerError('The response cannot be read as a string.');
  }
}

/** JSON where the service says so, or where it reads as an object or a list; text otherwise. */
export function bodyValue(answer: OutgoingAnswer, text: string): Json {
  const type = headerOf(answer, 'content-type') ?? '';
  if (!/^[^;]*[/+]json\b/i.test(type) && !/^\s*[[{]/.test(text)) return text;
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return text;
  }
  if (isDeeperThan(text, QUOTAS.jsonDepth)) throw new UnusableAnswerError('The response is nested too deeply.');
  return value;
}

/** How long the service asks to be left alone, in milliseconds; null: it does not say. */
export function retryAfterMs(answer: OutgoingAnswer, now: number): number | null {
  const text = headerOf(answer, 'retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const at = /^[A-Z][a-z]{2}, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
