import { readFileSync } from 'node:fs';
import {
  type AccessKeyRecord,
  AccessKeyRequestError,
  type AccessKeyStore,
  allAccessKeys,
  type ConnectionStore,
  createAccessKey,
  type Credentials,
  type MasterKeys,
  resealAccessKeys,
  resealConnections,
  SealedSecretError,
} from '@everstep/engine';
import { FULL_ACCESS_POLICY, PolicyError } from '@everstep/protocol';
import type { Command } from 'commander';
import { type Administration, administer } from '../administration.ts';
import { messageOf, StartError } from '../start-error.ts';
import { encryptionCommand } from './keys-encryption.ts';
import { textTable } from '../terminal/table.ts';
import { parseDuration, shownTime } from '../terminal/times.ts';
import { UsageCommand } from '../terminal/usage-command.ts';

const HELP = `
The command works on the database itself: that of DATABASE_URL, else that of the data folder, whether or not a server
runs. Changes take effect within five seconds.`;

export function keysCommand(): Command {
  const keys = new UsageCommand('keys').description('access keys: who may call the API').addHelpText('after', HELP);
  keys.addCommand(createCommand());
  keys.addCommand(
    new UsageCommand('list')
      .description('all keys, with when each was last used')
      .option('--json', 'print them as JSON', false)
      .action((options: { json: boolean }) => administer((administration) => list(administration, options))),
  );
  keys.addCommand(
    new UsageCommand('revoke')
      .description('refuse a key from now on, for good')
      .argument('<id>', 'the key’s id')
      .action((id: string) => administer((administration) => revoke(administration, id))),
  );
  keys.addCommand(
    new UsageCommand('rotate-master')
      .description('keep all secrets under a new master key')
      .action(() => administer(rotateMaster)),
  );
  keys.addCommand(encryptionCommand());
  return keys;
}

interface CreateOptions {
  readonly account?: string;
  readonly policy?: string;
  readonly group: readonly string[];
  readonly expiresIn?: string;
  readonly json: boolean;
}

function createCommand(): Command {
  return new UsageCommand('create')
    .description('make a key, and show its secret this once')
    .argument('<name>', 'whom it is for, as in arn:aws:iam::<account>:user/<name>')
    .option('--account <id>', '12 digits: where everything that it makes lies (EVERSTEP_ACCOUNT_ID)')
    .option('--group <name>', 'whose approvals are the user’s, too; may be given again', gathered, [])
    .option('--policy <file>', 'what it may do, in IAM’s JSON (everything in its account)')
    .option('--expires-in <time>', 'a temporary key with a session token, for 15m, 12h or 30d')
    .option('--json', 'print it as JSON', false)
    .action((name: string, options: CreateOptions) =>
      administer((administration) => create(administration, name, options)),
    );
}

function gathered(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

async function create(administration: Administration, userName: string, options: CreateOptions): Promise<void> {
  const { config, store, now } = administration;
  const accountId = options.account ?? config.accountId;
  const policy = options.policy === undefined ? FULL_ACCESS_POLICY : readPolicy(options.policy);
  const expiresAt = options.expiresIn === undefined ? null : now + parseDuration('--expires-in', options.expiresIn);
  const masterKeys = administration.masterKeys().current();
  const made = await createAccessKey(store, masterKeys, {
    ...{ accountId, userName, groups: options.group, policy, expiresAt, now },
  }).catch(refuse);
  await administration.record({ accountId, action: 'everstep:CreateAccessKey', resource: made.accessKeyId });
  console.log(options.json ? JSON.stringify(made) : shown(made, userName, accountId));
}

/** A policy, a name or an account that cannot be kept is the caller's to put right. */
function refuse(error: unknown): never {
  if (error instanceof PolicyError || error instanceof AccessKeyRequestError) throw new StartError(error.message);
  throw error;
}

function readPolicy(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartError(`--policy: ${path} cannot be read: ${messageOf(error)}`);
  }
}

function shown({ accessKeyId, secretAccessKey, sessionToken }: Credentials, name: string, account: string): string {
  const lines = [`export AWS_ACCESS_KEY_ID=${accessKeyId}`, `export AWS_SECRET_ACCESS_KEY=${secretAccessKey}`];
  if (sessionToken !== null) lines.push(`export AWS_SESSION_TOKEN=${sessionToken}`);
  return `# The key of ${name} in account ${account}. Nobody can show its secret again.\n${lines.join('\n')}`;
}

async function list({ store, now }: Administration, options: { readonly json: boolean }): Promise<void> {
  const found: AccessKeyRecord[] = [];
  for await (const key of allAccessKeys(store)) found.push(key);
  if (options.json) {
    console.log(JSON.stringify(found.map((key) => described(key, now))));
    return;
  }
  const rows = found.map((key) => {
    const { accessKeyId, accountId, userName, groups, createdAt, expiresAt, lastUsedAt } = key;
    const times = [createdAt, expiresAt, lastUsedAt].map(shownTime);
    return [accessKeyId, accountId, userName, groups.join(', '), statusOf(key, now), ...times];
  });
  const head = ['ID', 'ACCOUNT', 'NAME', 'GROUPS', 'STATUS', 'CREATED', 'EXPIRES', 'LAST USED'];
  console.log(found.length === 0 ? 'There are no access keys.' : textTable(head, rows));
}

/** Everything but the secret. */
function described(key: AccessKeyRecord, now: number): object {
  const { sealedSecret: _sealedSecret, sessionTokenHash: _sessionTokenHash, policy, ...rest } = key;
  return { ...rest, status: statusOf(key, now), policy: JSON.parse(policy) };
}

function statusOf({ revokedAt, expiresAt }: AccessKeyRecord, now: number): string {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active';
}

async function revoke(administration: Administration, accessKeyId: string): Promise<void> {
  const { store, now } = administration;
  const key = await store.findAccessKey(accessKeyId);
  if (key === null) throw new StartError(`There is no access key ${accessKeyId}.`);
  if (!(await store.revokeAccessKey(accessKeyId, now))) {
    console.log(`${accessKeyId} was revoked before.`);
    return;
  }
  await administration.record({ accountId: key.accountId, action: 'everstep:RevokeAccessKey', resource: accessKeyId });
  console.log(`${accessKeyId} is revoked.`);
}

async function resealAll(store: AccessKeyStore & ConnectionStore, keys: MasterKeys): Promise<number> {
  return (await resealAccessKeys(store, keys)) + (await resealConnections(store, keys));
}

async function rotateMaster(administration: Administration): Promise<void> {
  const { store, config } = administration;
  const home = administration.masterKeys();
  // Two keys mean that a rotation was begun, here or by hand: the first is the new one.
  const keys = home.current().count > 1 ? home.current() : home.addNew();
  if (keys === null) {
    throw new StartError(
      'EVERSTEP_MASTER_KEY holds one key. Make a new one (openssl rand -base64 32), set EVERSTEP_MASTER_KEY to\n' +
        '`NEW,OLD` for every `everstep api`, restart them, and run this again with the same; then leave OLD out.',
    );
  }
  const resealed = await resealAll(store, keys).catch((error: unknown) => {
    if (error instanceof SealedSecretError) throw new StartError(`${error.message}. Nothing of it was changed.`);
    throw error;
  });
  home.dropOld();
  await administration.record({
    accountId: config.accountId,
    action: 'everstep:RotateMasterKey',
    resource: keys.current,
  });
  console.log(
    `${resealed === 1 ? '1 secret is' : `${resealed} secrets are`} now kept under the master key ${keys.current}.`,
  );
}
