import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MasterKeys, type MasterKeySource } from '@everstep/engine';
import type { Config } from '../config.ts';
import { messageOf, StartError } from '../start-error.ts';

/** Where the master keys come from, and how they are replaced. */
export interface MasterKeyHome extends MasterKeySource {
  /**
   * A new key in front of the present ones; null where this process cannot keep one, so that whoever runs it has to.
   */
  addNew(): MasterKeys | null;
  /** Leaves only the first one, once nothing is sealed under the others. */
  dropOld(): void;
}

const MASTER_KEY = 'master-key';

/**
 * The master keys by the settings; in embedded mode, where these name none, of a file in the data folder, which is made
 * on first use. null where there are none. Throws StartError where they are not right.
 */
export function openMasterKeys(config: Config, dataDirectory: string | null): MasterKeyHome | null {
  if (config.masterKey !== null) return fromSetting(config.masterKey);
  if (config.masterKeyFile !== null) return fromFile('EVERSTEP_MASTER_KEY_FILE', config.masterKeyFile);
  if (dataDirectory === null) return null;
  const path = join(dataDirectory, MASTER_KEY);
  if (!existsSync(path)) writeKeys(path, [MasterKeys.generate()]);
  return fromFile('the master key', path);
}

/**
 * Those that there are, for who only looks: none is made. `DATABASE_URL` tells a server of several processes, which keeps
 * nothing in a data folder. Throws StartError where they are not right.
 */
export function presentMasterKeys(config: Config): MasterKeyHome | null {
  const dataDirectory = config.databaseUrl === null ? resolve(config.dataDirectory) : null;
  const isMade = dataDirectory !== null && existsSync(join(dataDirectory, MASTER_KEY));
  return openMasterKeys(config, isMade ? dataDirectory : null);
}

/** The file that the settings or the data folder name; null: the key is in its variable. */
export function masterKeyFileOf(config: Config, dataDirectory: string): string | null {
  return config.masterKey !== null ? null : (config.masterKeyFile ?? join(dataDirectory, MASTER_KEY));
}

function fromSetting(setting: string): MasterKeyHome {
  const keys = parse('EVERSTEP_MASTER_KEY', setting.split(','));
  return { current: () => keys, reload: () => keys, addNew: () => null, dropOld: () => undefined };
}

function fromFile(name: string, path: string): MasterKeyHome {
  const lines = (): string[] => {
    try {
      return readFileSync(path, 'utf8').split('\n');
    } catch (error) {
      throw new StartError(`${name}: ${path} cannot be read: ${messageOf(error)}`);
    }
  };
  const texts = (): string[] => lines().filter((line) => line.trim() !== '');
  let keys = parse(`${name}: ${path}`, texts());
  const reload = (): MasterKeys => (keys = parse(`${name}: ${path}`, texts()));
  return {
    current: () => keys,
    reload,
    addNew() {
      writeKeys(path, [MasterKeys.generate(), ...texts()]);
      return reload();
    },
    dropOld() {
      writeKeys(path, texts().slice(0, 1));
      reload();
    },
  };
}

function parse(where: string, texts: readonly string[]): MasterKeys {
  try {
    return new MasterKeys(texts.map((text) => text.trim()));
  } catch (error) {
    throw new StartError(`${where}: ${messageOf(error)}.`);
  }
}

/** Whole or not at all, and for this user only. */
function writeKeys(path: string, texts: readonly string[]): void {
  const aside = `${path}.new`;
  try {
    writeFileSync(aside, `${texts.join('\n')}\n`, { mode: 0o600 });
    chmodSync(aside, 0o600);
    renameSync(aside, path);
  } catch (error) {
    throw new StartError(
      `${path} cannot be written: ${messageOf(error)}\n` +
        'Put a new master key (openssl rand -base64 32) before the present one in it yourself, and run this again.',
    );
  }
}
