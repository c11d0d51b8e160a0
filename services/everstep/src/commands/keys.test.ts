import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { migrate } from '@everstep/store-postgres';
import { MasterKeys } from '@everstep/engine';
import { startTestPostgres, type TestPostgres } from '@everstep/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { StartError } from '../start-error.ts';
import { auditCommand } from './audit.ts';
import { keysCommand } from './keys.ts';

let postgres: TestPostgres;
let databaseUrl = '';
let folder = '';

beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'everstep-keys-'));
  databaseUrl = await postgres.createDatabase();
  await migrate(databaseUrl);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command in this process; answers what it printed, or why it refused. */
async function everstep(words: readonly string[], environment: Readonly<Record<string, string>>): Promise<string> {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  for (const [name, value] of Object.entries({ ...ABSENT, DATABASE_URL: databaseUrl, ...environment })) {
    vi.stubEnv(name, value);
  }
  try {
    await new Command()
      .addCommand(keysCommand())
      .addCommand(auditCommand())
      .parseAsync([...words], { from: 'user' });
    return lines.join('\n');
  } catch (error) {
    if (error instanceof StartError) return `refused: ${error.message}`;
    throw error;
  } finally {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  }
}

/** An empty variable counts as absent. */
const ABSENT = { EVERSTEP_MASTER_KEY: '', EVERSTEP_MASTER_KEY_FILE: '', EVERSTEP_ENCRYPTION_KEYS_FILE: '' };

describe('everstep keys', () => {
  it('makes, lists and revokes keys, and the audit log tells it', async () => {
    const environment = { EVERSTEP_MASTER_KEY: MasterKeys.generate() };
    const made = await everstep(['keys', 'create', 'ada', '--account', '210987654321'], environment);
    const id = /AWS_ACCESS_KEY_ID=(AKIA[A-Z2-7]{16})\n/.exec(made)?.[1] ?? '';
    const secret = /AWS_SECRET_ACCESS_KEY=(\S{40})$/.exec(made)?.[1] ?? '';
    expect([id, secret]).toEqual([expect.stringMatching(/^AKIA/), expect.any(String)]);

    const listed = await everstep(['keys', 'list'], environment);
    expect(listed).toMatch(new RegExp(`^${id}  210987654321  ada           active  \\d{4}-\\S+Z +- +-$`, 'm'));
    expect(listed).not.toContain(secret);

    expect(await everstep(['keys', 'revoke', id], environment)).toBe(`${id} is revoked.`);
    expect(await everstep(['keys', 'revoke', id], environment)).toBe(`${id} was revoked before.`);
    const audit = await everstep(['audit', '--resource', id, '--json'], {});
    expect(audit.split('\n').map((line) => JSON.parse(line).action)).toEqual([
      'everstep:RevokeAccessKey',
      'everstep:CreateAccessKey',
    ]);
  });

  it('names what is wrong, and makes nothing then', async () => {
    const environment = { EVERSTEP_MASTER_KEY: MasterKeys.generate() };
    writeFileSync(
      join(folder, 'policy.json'),
      '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{}}]}',
    );
    const refused = (...words: string[]) => everstep(['keys', ...words], environment);
    expect(await refused('create', 'a', '--policy', join(folder, 'policy.json'))).toContain(
      'Statement 1 has a Condition',
    );
    expect(await refused('create', 'a', '--account', '12')).toContain('An account has 12 digits');
    expect(await refused('create', 'a', '--expires-in', 'soon')).toContain('is not a duration');
    expect(await refused('revoke', 'AKIANONE')).toBe('refused: There is no access key AKIANONE.');
    expect(await everstep(['keys', 'create', 'a'], {})).toContain('refused: There is no master key');
    const wrong = await everstep(['keys', 'create', 'a'], { EVERSTEP_MASTER_KEY: 'hunter2' });
    expect(wrong).toContain('EVERSTEP_MASTER_KEY: a master key must be 32 bytes');
    expect(wrong).not.toContain('hunter2');
    expect(await everstep(['keys', 'list', '--json'], environment)).toBe('[]');
  });

  it('replaces the master key of a file, and asks for a second one in the variable', async () => {
    const path = join(folder, 'master-key');
    const old = MasterKeys.generate();
    writeFileSync(path, `${old}\n`);
    const environment = { EVERSTEP_MASTER_KEY_FILE: path };
    await everstep(['keys', 'create', 'ada'], environment);
    expect(await everstep(['keys', 'rotate-master'], environment)).toMatch(/^1 secret is now kept under/);
    const [kept, ...more] = readFileSync(path, 'utf8').trim().split('\n');
    expect([kept === old, more, statSync(path).mode & 0o777]).toEqual([false, [], 0o600]);

    const single = await everstep(['keys', 'rotate-master'], { EVERSTEP_MASTER_KEY: kept ?? '' });
    expect(single).toContain('EVERSTEP_MASTER_KEY holds one key');
    const both = { EVERSTEP_MASTER_KEY: `${MasterKeys.generate()},${kept}` };
    expect(await everstep(['keys', 'rotate-master'], both)).toMatch(/^1 secret is now/);
    const lost = { EVERSTEP_MASTER_KEY: `${MasterKeys.generate()},${old}` };
    expect(await everstep(['keys', 'rotate-master'], lost)).toContain('a master key that is not here');
  });
});

describe('everstep keys encryption', () => {
  it('makes, lists, rotates, disables and enables keys in the file', async () => {
    const path = join(folder, 'encryption-keys.json');
    const environment = { EVERSTEP_ENCRYPTION_KEYS_FILE: path };
    const run = (...words: string[]) => everstep(['keys', 'encryption', ...words], environment);
    expect(await run('list')).toBe('There are no encryption keys.');
    const made = await run('create', 'orders');
    const id = /^arn:aws:kms:us-east-1:123456789012:key\/([0-9a-f-]{36})\nalias\/orders$/.exec(made)?.[1] ?? '';
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await run('rotate', 'orders')).toContain(`${id} is ENABLED, with 2 versions`);
    expect(await run('disable', id)).toContain(`${id} is DISABLED`);
    const secrets = [...readFileSync(path, 'utf8').matchAll(/"key": "([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(secrets).toHaveLength(2);
    for (const listed of [await run('list'), await run('list', '--json')]) {
      expect(listed).toContain('DISABLED');
      for (const secret of secrets) expect(listed).not.toContain(secret);
    }
    expect(await run('enable', 'orders')).toContain('ENABLED');
    const audit = await everstep(['audit', '--resource', id, '--json'], {});
    expect(audit.split('\n').map((line) => JSON.parse(line).action)).toEqual([
      'everstep:EnableEncryptionKey',
      'everstep:DisableEncryptionKey',
      'everstep:RotateEncryptionKey',
      'everstep:CreateEncryptionKey',
    ]);
  });

  it('names what is wrong, and changes nothing then', async () => {
    const path = join(folder, 'encryption-keys.json');
    const environment = { EVERSTEP_ENCRYPTION_KEYS_FILE: path };
    const run = (...words: string[]) => everstep(['keys', 'encryption', ...words], environment);
    await run('create', 'orders');
    const before = readFileSync(path, 'utf8');
    expect(await run('create', 'orders')).toContain('There is a key orders in account 123456789012 already.');
    expect(await run('create', 'a b')).toContain("This cannot be a key's name");
    expect(await run('create', 'a', '--account', '1')).toContain('An account has 12 digits');
    expect(await run('disable', 'other')).toContain('There is no encryption key other in account');
    expect(await everstep(['keys', 'encryption', 'list'], {})).toContain('There is no file to keep encryption keys in');
    expect(readFileSync(path, 'utf8')).toBe(before);
    const cut = before.replace(/"key": "[^"]+"/, '"key": "aHVudGVyMg=="');
    for (const wrong of [cut, '{"keys":7}', '{', before.replace('ENABLED', 'GONE')]) {
      writeFileSync(path, wrong);
      const answer = await run('list');
      expect(answer).toContain(`refused: EVERSTEP_ENCRYPTION_KEYS_FILE: ${path}`);
      expect(answer).not.toContain('aHVudGVyMg');
    }
  });
});
