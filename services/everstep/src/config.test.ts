import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { engineSettings, isLoopback, readConfig, requiresSignatures } from './config.ts';
import { settingRows, settingsHelp, settingsMarkdown } from './settings/table.ts';
import { StartError } from './start-error.ts';

/** The message of the StartError that reading these variables throws. */
function complaint(environment: Record<string, string>, required: string[] = []): string {
  try {
    readConfig(environment, required);
  } catch (error) {
    if (error instanceof StartError) return error.message;
    throw error;
  }
  return '';
}

/** A wrong value of every setting that can be wrong. */
const WRONG: Readonly<Record<string, string>> = {
  EVERSTEP_HOST: ' ',
  EVERSTEP_PORT: '80a',
  EVERSTEP_HEALTH_PORT: '0',
  EVERSTEP_REGION: 'Mars',
  EVERSTEP_ACCOUNT_ID: '12345',
  EVERSTEP_DRAIN_SECONDS: '-1',
  EVERSTEP_LOG_LEVEL: 'loud',
  EVERSTEP_LOG_FORMAT: 'xml',
  EVERSTEP_AUTH: 'off',
  EVERSTEP_MASTER_KEY: ' ',
  EVERSTEP_MASTER_KEY_FILE: ' ',
  EVERSTEP_ENCRYPTION_KEYS_FILE: ' ',
  EVERSTEP_AUDIT: 'yes',
  EVERSTEP_CONSOLE: 'maybe',
  EVERSTEP_AUDIT_DAYS: '0',
  EVERSTEP_RATE_LIMITS: 'StartExecution=100',
  EVERSTEP_TLS_CERT_FILE: ' ',
  EVERSTEP_TLS_KEY_FILE: ' ',
  EVERSTEP_REQUEST_SECONDS: '0',
  EVERSTEP_MAX_CONNECTIONS: '1',
  EVERSTEP_DATA_DIR: ' ',
  DATABASE_URL: 'mysql://u:hunter2@db/x',
  EVERSTEP_DATABASE_CONNECTIONS: '1',
  REDIS_URL: 'localhost:6379',
  EVERSTEP_RETENTION_DAYS: '0',
  EVERSTEP_NAME_REUSE_DAYS: '1.5',
  EVERSTEP_WORKER_EXECUTIONS: '0',
  EVERSTEP_WORKER_WARM_MS: '-1',
  EVERSTEP_WORKER_WARM_EXECUTIONS: 'all',
  EVERSTEP_WORKER_CALLS: '1e3',
  EVERSTEP_JOB_POLL_MS: '0',
  EVERSTEP_JOB_POLL_MAX_MS: '1m',
  EVERSTEP_SYNC_EXECUTIONS: '0',
  EVERSTEP_ACTIVITY_POLLERS: '0',
  EVERSTEP_EXECUTION_LOGS: 'paper',
  AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: 'logs',
  EVERSTEP_WORKER_LEASE_MS: '10',
  EVERSTEP_WORKER_BATCH_BYTES: '1',
  EVERSTEP_GRACE_MS: '0',
  EVERSTEP_MAX_GRACE_MS: '99999999999999999999',
  EVERSTEP_FUNCTIONS_DIR: ' ',
  EVERSTEP_BUCKETS_DIR: ' ',
  EVERSTEP_TARGETS_FILE: ' ',
  EVERSTEP_FUNCTION_PROCESSES: '0',
  EVERSTEP_FUNCTION_LOGS: 'paper',
  EVERSTEP_INTEGRATIONS: 'a,,b',
  AWS_ENDPOINT_URL: 'localhost',
  AWS_ENDPOINT_URL_S3: 'ftp://x',
  AWS_ENDPOINT_URL_LAMBDA: 'ftp://x',
  EVERSTEP_OUTGOING_ALLOW: 'public,http://example.com',
  EVERSTEP_OUTGOING_DENY: '10.0.0.0/33',
  EVERSTEP_OUTGOING_PLAIN_HTTP: 'private,',
  EVERSTEP_APIGATEWAY_URL: 'gateway:8000',
  EVERSTEP_OIDC_ISSUER: 'http://login.example.org',
  EVERSTEP_OIDC_CLIENT_ID: ' ',
  EVERSTEP_OIDC_CLIENT_SECRET: ' ',
  EVERSTEP_OIDC_ACCESS_FILE: ' ',
  EVERSTEP_OIDC_SCOPES: 'profile',
  EVERSTEP_OIDC_USER_CLAIM: ' ',
  EVERSTEP_OIDC_GROUPS_CLAIM: ' ',
  EVERSTEP_OIDC_NAME: ' ',
  EVERSTEP_OIDC_SESSION_MINUTES: '0',
  EVERSTEP_PUBLIC_URL: 'steps.example.org',
};

describe('readConfig', () => {
  it('has a default for everything that is not required', () => {
    const config = readConfig({});
    expect(config).toMatchObject({ host: '127.0.0.1', port: 8083, dataDirectory: '.everstep', databaseUrl: null });
    expect(engineSettings(config)).toMatchObject({ region: 'us-east-1', accountId: '123456789012', leaseMs: 6_000 });
  });

  it.each(settingRows().map(({ name, expected }) => ({ name, expected })))(
    'names a wrong $name',
    ({ name, expected }) => {
      const wrong = WRONG[name];
      expect(wrong, `a wrong value of ${name} is missing in this test`).toBeDefined();
      const message = complaint({ [name]: wrong ?? '' });
      expect(message).toContain(`${name}:`);
      expect(message).toContain(expected);
    },
  );

  it('names all that is wrong at once, and no password', () => {
    const message = complaint({ ...WRONG });
    for (const name of Object.keys(WRONG)) expect(message).toContain(`${name}:`);
    expect(message).not.toContain('hunter2');
  });

  it('names what is missing and what it is for', () => {
    expect(complaint({}, ['DATABASE_URL'])).toContain(
      'DATABASE_URL is not set: it must be an address such as postgres',
    );
    expect(complaint({ DATABASE_URL: '' }, ['DATABASE_URL'])).toContain('DATABASE_URL is not set');
  });

  it('refuses a setting that does not exist', () => {
    expect(complaint({ EVERSTEP_PROT: '80' })).toContain('EVERSTEP_PROT is not a setting');
  });

  it('refuses a grace above its maximum', () => {
    expect(complaint({ EVERSTEP_GRACE_MS: '5000', EVERSTEP_MAX_GRACE_MS: '1000' })).toContain('EVERSTEP_MAX_GRACE_MS');
  });

  it('reads what is given', () => {
    const config = readConfig({
      EVERSTEP_PORT: '0',
      EVERSTEP_RETENTION_DAYS: '2',
      DATABASE_URL: 'postgres://everstep@localhost/everstep',
      EVERSTEP_LOG_LEVEL: 'debug',
    });
    expect(config).toMatchObject({ port: 0, databaseUrl: 'postgres://everstep@localhost/everstep', logLevel: 'debug' });
    expect(engineSettings(config).retentionMs).toBe(2 * 86_400_000);
    expect(engineSettings(config).retentionSlackMs).toBe(86_400_000);
    expect(engineSettings(readConfig({})).retentionSlackMs).toBe(32 * 86_400_000);
  });
});

describe('requiresSignatures', () => {
  it.each(['127.0.0.1', '127.3.2.1', 'localhost', '::1'])('asks nobody on %s unless it is told to', (host) => {
    expect(isLoopback(host)).toBe(true);
    expect(requiresSignatures(readConfig({ EVERSTEP_HOST: host }))).toBe(false);
    expect(requiresSignatures(readConfig({ EVERSTEP_HOST: host, EVERSTEP_AUTH: 'required' }))).toBe(true);
  });

  it.each(['0.0.0.0', '::', '192.0.2.1', 'example.org', '127.0.0.1.example.org'])('asks on %s by itself', (host) => {
    expect(requiresSignatures(readConfig({ EVERSTEP_HOST: host }))).toBe(true);
    expect(requiresSignatures(readConfig({ EVERSTEP_HOST: host, EVERSTEP_AUTH: 'none' }))).toBe(false);
  });
});

describe('settings that belong together', () => {
  it('are named where one is missing or there are two', () => {
    expect(complaint({ EVERSTEP_TLS_CERT_FILE: 'cert.pem' })).toContain('TLS needs both');
    const both = { EVERSTEP_MASTER_KEY: 'x', EVERSTEP_MASTER_KEY_FILE: 'x' };
    expect(complaint(both)).toContain('must not be set together');
  });

  it('are read as rates by operation', () => {
    const { rateLimits } = readConfig({ EVERSTEP_RATE_LIMITS: '*=10/20, StartExecution=100/200' });
    expect([...(rateLimits ?? [])]).toEqual([
      ['*', { perSecond: 10, burst: 20 }],
      ['StartExecution', { perSecond: 100, burst: 200 }],
    ]);
    for (const wrong of ['*=0/1', '*=1/0', '*=1/1,*=2/2', '*=1/1,', 'x']) {
      expect(complaint({ EVERSTEP_RATE_LIMITS: wrong })).toContain('EVERSTEP_RATE_LIMITS');
    }
  });
});

describe('the settings for people', () => {
  it('stand in README as in the table', () => {
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
    expect(readme).toContain(settingsMarkdown());
  });

  it('stand in the help', () => {
    for (const { name } of settingRows()) expect(settingsHelp()).toContain(name);
  });
});
