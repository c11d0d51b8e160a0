import { type MemberReader, boolean, list, oneOf, required, string, structure } from '../constraints.ts';
import { ApiError } from '../errors.ts';
import { QUOTAS } from '../quotas.ts';
import type { EpochSeconds } from '../timestamps.ts';

/**
 * Connections of EventBridge's API, with the constraints of its model: the credentials of a service that HTTP Tasks call.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateConnection.html
 */
export type ConnectionAuthorizationType = 'BASIC' | 'OAUTH_CLIENT_CREDENTIALS' | 'API_KEY';
export type ConnectionState =
  | 'CREATING'
  | 'UPDATING'
  | 'DELETING'
  | 'AUTHORIZED'
  | 'DEAUTHORIZED'
  | 'AUTHORIZING'
  | 'DEAUTHORIZING';

/** A header, a query parameter or a member of the body. DescribeConnection leaves the value of a secret one out. */
export interface ConnectionParameter {
  readonly Key?: string;
  readonly Value?: string;
  readonly IsValueSecret?: boolean;
}

export interface ConnectionHttpParameters {
  readonly HeaderParameters?: readonly ConnectionParameter[];
  readonly QueryStringParameters?: readonly ConnectionParameter[];
  readonly BodyParameters?: readonly ConnectionParameter[];
}

/** As CreateConnection takes them whole, UpdateConnection in part, and DescribeConnection shows them without secrets. */
export interface ConnectionAuthParameters {
  readonly BasicAuthParameters?: { readonly Username?: string; readonly Password?: string };
  readonly ApiKeyAuthParameters?: { readonly ApiKeyName?: string; readonly ApiKeyValue?: string };
  readonly OAuthParameters?: ConnectionOAuthParameters;
  readonly InvocationHttpParameters?: ConnectionHttpParameters;
}

export interface ConnectionOAuthParameters {
  readonly ClientParameters?: { readonly ClientID?: string; readonly ClientSecret?: string };
  readonly AuthorizationEndpoint?: string;
  readonly HttpMethod?: 'GET' | 'POST' | 'PUT';
  readonly OAuthHttpParameters?: ConnectionHttpParameters;
}

/** What every answer about a connection tells of it. */
export interface ConnectionSummary {
  readonly ConnectionArn: string;
  readonly ConnectionState: ConnectionState;
  readonly CreationTime: EpochSeconds;
  readonly LastModifiedTime: EpochSeconds;
  readonly LastAuthorizedTime?: EpochSeconds;
}

export const CONNECTION_NAME = string({
  min: 1,
  max: QUOTAS.connectionNameLength,
  pattern: { text: '[\\.\\-_A-Za-z0-9]+', expression: /^[.\-_A-Za-z0-9]+$/ },
});
const CONNECTION_DESCRIPTION = string({ max: 512, pattern: { text: '.*', expression: /^.*$/ } });
export const CONNECTION_AUTHORIZATION_TYPE = oneOf<ConnectionAuthorizationType>([
  'BASIC',
  'OAUTH_CLIENT_CREDENTIALS',
  'API_KEY',
]);
export const CONNECTION_STATE = oneOf<ConnectionState>([
  'CREATING',
  'UPDATING',
  'DELETING',
  'AUTHORIZED',
  'DEAUTHORIZED',
  'AUTHORIZING',
  'DEAUTHORIZING',
]);

/** The model's expressions, where theirs would take exponential time, as others that take the same texts in linear time. */
const AUTH_TEXT = {
  text: '^[ \\t]*[^\\x00-\\x1F:\\x7F]+([ \\t]+[^\\x00-\\x1F:\\x7F]+)*[ \\t]*$',
  expression: /^(?!\t*$)[^[\p{Cc}--[\u0080-\u009f\t]]:]+$/v,
};
const HEADER_VALUE_TEXT = {
  text: '^[ \\t]*[\\x20-\\x7E]+([ \\t]+[\\x20-\\x7E]+)*[ \\t]*$',
  expression: /^(?!\t*$)[\t\x20-\x7e]+$/,
};
const PARAMETER_LENGTH = 512;
const AUTH = string({ min: 1, max: PARAMETER_LENGTH, pattern: AUTH_TEXT });
const AUTH_SECRET = string({ min: 1, max: PARAMETER_LENGTH, pattern: AUTH_TEXT, sensitive: true });
const HEADER_KEY = string({
  max: PARAMETER_LENGTH,
  pattern: { text: "^[!#$%&'*+-.^_`|~0-9a-zA-Z]+$", expression: /^[!#$%&'*+\-.^_`|~0-9a-zA-Z]+$/ },
});
const HEADER_VALUE = string({ max: PARAMETER_LENGTH, pattern: HEADER_VALUE_TEXT, sensitive: true });
const QUERY_KEY = string({
  max: PARAMETER_LENGTH,
  pattern: { text: '[^\\x00-\\x1F\\x7F]+', expression: /^[^[\p{Cc}--[\u0080-\u009f]]]+$/v },
});
const QUERY_VALUE = string({
  max: PARAMETER_LENGTH,
  pattern: { text: '[^\\x00-\\x09\\x0B\\x0C\\x0E-\\x1F\\x7F]+', expression: /^[^[\p{Cc}--[\u0080-\u009f\n\r]]]+$/v },
  sensitive: true,
});
const BODY_KEY = string();
const BODY_VALUE = string({ sensitive: true });
const ENDPOINT = string({ min: 1, max: 2_048 });

type Text = typeof AUTH;

function parameters(key: Text, value: Text) {
  const parameter = structure<ConnectionParameter>((member) => ({
    Key: member('Key', key),
    Value: member('Value', value),
    IsValueSecret: member('IsValueSecret', boolean()),
  }));
  return list(parameter, { min: 0, max: QUOTAS.connectionParameters });
}

const HTTP_PARAMETERS = structure<ConnectionHttpParameters>((member) => ({
  HeaderParameters: member('HeaderParameters', parameters(HEADER_KEY, HEADER_VALUE)),
  QueryStringParameters: member('QueryStringParameters', parameters(QUERY_KEY, QUERY_VALUE)),
  BodyParameters: member('BodyParameters', parameters(BODY_KEY, BODY_VALUE)),
}));

const OFFERED_NOT = structure(() => ({}));

/** `isWhole`: what belongs together must be there together, as CreateConnection wants it. */
export function authParameters(isWhole: boolean) {
  const must = (shape: Text): Text => (isWhole ? required(shape, '') : shape);
  return structure<ConnectionAuthParameters & { readonly ConnectivityParameters?: object }>((member) => ({
    BasicAuthParameters: member(
      'BasicAuthParameters',
      structure((basic) => ({
        Username: basic('Username', must(AUTH)),
        Password: basic('Password', must(AUTH_SECRET)),
      })),
    ),
    ApiKeyAuthParameters: member(
      'ApiKeyAuthParameters',
      structure((apiKey) => ({
        ApiKeyName: apiKey('ApiKeyName', must(AUTH)),
        ApiKeyValue: apiKey('ApiKeyValue', must(AUTH_SECRET)),
      })),
    ),
    OAuthParameters: member('OAuthParameters', oauthParameters(isWhole, must)),
    InvocationHttpParameters: member('InvocationHttpParameters', HTTP_PARAMETERS),
    ConnectivityParameters: member('ConnectivityParameters', OFFERED_NOT),
  }));
}

const OAUTH_METHOD = oneOf<'GET' | 'POST' | 'PUT'>(['GET', 'POST', 'PUT']);

function oauthParameters(isWhole: boolean, must: (shape: Text) => Text) {
  const client = structure((member) => ({
    ClientID: member('ClientID', must(AUTH)),
    ClientSecret: member('ClientSecret', must(AUTH_SECRET)),
  }));
  return structure<ConnectionOAuthParameters>((member) => ({
    ClientParameters: member(
      'ClientParameters',
      isWhole ? required(client, { ClientID: '', ClientSecret: '' }) : client,
    ),
    AuthorizationEndpoint: member('AuthorizationEndpoint', must(ENDPOINT)),
    HttpMethod: member('HttpMethod', isWhole ? required(OAUTH_METHOD, 'POST') : OAUTH_METHOD),
    OAuthHttpParameters: member('OAuthHttpParameters', HTTP_PARAMETERS),
  }));
}

/** Members that name what only AWS has; to pass them over would leave out what was asked for. */
export interface NotOffered {
  readonly InvocationConnectivityParameters?: object;
  readonly KmsKeyIdentifier?: string;
}

/** What CreateConnection and UpdateConnection take alike. */
export function describedMembers(
  member: MemberReader,
): NotOffered & { readonly Name: string; readonly Description?: string } {
  return {
    Name: member('Name', required(CONNECTION_NAME, '')),
    Description: member('Description', CONNECTION_DESCRIPTION),
    InvocationConnectivityParameters: member('InvocationConnectivityParameters', OFFERED_NOT),
    KmsKeyIdentifier: member('KmsKeyIdentifier', string({ max: 2_048 })),
  };
}

/** Errors: ValidationException. */
export function checkConnection(
  input: NotOffered & { readonly AuthParameters?: ConnectionAuthParameters & { ConnectivityParameters?: object } },
): void {
  const { AuthParameters, KmsKeyIdentifier } = input;
  if (input.InvocationConnectivityParameters ?? AuthParameters?.ConnectivityParameters) {
    throw invalid('Connections to private APIs through a resource configuration are not offered.');
  }
  if (KmsKeyIdentifier !== undefined && KmsKeyIdentifier !== '') {
    throw invalid('KmsKeyIdentifier is not offered: connections are encrypted under the installation’s master key.');
  }
  const endpoint = AuthParameters?.OAuthParameters?.AuthorizationEndpoint;
  if (endpoint !== undefined && !isWebAddress(endpoint)) {
    throw invalid(`'${endpoint}' at 'AuthParameters.OAuthParameters.AuthorizationEndpoint' is not an https address.`);
  }
}

function isWebAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}

function invalid(message: string): ApiError {
  return new ApiError('ValidationException', message);
}
