import { DEFAULT_SETTINGS } from '@everstep/engine';
import { address, hosts, integer, type Kind, names, oneOf, pattern, rates, redisAddress, text } from './kinds.ts';
import { oidcSettings } from './oidc-table.ts';

/** One environment variable. `everstep --help` and README's table are made of these. */
export interface Setting<Value, Fallback extends Value | null> {
  readonly name: string;
  readonly kind: Kind<Value>;
  /** What is used where the variable is absent or empty; null: nothing. */
  readonly fallback: Fallback;
  readonly about: string;
  /** Holds a password: its value never stands in a message. */
  readonly secret?: boolean;
}

/** Reads one setting, or only notes that it exists. */
export type Take = <Value, const Fallback extends Value | null>(setting: Setting<Value, Fallback>) => Value | Fallback;

const DAY_MS = 86_400_000;
const http = address('http', 'https');

function serverSettings(take: Take) {
  return {
    host: take({
      name: 'EVERSTEP_HOST',
      kind: text('a host name or address'),
      fallback: '127.0.0.1',
      about: 'Address that the server listens on.',
    }),
    port: take({
      name: 'EVERSTEP_PORT',
      kind: integer(0, 65_535),
      fallback: 8083,
      about: 'Port of the API; 0 takes a free one.',
    }),
    healthPort: take({
      name: 'EVERSTEP_HEALTH_PORT',
      kind: integer(1, 65_535),
      fallback: null,
      about: 'Port on EVERSTEP_HOST where a process answers `GET /healthz`, `GET /readyz` and `GET /metrics`.',
    }),
    console: take({
      name: 'EVERSTEP_CONSOLE',
      kind: oneOf('on', 'off'),
      fallback: 'on',
      about: 'Whether the API serves the web console, at `/console/`.',
    }),
    region: take({
      name: 'EVERSTEP_REGION',
      kind: pattern('a region such as us-east-1', /^[a-z]{2,}(-[a-z]+)+-\d+$/),
      fallback: DEFAULT_SETTINGS.region,
      about: 'Region in ARNs.',
    }),
    accountId: take({
      name: 'EVERSTEP_ACCOUNT_ID',
      kind: pattern('12 digits', /^\d{12}$/),
      fallback: DEFAULT_SETTINGS.accountId,
      about: 'Account in ARNs.',
    }),
    drainSeconds: take({
      name: 'EVERSTEP_DRAIN_SECONDS',
      kind: integer(0, 3_600),
      fallback: 30,
      about: 'How long a stopping process waits for calls in flight.',
    }),
    logLevel: take({
      name: 'EVERSTEP_LOG_LEVEL',
      kind: oneOf('debug', 'info', 'warn', 'error'),
      fallback: 'info',
      about: 'The least important lines that are logged.',
    }),
    logFormat: take({
      name: 'EVERSTEP_LOG_FORMAT',
      kind: oneOf('json', 'text'),
      fallback: 'json',
      about: 'Form of log lines.',
    }),
  };
}

function securitySettings(take: Take) {
  return {
    auth: take({
      name: 'EVERSTEP_AUTH',
      kind: oneOf('auto', 'required', 'none'),
      fallback: 'auto',
      about:
        'Who may call the API: with `required` who signs with an access key; with `none` anybody who reaches it, for ' +
        'private networks only; with `auto` anybody on this machine, and beyond it who signs.',
    }),
    masterKey: take({
      name: 'EVERSTEP_MASTER_KEY',
      kind: text('32 bytes in base64, as of `openssl rand -base64 32`'),
      fallback: null,
      secret: true,
      about:
        'Key under which the secrets of access keys and of connections are kept; while it is being replaced the new one, a comma, the old one.',
    }),
    masterKeyFile: take({
      name: 'EVERSTEP_MASTER_KEY_FILE',
      kind: text('a file'),
      fallback: null,
      about:
        'File with the master key, one a line, in place of EVERSTEP_MASTER_KEY; `everstep dev` makes one in its data folder.',
    }),
    encryptionKeysFile: take({
      name: 'EVERSTEP_ENCRYPTION_KEYS_FILE',
      kind: text('a file'),
      fallback: null,
      about:
        'File with the keys that `encryptionConfiguration` may name, the same for every process; `everstep dev` has one in its data folder.',
    }),
    audit: take({
      name: 'EVERSTEP_AUDIT',
      kind: oneOf('auto', 'on', 'all', 'off'),
      fallback: 'auto',
      about:
        'Whether calls that change something are written to the audit log; with `auto` where callers sign, with `all` StartSyncExecution too.',
    }),
    auditDays: take({
      name: 'EVERSTEP_AUDIT_DAYS',
      kind: integer(1, 36_500),
      fallback: DEFAULT_SETTINGS.auditRetentionMs / DAY_MS,
      about: 'How long an entry of the audit log is kept.',
    }),
    ...oidcSettings(take),
    ...clientSettings(take),
  };
}

/** What an API process bears of its clients, and how it speaks with them. */
function clientSettings(take: Take) {
  return {
    rateLimits: take({
      name: 'EVERSTEP_RATE_LIMITS',
      kind: rates,
      fallback: null,
      about:
        'Calls a second, and at once, that each key may make of each operation, in each API process; `*` stands for the others.',
    }),
    tlsCertificateFile: take({
      name: 'EVERSTEP_TLS_CERT_FILE',
      kind: text('a file'),
      fallback: null,
      about: 'Certificate chain in PEM: with it the API is served over TLS. SIGHUP reads it again.',
    }),
    tlsKeyFile: take({
      name: 'EVERSTEP_TLS_KEY_FILE',
      kind: text('a file'),
      fallback: null,
      about: 'Private key of the certificate, in PEM.',
    }),
    requestSeconds: take({
      name: 'EVERSTEP_REQUEST_SECONDS',
      kind: integer(1, 600),
      fallback: 30,
      about: 'How long a client may take to send a request.',
    }),
    maxConnections: take({
      name: 'EVERSTEP_MAX_CONNECTIONS',
      kind: integer(10, 1_000_000),
      fallback: 10_000,
      about: 'Connections that one API process holds at once; further ones are closed.',
    }),
  };
}

function storageSettings(take: Take) {
  return {
    dataDirectory: take({
      name: 'EVERSTEP_DATA_DIR',
      kind: text('a folder'),
      fallback: '.everstep',
      about: 'Folder of `everstep dev`: database, logs, functions.',
    }),
    databaseUrl: take({
      name: 'DATABASE_URL',
      kind: address('postgres', 'postgresql'),
      fallback: null,
      secret: true,
      about: 'Postgres of migrate, api, worker and scheduler. `everstep dev` brings its own.',
    }),
    databaseConnections: take({
      name: 'EVERSTEP_DATABASE_CONNECTIONS',
      kind: integer(2, 1_000),
      fallback: 10,
      about: 'Connections to Postgres that one process holds.',
    }),
    redisUrl: take({
      name: 'REDIS_URL',
      kind: redisAddress,
      fallback: null,
      secret: true,
      about: 'Redis that carries hints; without it Postgres carries them (LISTEN/NOTIFY).',
    }),
    retentionDays: take({
      name: 'EVERSTEP_RETENTION_DAYS',
      kind: integer(1, 36_500),
      fallback: DEFAULT_SETTINGS.retentionMs / DAY_MS,
      about:
        'How long a closed execution is kept at least; it goes with the month of its start, at the latest half as long after that.',
    }),
    nameReuseDays: take({
      name: 'EVERSTEP_NAME_REUSE_DAYS',
      kind: integer(0, 36_500),
      fallback: DEFAULT_SETTINGS.nameReuseMs / DAY_MS,
      about: 'How long the name of a closed execution stays taken.',
    }),
  };
}

function workerSettings(take: Take) {
  return {
    workerExecutions: take({
      name: 'EVERSTEP_WORKER_EXECUTIONS',
      kind: integer(1, 1_000_000),
      fallback: DEFAULT_SETTINGS.maxResidentExecutions,
      about: 'Executions that one worker holds in memory.',
    }),
    workerWarmMs: take({
      name: 'EVERSTEP_WORKER_WARM_MS',
      kind: integer(0, 600_000),
      fallback: DEFAULT_SETTINGS.warmMs,
      about: 'How long a worker remembers an execution that waits, so that it goes on without being loaded.',
    }),
    workerWarmExecutions: take({
      name: 'EVERSTEP_WORKER_WARM_EXECUTIONS',
      kind: integer(0, 1_000_000),
      fallback: DEFAULT_SETTINGS.maxWarmExecutions,
      about: 'Executions that one worker remembers while they wait: with a near timer, and as many parked ones.',
    }),
    workerCalls: take({
      name: 'EVERSTEP_WORKER_CALLS',
      kind: integer(1, 100_000),
      fallback: DEFAULT_SETTINGS.maxConcurrentCalls,
      about: 'Outside calls that one worker performs at once.',
    }),
    jobPollMs: take({
      name: 'EVERSTEP_JOB_POLL_MS',
      kind: integer(10, 3_600_000),
      fallback: DEFAULT_SETTINGS.jobPollMs,
      about: 'How soon a job of `.sync` is asked for after its start; each time it waits half as long again.',
    }),
    jobPollMaxMs: take({
      name: 'EVERSTEP_JOB_POLL_MAX_MS',
      kind: integer(10, 3_600_000),
      fallback: DEFAULT_SETTINGS.maxJobPollMs,
      about: 'The longest time between two questions for a job of `.sync`.',
    }),
    syncExecutions: take({
      name: 'EVERSTEP_SYNC_EXECUTIONS',
      kind: integer(1, 1_000_000),
      fallback: DEFAULT_SETTINGS.maxSyncExecutions,
      about: 'Synchronous Express executions that one process runs at once; more are told to try again.',
    }),
    activityPollers: take({
      name: 'EVERSTEP_ACTIVITY_POLLERS',
      kind: integer(1, 1_000_000),
      fallback: DEFAULT_SETTINGS.maxActivityPollers,
      about:
        'GetActivityTask calls that wait for one activity in one API process; more get ActivityWorkerLimitExceeded.',
    }),
    workerLeaseMs: take({
      name: 'EVERSTEP_WORKER_LEASE_MS',
      kind: integer(1_000, 600_000),
      fallback: DEFAULT_SETTINGS.leaseMs,
      about: 'How long a silent worker keeps its executions before others take them over.',
    }),
    workerBatchBytes: take({
      name: 'EVERSTEP_WORKER_BATCH_BYTES',
      kind: integer(64 * 1024, 256 * 1024 * 1024),
      fallback: DEFAULT_SETTINGS.maxBatchBytes,
      about: 'Bytes of one group commit.',
    }),
    graceMs: take({
      name: 'EVERSTEP_GRACE_MS',
      kind: integer(50, 600_000),
      fallback: DEFAULT_SETTINGS.graceMs,
      about: 'What a lost hint may cost at first.',
    }),
    maxGraceMs: take({
      name: 'EVERSTEP_MAX_GRACE_MS',
      kind: integer(50, 3_600_000),
      fallback: DEFAULT_SETTINGS.maxGraceMs,
      about: 'What a lost hint may cost at most.',
    }),
  };
}

function functionSettings(take: Take) {
  return {
    functionsDirectory: take({
      name: 'EVERSTEP_FUNCTIONS_DIR',
      kind: text('a folder'),
      fallback: null,
      about: 'Folder of the local functions; `everstep dev` takes `functions` in its data folder.',
    }),
    functionProcesses: take({
      name: 'EVERSTEP_FUNCTION_PROCESSES',
      kind: integer(1, 100_000),
      fallback: 100,
      about:
        'Processes of all local functions that one server process has at once; an idle one makes room, calls wait.',
    }),
    functionLogs: take({
      name: 'EVERSTEP_FUNCTION_LOGS',
      kind: oneOf('file', 'log', 'off'),
      fallback: null,
      about:
        'Where what functions write goes: to files in `function-logs` of EVERSTEP_DATA_DIR, which `everstep functions logs` ' +
        'shows, into the log of the process, or nowhere. By default `everstep dev` writes files, others into their log.',
    }),
  };
}

function integrationSettings(take: Take) {
  return {
    executionLogs: take({
      name: 'EVERSTEP_EXECUTION_LOGS',
      kind: oneOf('cloudwatch', 'file', 'log', 'off'),
      fallback: null,
      about:
        'Where the execution logs that state machines ask for go: to CloudWatch Logs, to files in `execution-logs` of ' +
        'EVERSTEP_DATA_DIR, into the log of the process, or nowhere. By default `everstep dev` writes files. Where an ' +
        'endpoint of CloudWatch Logs is set, it gets them, too.',
    }),
    awsCloudWatchLogsEndpointUrl: take({
      name: 'AWS_ENDPOINT_URL_CLOUDWATCH_LOGS',
      kind: http,
      fallback: null,
      about: 'Endpoint of CloudWatch Logs.',
    }),
    bucketsDirectory: take({
      name: 'EVERSTEP_BUCKETS_DIR',
      kind: text('a folder'),
      fallback: null,
      about:
        'Folder whose folders are the buckets of S3, for tasks and Distributed Maps; `everstep dev` takes `buckets` in its ' +
        'data folder, unless an endpoint of S3 is set.',
    }),
    integrations: take({
      name: 'EVERSTEP_INTEGRATIONS',
      kind: names('packages or files such as my-package,./my-integrations.js'),
      fallback: null,
      about: 'Packages or files with integrations of your own, for workers and APIs alike.',
    }),
    targetsFile: take({
      name: 'EVERSTEP_TARGETS_FILE',
      kind: text('the path of a file'),
      fallback: null,
      about:
        'File with the services that `everstep:…` tasks name: databases, queues, mail servers, commands. For workers and APIs.',
    }),
    awsEndpointUrl: take({
      name: 'AWS_ENDPOINT_URL',
      kind: http,
      fallback: null,
      about: 'Endpoint that integrations call in place of AWS.',
    }),
    awsS3EndpointUrl: take({
      name: 'AWS_ENDPOINT_URL_S3',
      kind: http,
      fallback: null,
      about: 'Endpoint of S3.',
    }),
    awsLambdaEndpointUrl: take({
      name: 'AWS_ENDPOINT_URL_LAMBDA',
      kind: http,
      fallback: null,
      about: 'Endpoint of the Lambda functions that are not local ones.',
    }),
  };
}

function outgoingSettings(take: Take) {
  return {
    outgoingAllow: take({
      name: 'EVERSTEP_OUTGOING_ALLOW',
      kind: hosts,
      fallback: null,
      about:
        'Where calls may go whose address a state or a connection names, and nowhere else: by default to public and ' +
        'private addresses; with `everstep dev`, while nobody is asked who they are, to loopback, too.',
    }),
    outgoingDeny: take({
      name: 'EVERSTEP_OUTGOING_DENY',
      kind: hosts,
      fallback: null,
      about: 'Where such calls may not go, whatever EVERSTEP_OUTGOING_ALLOW says.',
    }),
    outgoingPlainHttp: take({
      name: 'EVERSTEP_OUTGOING_PLAIN_HTTP',
      kind: hosts,
      fallback: null,
      about: 'Where such calls may go without TLS: by default to private addresses and loopback.',
    }),
    publicUrl: take({
      name: 'EVERSTEP_PUBLIC_URL',
      kind: pattern('an address such as https://everstep.example.org', /^https?:\/\/[^\s?#@]+$/),
      fallback: null,
      about:
        'Where people reach the console, without `/console/`: notices of approvals carry links to it (schedulers), none ' +
        'without it, and identity providers send people back to it (api).',
    }),
    apiGatewayUrl: take({
      name: 'EVERSTEP_APIGATEWAY_URL',
      kind: pattern('an address such as http://{api}.gateway:8000', /^https?:\/\/[^\s/?#@]+[^\s?#]*$/),
      fallback: null,
      about:
        'Where `apigateway:invoke` finds the APIs whose endpoints have AWS’s names, in place of AWS: `{api}` and ' +
        '`{region}` stand for what the name says.',
    }),
  };
}

/** All settings by the name they have in the code: the one table. */
export function settings(take: Take) {
  return {
    ...serverSettings(take),
    ...securitySettings(take),
    ...storageSettings(take),
    ...workerSettings(take),
    ...functionSettings(take),
    ...integrationSettings(take),
    ...outgoingSettings(take),
  };
}

/** The settings as read. */
export type Config = Readonly<ReturnType<typeof settings>>;

/** A line of the table for people. */
export interface SettingRow {
  readonly name: string;
  readonly expected: string;
  readonly fallback: string;
  readonly about: string;
}

export function settingRows(): SettingRow[] {
  const rows: SettingRow[] = [];
  settings((entry) => {
    const fallback = entry.fallback === null ? '' : String(entry.fallback);
    rows.push({ name: entry.name, expected: entry.kind.expected, fallback, about: entry.about });
    return entry.fallback;
  });
  return rows;
}

/** README's table, in Markdown. */
export function settingsMarkdown(): string {
  const lines = settingRows().map(({ name, expected, fallback, about }) => {
    const shown = fallback === '' ? '' : `\`${fallback}\``;
    return `| \`${name}\` | ${shown} | ${about} ${expected[0]?.toUpperCase() ?? ''}${expected.slice(1)}. |`;
  });
  return ['| variable | default | meaning |', '| --- | --- | --- |', ...lines].join('\n');
}

/** The table as `everstep --help` shows it. */
export function settingsHelp(): string {
  const rows = settingRows();
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map(({ name, fallback, about }) => {
    const shown = fallback === '' ? '' : ` (default ${fallback})`;
    return `  ${name.padEnd(width)}  ${about.replaceAll('`', '')}${shown}`;
  });
  return ['Settings, read from the environment:', ...lines].join('\n');
}
