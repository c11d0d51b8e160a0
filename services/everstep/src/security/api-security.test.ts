import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createAccessKey,
  createEngineContext,
  DEFAULT_SETTINGS,
  type EngineContext,
  MasterKeys,
  silentLogger,
} from '@everstep/engine';
import { FULL_ACCESS_POLICY } from '@everstep/protocol';
import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import { checkSecurity, openSecurity } from './api-security.ts';
import { openMasterKeys } from './master-key-source.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'everstep-security-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const BEYOND = { EVERSTEP_HOST: '192.0.2.1' };
const KEYED = { EVERSTEP_MASTER_KEY: MasterKeys.generate() };

function contextOf(): EngineContext {
  const clock = { now: () => 1_000, at: () => () => undefined, sleep: async () => undefined };
  const hints = createLocalQueue({ logger: silentLogger });
  return createEngineContext({
    store: createMemoryStore(),
    hints,
    clock,
    logger: silentLogger,
    settings: DEFAULT_SETTINGS,
  });
}

describe('checkSecurity', () => {
  it('refuses to serve others without a master key, and says what to do', () => {
    const beyond = readConfig(BEYOND);
    expect(() => checkSecurity(beyond)).toThrow('EVERSTEP_HOST is 192.0.2.1, which others on the network reach');
    expect(() => checkSecurity(beyond)).toThrow('everstep keys create NAME');
    expect(() => checkSecurity(readConfig({ EVERSTEP_AUTH: 'required' }))).toThrow('EVERSTEP_AUTH is required');
    checkSecurity(beyond, folder);
    for (const settings of [{}, { ...BEYOND, ...KEYED }, { ...BEYOND, EVERSTEP_AUTH: 'none' }])
      checkSecurity(readConfig(settings));
  });

  it('names a certificate that cannot be read', () => {
    const config = readConfig({ EVERSTEP_TLS_CERT_FILE: 'no.pem', EVERSTEP_TLS_KEY_FILE: 'no.pem' });
    expect(() => checkSecurity(config)).toThrow('EVERSTEP_TLS_CERT_FILE: no.pem cannot be read');
  });
});

describe('openSecurity', () => {
  it('refuses to serve others while nobody could sign', async () => {
    const context = contextOf();
    const config = readConfig({ ...BEYOND, ...KEYED });
    await expect(openSecurity(context, config, null)).rejects.toThrow('there is no access key');
    const request = { accountId: '123456789012', userName: 'ada', policy: FULL_ACCESS_POLICY, now: 0 };
    const masterKeys = new MasterKeys([KEYED.EVERSTEP_MASTER_KEY]);
    await createAccessKey(context.store, masterKeys, { ...request, expiresAt: 999 });
    await expect(openSecurity(context, config, null)).rejects.toThrow('there is no access key');
    await createAccessKey(context.store, masterKeys, { ...request, expiresAt: null });
    expect(await openSecurity(context, config, null)).toMatchObject({
      authenticator: expect.any(Object),
      audit: 'changes',
    });
  });

  it('asks nobody on this machine, and keeps no audit log then unless it is told to', async () => {
    const open = (settings: Record<string, string>) => openSecurity(contextOf(), readConfig(settings), null);
    const guard = await open({});
    expect([guard.authenticator, guard.audit, guard.rateLimits]).toEqual([undefined, undefined, undefined]);
    expect((await open({ EVERSTEP_AUDIT: 'on' })).audit).toBe('changes');
    expect((await open({ EVERSTEP_AUDIT: 'all' })).audit).toBe('all');
    const limited = await open({ EVERSTEP_RATE_LIMITS: '*=1/2', EVERSTEP_REQUEST_SECONDS: '5' });
    expect(limited).toMatchObject({
      rateLimits: new Map([['*', { perSecond: 1, burst: 2 }]]),
      requestTimeoutMs: 5_000,
    });
  });
});

describe('the master key of a data folder', () => {
  it('is made on first use, for this user only, and found again', () => {
    const config = readConfig({});
    const made = openMasterKeys(config, folder)?.current();
    const path = join(folder, 'master-key');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(openMasterKeys(config, folder)?.current().current).toBe(made?.current);
    expect(openMasterKeys(config, null)).toBeNull();
  });

  it('is read again by a server when it was replaced meanwhile', () => {
    const server = openMasterKeys(readConfig({}), folder);
    const command = openMasterKeys(readConfig({}), folder);
    const former = server?.current();
    const sealed = command?.addNew()?.seal('secret', 'AKIA1') ?? '';
    command?.dropOld();
    expect(() => former?.open(sealed, 'AKIA1')).toThrow('a master key that is not here');
    expect(server?.reload().open(sealed, 'AKIA1')).toBe('secret');
    expect(readFileSync(join(folder, 'master-key'), 'utf8').trim().split('\n')).toHaveLength(1);
  });
});
