import type { Command } from 'commander';
import { type Administration, administer } from '../administration.ts';
import { KEY_NAME, type KeptKey, newKey, rotated } from '../security/encryption-key-file.ts';
import { StartError } from '../start-error.ts';
import { textTable } from '../terminal/table.ts';
import { UsageCommand } from '../terminal/usage-command.ts';

const HELP = `
The keys lie in the file EVERSTEP_ENCRYPTION_KEYS_FILE, else in the data folder, and nowhere else: what is sealed under a
key is lost with it, so keep a copy of the file. Servers find changes within two seconds.`;

export function encryptionCommand(): Command {
  const command = new UsageCommand('encryption')
    .description('keys under which the data of state machines and activities is kept')
    .addHelpText('after', HELP);
  command.addCommand(
    new UsageCommand('create')
      .description('make a key that encryptionConfiguration may name')
      .argument('<name>', 'its alias: alias/<name>')
      .option('--account <id>', '12 digits: whose resources may name it (EVERSTEP_ACCOUNT_ID)')
      .action((name: string, options: AccountOption) =>
        administer((administration) => create(administration, name, options)),
      ),
  );
  command.addCommand(
    new UsageCommand('list')
      .description('all keys, without what is secret')
      .option('--json', 'print them as JSON', false)
      .action((options: { json: boolean }) => administer((administration) => list(administration, options))),
  );
  command.addCommand(
    changing(
      'rotate',
      'keep new data keys under a new version; the old ones still open',
      'RotateEncryptionKey',
      (key, at) => rotated(key, at),
    ),
  );
  command.addCommand(
    changing(
      'disable',
      'nothing is sealed or opened with it: executions under it fail',
      'DisableEncryptionKey',
      (key) => ({ ...key, state: 'DISABLED' }),
    ),
  );
  command.addCommand(
    changing('enable', 'the end of disable', 'EnableEncryptionKey', (key) => ({ ...key, state: 'ENABLED' })),
  );
  return command;
}

interface AccountOption {
  readonly account?: string;
}

type Change = (key: KeptKey, at: Date) => KeptKey;

function changing(word: string, description: string, action: string, change: Change): Command {
  return new UsageCommand(word)
    .description(description)
    .argument('<name>', 'its name or id')
    .option('--account <id>', '12 digits: whose key it is (EVERSTEP_ACCOUNT_ID)')
    .action((name: string, options: AccountOption) =>
      administer((administration) => alter(administration, { name, action, change, ...options })),
    );
}

async function create(administration: Administration, name: string, options: AccountOption): Promise<void> {
  const file = administration.encryptionKeyFile();
  const accountId = options.account ?? administration.config.accountId;
  if (!/^\d{12}$/.test(accountId)) throw new StartError(`An account has 12 digits: '${accountId}'`);
  if (!KEY_NAME.test(name)) throw new StartError(`This cannot be a key's name: '${name}'`);
  const keys = file.readOrNone();
  if (keys.some((key) => key.name === name && key.accountId === accountId)) {
    throw new StartError(`There is a key ${name} in account ${accountId} already.`);
  }
  const made = newKey(name, accountId, new Date(administration.now));
  file.write([...keys, made]);
  await administration.record({ accountId, action: 'everstep:CreateEncryptionKey', resource: made.keyId });
  console.log(`${arnOf(administration, made)}\nalias/${name}`);
}

function arnOf({ config }: Administration, { keyId, accountId }: KeptKey): string {
  return `arn:aws:kms:${config.region}:${accountId}:key/${keyId}`;
}

async function list(administration: Administration, options: { readonly json: boolean }): Promise<void> {
  const keys = administration.encryptionKeyFile().readOrNone();
  if (options.json) {
    const shown = keys.map(({ versions, ...key }) => ({
      ...key,
      arn: arnOf(administration, { versions, ...key }),
      versions: versions.map(({ versionId, createdAt }) => ({ versionId, createdAt })),
    }));
    console.log(JSON.stringify(shown));
    return;
  }
  const rows = keys.map(({ keyId, accountId, name, state, createdAt, versions }) => [
    ...[keyId, accountId, `alias/${name}`, state, createdAt],
    String(versions.length),
  ]);
  const head = ['ID', 'ACCOUNT', 'ALIAS', 'STATE', 'CREATED', 'VERSIONS'];
  console.log(keys.length === 0 ? 'There are no encryption keys.' : textTable(head, rows));
}

async function alter(
  administration: Administration,
  request: AccountOption & { readonly name: string; readonly action: string; readonly change: Change },
): Promise<void> {
  const { name, action, change } = request;
  const file = administration.encryptionKeyFile();
  const accountId = request.account ?? administration.config.accountId;
  const keys = file.readOrNone();
  const found = keys.find((key) => key.keyId === name || (key.name === name && key.accountId === accountId));
  if (found === undefined) throw new StartError(`There is no encryption key ${name} in account ${accountId}.`);
  const changed = change(found, new Date(administration.now));
  file.write(keys.map((key) => (key === found ? changed : key)));
  await administration.record({ accountId: found.accountId, action: `everstep:${action}`, resource: found.keyId });
  const { keyId, state, versions } = changed;
  const count = versions.length === 1 ? '1 version' : `${versions.length} versions`;
  console.log(`${keyId} is ${state}, with ${count}; the newest is ${versions[0]?.versionId}.`);
}
