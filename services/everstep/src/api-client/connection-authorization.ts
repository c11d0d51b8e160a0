import type {
  ConnectionAuthorizationType,
  DescribeConnectionResponse,
  CreateConnectionAuthRequestParameters,
} from '@aws-sdk/client-eventbridge';
import type { Command } from 'commander';
import { readText } from '../definition/definition-file.ts';
import { messageOf, StartError } from '../start-error.ts';
import { readSecret } from '../terminal/read-secret.ts';

export interface AuthOptions {
  readonly basic?: string;
  readonly apiKey?: string;
  readonly oauth?: string;
  readonly tokenUrl?: string;
  readonly header: readonly string[];
  readonly secretFile?: string;
  readonly parameters?: string;
}

export interface Authorization {
  readonly AuthorizationType: ConnectionAuthorizationType;
  readonly AuthParameters: CreateConnectionAuthRequestParameters;
}

export function authOptions(command: Command): Command {
  return command
    .option('--basic <user>', 'a user name and a password')
    .option('--api-key <header>', 'a key in a header of this name')
    .option('--oauth <client>', 'OAuth: the client’s id; its secret gets tokens at --token-url')
    .option('--token-url <url>', 'with --oauth: the authorization endpoint')
    .option('--header <header>', "a header that is added to each call, 'Name: value'; may be repeated", collect, [])
    .option('--secret-file <file>', 'file with the password, key or client secret in its first line')
    .option('--parameters <file>', 'all of AuthParameters as JSON, in a file or - for the standard input');
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/**
 * What the options say of the authorization; null: nothing. `present`: the connection that is changed, whose kind needs
 * no saying. Throws StartError.
 */
export async function readAuthorization(
  options: AuthOptions,
  present: DescribeConnectionResponse | null,
): Promise<Authorization | null> {
  const kinds = [options.basic, options.apiKey, options.oauth, options.parameters].filter((one) => one !== undefined);
  if (kinds.length > 1) throw new StartError('--basic, --api-key, --oauth and --parameters exclude each other.');
  const headers = options.header.map(parseHeader);
  const added = headers.length === 0 ? {} : { InvocationHttpParameters: { HeaderParameters: headers } };
  const type = typeOf(options) ?? present?.AuthorizationType;
  if (options.parameters !== undefined) {
    const { AuthorizationType, AuthParameters } = await readParameters(options.parameters, type);
    return { AuthorizationType, AuthParameters: { ...AuthParameters, ...added } };
  }
  if (type === undefined) return null;
  const isAsked = kinds.length > 0 || options.secretFile !== undefined;
  if (!isAsked) return headers.length === 0 ? null : { AuthorizationType: type, AuthParameters: added };
  return { AuthorizationType: type, AuthParameters: { ...(await withSecret(type, options, present)), ...added } };
}

function typeOf({ basic, apiKey, oauth }: AuthOptions): ConnectionAuthorizationType | undefined {
  if (basic !== undefined) return 'BASIC';
  if (apiKey !== undefined) return 'API_KEY';
  return oauth === undefined ? undefined : 'OAUTH_CLIENT_CREDENTIALS';
}

async function withSecret(
  type: ConnectionAuthorizationType,
  { basic, apiKey, oauth, tokenUrl, secretFile }: AuthOptions,
  present: DescribeConnectionResponse | null,
): Promise<CreateConnectionAuthRequestParameters> {
  const known = present?.AuthorizationType === type ? present.AuthParameters : undefined;
  switch (type) {
    case 'BASIC': {
      const Username = basic ?? known?.BasicAuthParameters?.Username;
      return {
        BasicAuthParameters: { Username, Password: await readSecret(`Password of ${Username ?? '?'}`, secretFile) },
      };
    }
    case 'API_KEY': {
      const ApiKeyName = apiKey ?? known?.ApiKeyAuthParameters?.ApiKeyName;
      return {
        ApiKeyAuthParameters: { ApiKeyName, ApiKeyValue: await readSecret(`Key for ${ApiKeyName ?? '?'}`, secretFile) },
      };
    }
    case 'OAUTH_CLIENT_CREDENTIALS': {
      const before = known?.OAuthParameters;
      const ClientID = oauth ?? before?.ClientParameters?.ClientID;
      const AuthorizationEndpoint = tokenUrl ?? before?.AuthorizationEndpoint;
      if (AuthorizationEndpoint === undefined) throw new StartError('--oauth needs --token-url.');
      const ClientSecret = await readSecret(`Client secret of ${ClientID ?? '?'}`, secretFile);
      const HttpMethod = before?.HttpMethod ?? 'POST';
      return { OAuthParameters: { ClientParameters: { ClientID, ClientSecret }, AuthorizationEndpoint, HttpMethod } };
    }
  }
}

function parseHeader(text: string): { Key: string; Value: string; IsValueSecret: boolean } {
  const [, Key, Value] = /^([^:\s]+):\s*(.*)$/.exec(text) ?? [];
  if (Key === undefined || Value === undefined) throw new StartError(`--header: '${text}' is not 'Name: value'.`);
  return { Key, Value, IsValueSecret: false };
}

async function readParameters(file: string, type: ConnectionAuthorizationType | undefined): Promise<Authorization> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readText(file));
  } catch (error) {
    // The parser's message would quote the file, which holds secrets.
    const problem = error instanceof SyntaxError ? 'it is not JSON' : messageOf(error);
    throw new StartError(`--parameters: ${file}: ${problem}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new StartError(`--parameters: ${file}: it is no object of AuthParameters`);
  }
  const AuthParameters: CreateConnectionAuthRequestParameters = parsed;
  const found = AuthParameters.BasicAuthParameters
    ? 'BASIC'
    : AuthParameters.ApiKeyAuthParameters
      ? 'API_KEY'
      : AuthParameters.OAuthParameters
        ? 'OAUTH_CLIENT_CREDENTIALS'
        : type;
  if (found === undefined) {
    throw new StartError(
      `--parameters: ${file}: it has none of BasicAuthParameters, ApiKeyAuthParameters, OAuthParameters`,
    );
  }
  return { AuthorizationType: found, AuthParameters };
}
