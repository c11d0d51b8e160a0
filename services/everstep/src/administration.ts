import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { type AuditEntry, timeOrderedId } from '@everstep/engine';
import { type PostgresStore, createPostgresStore, migrate } from '@everstep/store-postgres';
import { askDatabase, requireMigrated } from './adapters.ts';
import { type Config, readConfig } from './config.ts';
import { findServedDatabase, startEmbeddedPostgres } from './embedded-postgres/start-embedded-postgres.ts';
import { type EncryptionKeyFile, encryptionKeyFileOf } from './security/encryption-key-file.ts';
import { type MasterKeyHome, openMasterKeys } from './security/master-key-source.ts';
import { StartError } from './start-error.ts';

/** What an administrator's command works with: the store itself, whether or not a server runs. */
export interface Administration {
  readonly config: Config;
  readonly store: PostgresStore;
  /** The store's time, in milliseconds since the epoch. */
  readonly now: number;
  /** Throws StartError where there are none. */
  masterKeys(): MasterKeyHome;
  /** The file of the encryption keys. Throws StartError where there is none. */
  encryptionKeyFile(): EncryptionKeyFile;
  /** Writes down what the command did. */
  record(act: Pick<AuditEntry, 'accountId' | 'action' | 'resource'>): Promise<void>;
}

/** Works on the database of DATABASE_URL, else on that of the data folder, which is started for it where none serves it. */
export async function administer<Result>(work: (administration: Administration) => Promise<Result>): Promise<Result> {
  const config = readConfig(process.env);
  if (config.databaseUrl !== null) {
    await requireMigrated(config.databaseUrl);
    return workOn(config, config.databaseUrl, null, work);
  }
  const dataDirectory = resolve(config.dataDirectory);
  const served = await findServedDatabase(dataDirectory);
  if (served !== null) return workOn(config, served, dataDirectory, work);
  const postgres = await startEmbeddedPostgres({
    dataDirectory,
    failed: (error) => console.error(`Everstep: ${error.message}`),
    warn: (message) => console.error(`Everstep: ${message}`),
  });
  try {
    await migrate(postgres.connectionString);
    return await workOn(config, postgres.connectionString, dataDirectory, work);
  } finally {
    await postgres.stop();
  }
}

async function workOn<Result>(
  config: Config,
  databaseUrl: string,
  dataDirectory: string | null,
  work: (administration: Administration) => Promise<Result>,
): Promise<Result> {
  const store = createPostgresStore({ connectionString: databaseUrl, poolSize: 2, applicationName: 'everstep admin' });
  try {
    const now = await askDatabase(() => store.now());
    return await work({
      config,
      store,
      now,
      masterKeys: () => openMasterKeys(config, dataDirectory) ?? refuseWithoutMasterKey(),
      encryptionKeyFile: () => encryptionKeyFileOf(config, dataDirectory) ?? refuseWithoutKeyFile(),
      record: (act) => store.recordAudit([entryOf(act, now)]),
    });
  } finally {
    await store.close();
  }
}

function refuseWithoutMasterKey(): never {
  throw new StartError(
    'There is no master key to keep secrets under.\n' +
      'Set EVERSTEP_MASTER_KEY to 32 bytes in base64 (openssl rand -base64 32), or EVERSTEP_MASTER_KEY_FILE, as for `everstep api`.',
  );
}

function refuseWithoutKeyFile(): never {
  throw new StartError(
    'There is no file to keep encryption keys in.\n' +
      'Set EVERSTEP_ENCRYPTION_KEYS_FILE to one that every process reads and only they do.',
  );
}

function entryOf(act: Pick<AuditEntry, 'accountId' | 'action' | 'resource'>, now: number): AuditEntry {
  return {
    ...act,
    entryId: timeOrderedId(now),
    at: now,
    userArn: `administrator ${userName()}`,
    accessKeyId: null,
    requestId: `pid ${process.pid}`,
    sourceAddress: 'local',
    outcome: 'OK',
  };
}

/** The system's name of who runs the command; a container may run as a number that has none. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`;
  }
}
