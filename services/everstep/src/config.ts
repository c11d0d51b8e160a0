import { DEFAULT_SETTINGS, type EngineSettings } from '@everstep/engine';
import { type Config, type Setting, settingRows, settings } from './settings/table.ts';
import { StartError } from './start-error.ts';

export type { Config } from './settings/table.ts';

const DAY_MS = 86_400_000;
/** Executions go with the month in which they started: the first of it may have to wait for the last. */
const LONGEST_SLACK_DAYS = 32;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads every setting; throws one StartError that names all that are missing or malformed. */
export function readConfig(environment: Environment, required: readonly string[] = []): Config {
  const problems: string[] = [];
  const config = settings(<Value, const Fallback extends Value | null>(setting: Setting<Value, Fallback>) => {
    const text = environment[setting.name];
    // An empty variable counts as absent, as `NAME=` in an env file means.
    if (text === undefined || text === '') {
      if (required.includes(setting.name)) {
        problems.push(`${setting.name} is not set: it must be ${setting.kind.expected}. ${setting.about}`);
      }
      return setting.fallback;
    }
    const value = setting.kind.read(text);
    if (value !== null) return value;
    const shown = setting.secret === true ? 'its value' : JSON.stringify(text);
    problems.push(`${setting.name}: ${shown} is not right: it must be ${setting.kind.expected}.`);
    return setting.fallback;
  });
  problems.push(...unknownSettings(environment), ...contradictions(config));
  if (problems.length > 0) {
    throw new StartError(`The settings are not right:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
  return config;
}

/** A misspelt variable would be passed over in silence. The tests have variables of their own. */
function unknownSettings(environment: Environment): string[] {
  const known = new Set(settingRows().map(({ name }) => name));
  const names = Object.keys(environment).filter((name) => name.startsWith('EVERSTEP_') && !known.has(name));
  return names
    .filter((name) => !/^EVERSTEP_(TEST|E2E)_/.test(name))
    .map((name) => `${name} is not a setting. See \`everstep --help\`.`);
}

function contradictions(config: Config): string[] {
  const problems: string[] = [];
  if (config.maxGraceMs < config.graceMs) {
    problems.push(
      `EVERSTEP_MAX_GRACE_MS: ${config.maxGraceMs} must not be less than EVERSTEP_GRACE_MS, ${config.graceMs}.`,
    );
  }
  if (config.masterKey !== null && config.masterKeyFile !== null) {
    problems.push('EVERSTEP_MASTER_KEY: it must not be set together with EVERSTEP_MASTER_KEY_FILE.');
  }
  if ((config.tlsCertificateFile === null) !== (config.tlsKeyFile === null)) {
    problems.push('EVERSTEP_TLS_CERT_FILE and EVERSTEP_TLS_KEY_FILE: one is not set; TLS needs both.');
  }
  return [...problems, ...oidcProblems(config)];
}

function oidcProblems(config: Config): string[] {
  if (config.oidcIssuer === null) {
    const named = config.oidcClientId ?? config.oidcClientSecret ?? config.oidcAccessFile;
    return named === null
      ? []
      : ['EVERSTEP_OIDC_ISSUER: it is not set, and the other EVERSTEP_OIDC_… settings need it.'];
  }
  const needed = {
    EVERSTEP_OIDC_CLIENT_ID: config.oidcClientId,
    EVERSTEP_OIDC_ACCESS_FILE: config.oidcAccessFile,
    EVERSTEP_PUBLIC_URL: config.publicUrl,
  };
  const problems = Object.entries(needed)
    .filter(([, value]) => value === null)
    .map(([name]) => `${name}: it is not set; EVERSTEP_OIDC_ISSUER needs it.`);
  if (!requiresSignatures(config)) {
    problems.push('EVERSTEP_OIDC_ISSUER: nobody is asked who they are; set EVERSTEP_AUTH=required.');
  }
  return problems;
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|\[::1\]|localhost)$/;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** Whether callers must sign: where others reach the API, unless somebody says by name that nobody is asked. */
export function requiresSignatures(config: Pick<Config, 'auth' | 'host'>): boolean {
  return config.auth === 'required' || (config.auth === 'auto' && !isLoopback(config.host));
}

/** The engine's share of the settings. */
export function engineSettings(config: Config): EngineSettings {
  return {
    ...DEFAULT_SETTINGS,
    region: config.region,
    accountId: config.accountId,
    graceMs: config.graceMs,
    maxGraceMs: config.maxGraceMs,
    leaseMs: config.workerLeaseMs,
    maxResidentExecutions: config.workerExecutions,
    warmMs: config.workerWarmMs,
    maxWarmExecutions: config.workerWarmExecutions,
    maxConcurrentCalls: config.workerCalls,
    jobPollMs: config.jobPollMs,
    maxJobPollMs: config.jobPollMaxMs,
    maxSyncExecutions: config.syncExecutions,
    maxActivityPollers: config.activityPollers,
    maxBatchBytes: config.workerBatchBytes,
    nameReuseMs: config.nameReuseDays * DAY_MS,
    retentionMs: config.retentionDays * DAY_MS,
    retentionSlackMs: Math.min(config.retentionDays / 2, LONGEST_SLACK_DAYS) * DAY_MS,
    auditRetentionMs: config.auditDays * DAY_MS,
  };
}
