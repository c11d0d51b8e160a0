import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@everstep/engine';
import { RecordingLogger } from '@everstep/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../config.ts';
import { encryptionKeyFileOf, newKey, openEncryptionKeys, rotated } from './encryption-key-file.ts';

const AT = new Date('2026-01-01T00:00:00Z');
const ACCOUNT = '123456789012';
const alias = { kind: 'alias', alias: 'orders', accountId: ACCOUNT } as const;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'everstep-encryption-'));
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

describe('the keys of a process', () => {
  it('are found by id and by the alias of their account, and follow the file within two seconds', () => {
    const file = encryptionKeyFileOf(readConfig({}), folder);
    if (file === null) throw new Error('a data folder names a file');
    const keys = openEncryptionKeys(readConfig({}), folder, silentLogger);
    expect([keys.hasKeys(), keys.find(alias)]).toEqual([false, null]);
    const made = newKey('orders', ACCOUNT, AT);
    file.write([made]);
    vi.advanceTimersByTime(2_000);
    expect(keys.find(alias)).toMatchObject({ keyId: made.keyId, state: 'ENABLED' });
    expect(keys.find({ kind: 'key', keyId: made.keyId })).toBe(keys.find(alias));
    expect(keys.find({ ...alias, accountId: '210987654321' })).toBeNull();
    file.write([{ ...rotated(made, AT), state: 'DISABLED' }]);
    vi.advanceTimersByTime(2_000);
    const now = keys.find(alias);
    expect([now?.state, now?.versions.length, now?.versions.at(-1)?.bytes.length]).toEqual(['DISABLED', 2, 32]);
  });

  it('stay as they were where the file is not right any more, and the log tells it', () => {
    const file = encryptionKeyFileOf(readConfig({}), folder);
    file?.write([newKey('orders', ACCOUNT, AT)]);
    const logger = new RecordingLogger();
    const keys = openEncryptionKeys(readConfig({}), folder, logger);
    writeFileSync(file?.path ?? '', '{');
    vi.advanceTimersByTime(2_000);
    expect(keys.find(alias)).not.toBeNull();
    expect(JSON.stringify(logger)).toContain('could not be read again');
  });

  it('must be there where the settings name their file', () => {
    const config = readConfig({ EVERSTEP_ENCRYPTION_KEYS_FILE: join(folder, 'none.json') });
    expect(() => openEncryptionKeys(config, null, silentLogger)).toThrow('EVERSTEP_ENCRYPTION_KEYS_FILE');
    expect(openEncryptionKeys(readConfig({}), null, silentLogger).hasKeys()).toBe(false);
  });
});
