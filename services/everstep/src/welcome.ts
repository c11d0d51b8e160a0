import type { EmbeddedPostgres } from './embedded-postgres/start-embedded-postgres.ts';

export interface WelcomeFacts {
  readonly endpoint: string;
  readonly region: string;
  /** Whether the console is served. */
  readonly hasConsole: boolean;
  /** Whether callers must sign with an access key. */
  readonly signed: boolean;
  readonly seconds: number;
  readonly dataDirectory: string;
  readonly functionsDirectory: string;
  readonly bucketsDirectory: string | null;
  readonly logFile: string;
  readonly postgres: Pick<EmbeddedPostgres, 'location' | 'user'>;
}

/** What a terminal shows once the server is ready: where it is, what to paste next, where everything lies. */
export function welcome(facts: WelcomeFacts): string {
  const { endpoint, region, postgres, signed, hasConsole } = facts;
  const [keyId, secret] = signed ? ['AKIA…', '…'] : ['local', 'local'];
  const door = signed
    ? 'who signs with an access key: `everstep keys list`, `everstep keys create NAME`'
    : 'anybody on this machine, with any key; EVERSTEP_AUTH=required asks for a signature';
  const as = postgres.user === null ? '' : ` (Postgres runs as the user ${postgres.user.name})`;
  const buckets =
    facts.bucketsDirectory === null ? '' : `\n  buckets    ${facts.bucketsDirectory}   one folder a bucket of S3`;
  const seen = hasConsole ? `\n  See it all in a browser:  ${endpoint}/console/\n` : '';
  return `
Everstep is ready at ${endpoint} after ${facts.seconds.toFixed(1)} s.
${seen}
  In another terminal, with the AWS CLI:
    export AWS_ENDPOINT_URL=${endpoint} AWS_REGION=${region} AWS_DISABLE_HOST_PREFIX_INJECTION=true
    export AWS_ACCESS_KEY_ID=${keyId} AWS_SECRET_ACCESS_KEY=${secret}
    aws stepfunctions list-state-machines --endpoint-url ${endpoint}

  In JavaScript, with @aws-sdk/client-sfn:
    new SFNClient({ endpoint: '${endpoint}', region: '${region}', disableHostPrefix: true,
      credentials: { accessKeyId: '${keyId}', secretAccessKey: '${secret}' } });

  callers    ${door}
  data       ${facts.dataDirectory}
  database   ${postgres.location.folder}${as}
  log        ${facts.logFile}
  functions  ${facts.functionsDirectory}   one folder a function: <name>/index.mjs or lambda_function.py with a handler${buckets}

Ctrl-C ends it after the calls in flight; a second one ends it at once. Nothing that was accepted is lost either way.
`;
}
