import type { CallCredentials } from '@everstep/engine';
import { type Json, type JsonObject, isObject, jsonText, setOwn } from '@everstep/language';
import { formEncoded } from './form-encoding.ts';
import type { HttpCall } from './http-parameters.ts';
import { type Pairs, requireSendable } from './http-values.ts';
import { withQuery } from './query-parameters.ts';
import { UnusableParametersError } from './unusable-parameters-error.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Pairs;
  readonly body: string | null;
}

/** The part of a connection that goes into a request; without one it is the state's own request. */
export type Added = Pick<CallCredentials, 'headers' | 'query' | 'body'>;

export const NOTHING_ADDED: Added = { headers: [], query: [], body: [] };

/**
 * What a state and its connection make together: the connection adds, and where both name the same, it is the
 * connection's that is sent. Throws UnusableParametersError.
 * https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#http-task-data-merge
 */
export function httpRequest(call: HttpCall, added: Added, region: string): HttpRequest {
  const headers = [...without(call.headers, added.headers, lowerCase), ...added.headers];
  const query = [...without(call.query, added.query, asItIs), ...added.query];
  const contentType = headers.find(([name]) => lowerCase(name) === 'content-type')?.[1];
  const body = bodyText(call, mergedBody(call.body, added.body), contentType);
  const isTyped = contentType !== undefined || body === null;
  const own: Pairs = [
    ...(isTyped ? [] : [['Content-Type', 'application/json; charset=UTF-8'] as const]),
    ['User-Agent', `Amazon|StepFunctions|HttpInvoke|${region}`],
    // A service that heeds it sends no more than a state can hold, and one byte that tells there is more.
    ['Range', 'bytes=0-262144'],
  ];
  const all = [...without(headers, own, lowerCase), ...own];
  requireSendable(all);
  return { method: call.method, url: withQuery(call.url, query), headers: all, body };
}

const lowerCase = (name: string): string => name.toLowerCase();
const asItIs = (name: string): string => name;

/** The pairs whose names others do not have. */
function without(pairs: Pairs, others: Pairs, key: (name: string) => string): Pairs {
  const taken = new Set(others.map(([name]) => key(name)));
  return pairs.filter(([name]) => !taken.has(key(name)));
}

function mergedBody(body: Json | undefined, added: Pairs): Json | undefined {
  if (added.length === 0) return body;
  if (body !== undefined && body !== null && !isObject(body)) {
    const what = typeof body === 'string' ? 'a string' : 'no object';
    throw new UnusableParametersError(
      `The field 'RequestBody' is ${what}, so the connection's cannot be merged with it.`,
    );
  }
  const merged: JsonObject = { ...body };
  for (const [name, value] of added) setOwn(merged, name, value);
  return merged;
}

/** A text is sent as JSON where the service expects JSON, and as it is to one that expects anything else. */
function bodyText(call: HttpCall, body: Json | undefined, contentType: string | undefined): string | null {
  if (body === undefined) return null;
  if (typeof body === 'string' && (call.formArrays !== null || isNoJson(contentType))) return body;
  return call.formArrays === null ? jsonText(body) : formEncoded(body, call.formArrays);
}

function isNoJson(contentType: string | undefined): boolean {
  return contentType !== undefined && !/^[^;]*[/+]json\b/i.test(contentType);
}
