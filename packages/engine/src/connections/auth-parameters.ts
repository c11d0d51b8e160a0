import { ApiError, type operations } from '@everstep/protocol';

type AuthParameters = operations.ConnectionAuthParameters;
type HttpParameters = operations.ConnectionHttpParameters;
type Parameter = operations.ConnectionParameter;
type AuthorizationType = operations.ConnectionAuthorizationType;

/** What DescribeConnection may tell: everything but passwords, keys, client secrets and the values that are called secret. */
export function withoutSecrets(parameters: AuthParameters): AuthParameters {
  const { BasicAuthParameters: basic, ApiKeyAuthParameters: apiKey, OAuthParameters: oauth } = parameters;
  const { InvocationHttpParameters: invocation } = parameters;
  return given({
    BasicAuthParameters: basic === undefined ? undefined : given({ Username: basic.Username }),
    ApiKeyAuthParameters: apiKey === undefined ? undefined : given({ ApiKeyName: apiKey.ApiKeyName }),
    OAuthParameters: oauth === undefined ? undefined : shownOAuth(oauth),
    InvocationHttpParameters: invocation === undefined ? undefined : shownHttp(invocation),
  });
}

function shownOAuth(oauth: operations.ConnectionOAuthParameters): operations.ConnectionOAuthParameters {
  const { ClientParameters: client, AuthorizationEndpoint, HttpMethod, OAuthHttpParameters: http } = oauth;
  return given({
    ClientParameters: client === undefined ? undefined : given({ ClientID: client.ClientID }),
    AuthorizationEndpoint,
    HttpMethod,
    OAuthHttpParameters: http === undefined ? undefined : shownHttp(http),
  });
}

function shownHttp(http: HttpParameters): HttpParameters {
  const shown = (parameters: readonly Parameter[]): Parameter[] =>
    parameters.map(({ Value, ...rest }) =>
      rest.IsValueSecret === true || Value === undefined ? rest : { ...rest, Value },
    );
  const { HeaderParameters: headers, QueryStringParameters: query, BodyParameters: body } = http;
  return given({
    HeaderParameters: headers === undefined ? undefined : shown(headers),
    QueryStringParameters: query === undefined ? undefined : shown(query),
    BodyParameters: body === undefined ? undefined : shown(body),
  });
}

/** What is given takes the place of what was there, member by member; a list takes the place of the whole list. */
export function merged(before: AuthParameters, change: AuthParameters): AuthParameters {
  const oauth = given({
    ...before.OAuthParameters,
    ...given(change.OAuthParameters ?? {}),
    ClientParameters: together(before.OAuthParameters?.ClientParameters, change.OAuthParameters?.ClientParameters),
    OAuthHttpParameters: together(
      before.OAuthParameters?.OAuthHttpParameters,
      change.OAuthParameters?.OAuthHttpParameters,
    ),
  });
  return given({
    BasicAuthParameters: together(before.BasicAuthParameters, change.BasicAuthParameters),
    ApiKeyAuthParameters: together(before.ApiKeyAuthParameters, change.ApiKeyAuthParameters),
    OAuthParameters: Object.keys(oauth).length === 0 ? undefined : oauth,
    InvocationHttpParameters: together(before.InvocationHttpParameters, change.InvocationHttpParameters),
  });
}

function together<Value extends object>(before: Value | undefined, change: Value | undefined): Value | undefined {
  if (before === undefined || change === undefined) return change ?? before;
  return { ...before, ...given(change) };
}

/** Without members that are undefined. */
function given<Value extends object>(value: Value): Value {
  const present = { ...value };
  for (const name of Object.keys(present)) {
    if (Reflect.get(present, name) === undefined) Reflect.deleteProperty(present, name);
  }
  return present;
}

const MEMBERS = {
  BASIC: 'BasicAuthParameters',
  API_KEY: 'ApiKeyAuthParameters',
  OAUTH_CLIENT_CREDENTIALS: 'OAuthParameters',
} as const satisfies Record<AuthorizationType, keyof AuthParameters>;

/** What belongs to a type of authorization, and what every type has. */
export function ofType(type: AuthorizationType, parameters: AuthParameters): AuthParameters {
  const { InvocationHttpParameters } = parameters;
  return given({ [MEMBERS[type]]: parameters[MEMBERS[type]], InvocationHttpParameters });
}

/** The name of a header, as HTTP has it. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Errors: ValidationException, where parameters are not those of the type, or not all of them. */
export function requireComplete(type: AuthorizationType, parameters: AuthParameters): void {
  for (const [other, member] of Object.entries(MEMBERS)) {
    if (other !== type && parameters[member] !== undefined) {
      throw invalid(`AuthParameters.${member} must not be there for a connection of the type ${type}.`);
    }
  }
  const missing = missingOf(type, parameters);
  if (missing !== null) throw invalid(`A connection of the type ${type} needs AuthParameters.${missing}.`);
  const { ApiKeyName } = parameters.ApiKeyAuthParameters ?? {};
  if (ApiKeyName !== undefined && !TOKEN.test(ApiKeyName)) {
    throw invalid(
      `'${ApiKeyName}' at 'AuthParameters.ApiKeyAuthParameters.ApiKeyName' cannot be the name of a header.`,
    );
  }
}

function missingOf(type: AuthorizationType, parameters: AuthParameters): string | null {
  const { BasicAuthParameters: basic, ApiKeyAuthParameters: apiKey, OAuthParameters: oauth } = parameters;
  const needed: ReadonlyArray<readonly [string, string | undefined]> =
    type === 'BASIC'
      ? [
          ['BasicAuthParameters.Username', basic?.Username],
          ['BasicAuthParameters.Password', basic?.Password],
        ]
      : type === 'API_KEY'
        ? [
            ['ApiKeyAuthParameters.ApiKeyName', apiKey?.ApiKeyName],
            ['ApiKeyAuthParameters.ApiKeyValue', apiKey?.ApiKeyValue],
          ]
        : [
            ['OAuthParameters.ClientParameters.ClientID', oauth?.ClientParameters?.ClientID],
            ['OAuthParameters.ClientParameters.ClientSecret', oauth?.ClientParameters?.ClientSecret],
            ['OAuthParameters.AuthorizationEndpoint', oauth?.AuthorizationEndpoint],
            ['OAuthParameters.HttpMethod', oauth?.HttpMethod],
          ];
  return needed.find(([, value]) => value === undefined)?.[0] ?? null;
}

function invalid(message: string): ApiError {
  return new ApiError('ValidationException', message);
}
