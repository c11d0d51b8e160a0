import { type Json, type JsonObject, isObject } from '@everstep/language';
import { ARRAY_FORMATS, type ArrayFormat } from './form-encoding.ts';
import { ForbiddenHeaders, type Pairs, readHeaders } from './http-values.ts';
import { readQuery } from './query-parameters.ts';
import { UnusableParametersError } from './unusable-parameters-error.ts';

/** An HTTP Task's call, before its connection has added anything. */
export interface HttpCall {
  readonly connectionArn: string;
  readonly url: URL;
  readonly method: string;
  readonly headers: Pairs;
  readonly query: Pairs;
  /** undefined: none. */
  readonly body: Json | undefined;
  /** null: the body is sent as JSON. */
  readonly formArrays: ArrayFormat | null;
}

export const METHODS: readonly string[] = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'];

/** https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#connect-http-task-fields */
const FORBIDDEN = new ForbiddenHeaders([
  ...['a-im', 'accept-charset', 'accept-datetime', 'accept-encoding', 'authorization', 'cache-control', 'connection'],
  ...['content-encoding', 'content-md5', 'date', 'expect', 'forwarded', 'from', 'host', 'http2-settings', 'if-match'],
  ...['if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since', 'max-forwards', 'origin', 'pragma'],
  ...['proxy-authorization', 'referer', 'server', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'via', 'warning'],
  ...['x-forwarded-*', 'x-amz-*', 'x-amzn-*'],
  // Their values are the body's and this end's of the connection.
  ...['content-length', 'keep-alive', 'proxy-connection'],
]);

/** Throws UnusableParametersError. */
export function readHttpCall(parameters: Json): HttpCall {
  if (!isObject(parameters)) throw new UnusableParametersError('The Parameters of http:invoke must be an object.');
  return {
    connectionArn: readConnectionArn(parameters),
    url: readEndpoint(parameters['ApiEndpoint']),
    method: readMethod(parameters['Method']),
    headers: readHeaders(parameters['Headers'], FORBIDDEN),
    query: readQuery(parameters['QueryParameters']),
    body: parameters['RequestBody'],
    formArrays: readTransform(parameters['Transform']),
  };
}

function readConnectionArn(parameters: JsonObject): string {
  for (const field of ['InvocationConfig', 'Authentication']) {
    const given = parameters[field];
    if (given === undefined) continue;
    const arn = isObject(given) ? given['ConnectionArn'] : undefined;
    if (typeof arn === 'string') return arn;
    throw new UnusableParametersError(`The field '${field}' must have a ConnectionArn that is a string.`);
  }
  throw new UnusableParametersError("The field 'InvocationConfig' is required but was missing");
}

function readEndpoint(value: Json | undefined): URL {
  if (typeof value !== 'string') throw missingOr(value, 'ApiEndpoint', 'a string');
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UnusableParametersError(`The ApiEndpoint '${value}' is not an https address.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new UnusableParametersError('The ApiEndpoint must not hold a user or a password: a connection does.');
  }
  url.hash = '';
  return url;
}

export function readMethod(value: Json | undefined): string {
  if (typeof value === 'string' && METHODS.includes(value)) return value;
  throw missingOr(value, 'Method', `one of ${METHODS.join(', ')}`);
}

export function missingOr(value: Json | undefined, field: string, expected: string): UnusableParametersError {
  const problem = value === undefined ? 'is required but was missing' : `must be ${expected}`;
  return new UnusableParametersError(`The field '${field}' ${problem}`);
}

function readTransform(value: Json | undefined): ArrayFormat | null {
  if (value === undefined) return null;
  if (!isObject(value)) throw new UnusableParametersError("The field 'Transform' must be an object.");
  const { RequestBodyEncoding: encoding = 'NONE', RequestEncodingOptions: options = {} } = value;
  if (encoding !== 'NONE' && encoding !== 'URL_ENCODED') {
    throw new UnusableParametersError("The field 'RequestBodyEncoding' must be NONE or URL_ENCODED.");
  }
  const given = isObject(options) ? (options['ArrayFormat'] ?? 'INDICES') : null;
  const format = ARRAY_FORMATS.find((one) => one === given);
  if (encoding === 'NONE') return null;
  if (format !== undefined) return format;
  throw new UnusableParametersError(`The field 'ArrayFormat' must be one of ${ARRAY_FORMATS.join(', ')}.`);
}
