import { type Json, type JsonObject, isObject, jsonText, setOwn } from '@everstep/language';
import { percentEncode } from '@everstep/protocol';
import { type HttpRequest } from '../http/http-request.ts';
import { missingOr, readMethod } from '../http/http-parameters.ts';
import { ForbiddenHeaders, type Pairs, readHeaders } from '../http/http-values.ts';
import { readQuery, withQuery } from '../http/query-parameters.ts';
import { UnusableParametersError } from '../http/unusable-parameters-error.ts';

export type AuthType = 'NO_AUTH' | 'IAM_ROLE' | 'RESOURCE_POLICY';

export interface ApiCall {
  readonly request: HttpRequest;
  readonly authType: AuthType;
  /** The region that the API's name tells; null: it is no name of AWS's. */
  readonly region: string | null;
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html#connect-api-gateway-requests */
const FORBIDDEN = new ForbiddenHeaders([
  ...['x-forwarded*', 'x-amz*', 'authorization', 'connection', 'content-md5', 'expect', 'host', 'max-forwards'],
  ...['proxy-authenticate', 'server', 'te', 'transfer-encoding', 'trailer', 'upgrade', 'via', 'www-authenticate'],
  ...['content-length'],
]);

const AUTH_TYPES: readonly AuthType[] = ['NO_AUTH', 'IAM_ROLE', 'RESOURCE_POLICY'];
const WITH_BODY = /^(PATCH|POST|PUT)$/;

/**
 * The call that the Parameters describe. `gateway`: where APIs of AWS's naming are in place of AWS, with `{api}` and
 * `{region}` for what their names say; null: at AWS. Throws UnusableParametersError.
 */
export function readApiCall(parameters: Json, gateway: string | null): ApiCall {
  if (!isObject(parameters)) {
    throw new UnusableParametersError('The Parameters of apigateway:invoke must be an object.');
  }
  const { base, region } = readEndpoint(parameters['ApiEndpoint'], gateway);
  const method = readMethod(parameters['Method']);
  const path = [...segments(parameters, 'Stage'), ...segments(parameters, 'Path')];
  const url = new URL(base);
  url.pathname = [url.pathname.replace(/\/$/, ''), ...path].join('/');
  const keep = parameters['AllowNullValues'] === true;
  const given = (field: string): Json | undefined => {
    const value = parameters[field];
    return value === undefined || keep ? value : withoutNulls(value);
  };
  const headers = readHeaders(given('Headers'), FORBIDDEN);
  const body = WITH_BODY.test(method) ? bodyText(given('RequestBody')) : null;
  return {
    request: { method, url: withQuery(url, readQuery(given('QueryParameters'))), headers: typed(headers, body), body },
    authType: readAuthType(parameters['AuthType']),
    region,
  };
}

const API_NAME = /^([a-z0-9]+)\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/;

function readEndpoint(value: Json | undefined, gateway: string | null): { base: string; region: string | null } {
  if (typeof value !== 'string') throw missingOr(value, 'ApiEndpoint', 'a string');
  const [, api, region] = API_NAME.exec(value) ?? [];
  if (api !== undefined && region !== undefined) {
    const base = gateway?.replaceAll('{api}', api).replaceAll('{region}', region);
    return { base: base ?? `https://${value}`, region };
  }
  // Other gateways have names of their own, a port, and perhaps no TLS.
  const address = /^https?:\/\//.test(value) ? value : `https://${value}`;
  const url = URL.canParse(address) ? new URL(address) : null;
  const isHost = url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!isHost || url.pathname !== '/') {
    throw new UnusableParametersError(`The ApiEndpoint '${value}' is not the host name of an API.`);
  }
  return { base: url.href, region: null };
}

/** Each part of a path by itself, so that none of them leads out of the stage. */
function segments(parameters: JsonObject, field: 'Stage' | 'Path'): string[] {
  const value = parameters[field];
  if (value === undefined || value === null || value === '') return [];
  if (typeof value !== 'string') throw new UnusableParametersError(`The field '${field}' must be a string.`);
  return value
    .replace(/^\//, '')
    .split('/')
    .map((segment) => {
      if (/^(\.|%2e){1,2}$/i.test(segment)) {
        throw new UnusableParametersError(`The field '${field}' must not have a part '${segment}'.`);
      }
      // What is percent-encoded already stays so.
      return segment.replace(/%(?![0-9a-f]{2})|[^%\w\-.~!$&'()*+,;=:@]/giu, percentEncode);
    });
}

function readAuthType(value: Json | undefined): AuthType {
  if (value === undefined || value === null) return 'NO_AUTH';
  const found = AUTH_TYPES.find((one) => one === value);
  if (found !== undefined) return found;
  throw new UnusableParametersError(`The field 'AuthType' must be one of ${AUTH_TYPES.join(', ')}`);
}

function bodyText(body: Json | undefined): string | null {
  if (body === undefined || body === null) return null;
  return typeof body === 'string' ? body : jsonText(body);
}

function typed(headers: Pairs, body: string | null): Pairs {
  const isTyped = body === null || headers.some(([name]) => name.toLowerCase() === 'content-type');
  return isTyped ? headers : [...headers, ['Content-Type', 'application/json']];
}

/** Members that are null are left out, however deep. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const kept: JsonObject = {};
  for (const [name, member] of Object.entries(value)) if (member !== null) setOwn(kept, name, withoutNulls(member));
  return kept;
}
