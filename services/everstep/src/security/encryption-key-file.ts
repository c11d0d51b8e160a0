import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type EncryptionKey,
  type EncryptionKeyName,
  type EncryptionKeys,
  type Logger,
  noEncryptionKeys,
} from '@everstep/engine';
import type { Config } from '../config.ts';
import { codeOf, messageOf, StartError } from '../start-error.ts';

/** A key as the file holds it. */
export interface KeptKey {
  readonly keyId: string;
  /** What `alias/…` names it by, once in its account. */
  readonly name: string;
  /** 12 digits. */
  readonly accountId: string;
  readonly state: 'ENABLED' | 'DISABLED';
  /** ISO 8601. */
  readonly createdAt: string;
  /** The newest first; 32 bytes in base64 each. */
  readonly versions: ReadonlyArray<{ readonly versionId: string; readonly key: string; readonly createdAt: string }>;
}

const KEY_BYTES = 32;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** KMS's rule for what follows `alias/`. */
export const KEY_NAME = /^[a-zA-Z0-9_-][a-zA-Z0-9/_-]{0,249}$/;
/** How old what a process knows of the file may be, in milliseconds. */
const LOOK_EVERY_MS = 2_000;

/** null: neither the settings nor a data folder name one. */
export function encryptionKeyFileOf(config: Config, dataDirectory: string | null): EncryptionKeyFile | null {
  if (config.encryptionKeysFile !== null) {
    return new EncryptionKeyFile(config.encryptionKeysFile, 'EVERSTEP_ENCRYPTION_KEYS_FILE', true);
  }
  if (dataDirectory === null) return null;
  return new EncryptionKeyFile(join(dataDirectory, 'encryption-keys.json'), 'the encryption keys', false);
}

/** The keys a process works with, never older than two seconds. Throws StartError where the file is not right. */
export function openEncryptionKeys(config: Config, dataDirectory: string | null, logger: Logger): EncryptionKeys {
  const file = encryptionKeyFileOf(config, dataDirectory);
  return file === null ? noEncryptionKeys : new WatchedKeys(file, logger);
}

/** A JSON file, readable for its user only: the keys themselves are in no database. */
export class EncryptionKeyFile {
  readonly path: string;
  readonly #name: string;
  readonly #required: boolean;

  /** `required`: a server must not start without it, because it was named. */
  constructor(path: string, name: string, required: boolean) {
    this.path = path;
    this.#name = name;
    this.#required = required;
  }

  /** Changes with every change of the file. null: there is none. */
  stamp(): string | null {
    try {
      const { mtimeMs, ino, size } = statSync(this.path);
      return `${mtimeMs} ${ino} ${size}`;
    } catch (error) {
      if (codeOf(error) === 'ENOENT' && !this.#required) return null;
      throw this.#problem(messageOf(error));
    }
  }

  /** Throws StartError where it cannot be read or is not right. */
  read(): KeptKey[] {
    if (this.stamp() === null) return [];
    let parsed: unknown;
    try {
      parsed = JSON.parse(readFileSync(this.path, 'utf8'));
    } catch (error) {
      // A parser's message would show a part of the text.
      throw this.#problem(error instanceof SyntaxError ? 'it is not JSON' : messageOf(error));
    }
    const keys = isObject(parsed) && Array.isArray(parsed['keys']) ? parsed['keys'].map(keptKey) : [null];
    const whole = keys.filter((key) => key !== null);
    if (whole.length < keys.length)
      throw this.#problem('it does not hold what `everstep keys encryption create` writes');
    return whole;
  }

  /** The same for who may be the first to write it. */
  readOrNone(): KeptKey[] {
    try {
      statSync(this.path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
    }
    return this.read();
  }

  /** Whole or not at all, and for this user only. */
  write(keys: readonly KeptKey[]): void {
    const aside = `${this.path}.new`;
    try {
      writeFileSync(aside, `${JSON.stringify({ keys }, null, 2)}\n`, { mode: 0o600 });
      chmodSync(aside, 0o600);
      renameSync(aside, this.path);
    } catch (error) {
      throw this.#problem(`it cannot be written: ${messageOf(error)}`);
    }
  }

  #problem(why: string): StartError {
    return new StartError(`${this.#name}: ${this.path}: ${why}.`);
  }
}

export function newKey(name: string, accountId: string, at: Date): KeptKey {
  const createdAt = at.toISOString();
  return { keyId: randomUUID(), name, accountId, state: 'ENABLED', createdAt, versions: [newVersion(at)] };
}

/** New data keys are kept under the new version; the old ones still open what they have kept. */
export function rotated(key: KeptKey, at: Date): KeptKey {
  return { ...key, versions: [newVersion(at), ...key.versions] };
}

function newVersion(at: Date): KeptKey['versions'][0] {
  const versionId = randomBytes(4).toString('hex');
  return { versionId, key: randomBytes(KEY_BYTES).toString('base64'), createdAt: at.toISOString() };
}

/** Reads the file again where it has changed; one that is not right any more leaves the keys as they were. */
class WatchedKeys implements EncryptionKeys {
  readonly #file: EncryptionKeyFile;
  readonly #logger: Logger;
  #byName = new Map<string, EncryptionKey>();
  #stamp: string | null;
  #lookAt = 0;

  constructor(file: EncryptionKeyFile, logger: Logger) {
    this.#file = file;
    this.#logger = logger;
    this.#stamp = file.stamp();
    this.#take(file.read());
  }

  hasKeys(): boolean {
    this.#look();
    return this.#byName.size > 0;
  }

  find(name: EncryptionKeyName): EncryptionKey | null {
    this.#look();
    const text = name.kind === 'key' ? name.keyId : `${name.accountId} ${name.alias}`;
    return this.#byName.get(text) ?? null;
  }

  #look(): void {
    const now = performance.now();
    if (now < this.#lookAt) return;
    this.#lookAt = now + LOOK_EVERY_MS;
    try {
      const stamp = this.#file.stamp();
      if (stamp === this.#stamp) return;
      this.#take(this.#file.read());
      this.#stamp = stamp;
      this.#logger.info({ keys: this.#byName.size / 2 }, 'the encryption keys were read again');
    } catch (error) {
      this.#logger.error({ err: error }, 'the encryption keys could not be read again; the present ones stay');
    }
  }

  #take(kept: readonly KeptKey[]): void {
    this.#byName = new Map();
    for (const { keyId, name, accountId, state, versions } of kept) {
      const opened = versions.map(({ versionId, key }) => ({ versionId, bytes: Buffer.from(key, 'base64') }));
      const key: EncryptionKey = { keyId, accountId, state, versions: opened };
      this.#byName.set(keyId, key);
      this.#byName.set(`${accountId} ${name}`, key);
    }
  }
}

function keptKey(value: unknown): KeptKey | null {
  if (!isObject(value)) return null;
  const { keyId, name, accountId, state, createdAt, versions } = value;
  if (!isText(keyId, UUID) || !isText(name, KEY_NAME) || !isText(accountId, /^\d{12}$/)) return null;
  if ((state !== 'ENABLED' && state !== 'DISABLED') || !isText(createdAt) || !Array.isArray(versions)) return null;
  const kept = versions.map(keptVersion).filter((version) => version !== null);
  if (kept.length === 0 || kept.length < versions.length) return null;
  return { keyId, name, accountId, state, createdAt, versions: kept };
}

function keptVersion(value: unknown): KeptKey['versions'][0] | null {
  if (!isObject(value)) return null;
  const { versionId, key, createdAt } = value;
  if (!isText(versionId, /^[0-9a-f]{8}$/) || !isText(key) || !isText(createdAt)) return null;
  const bytes = Buffer.from(key, 'base64');
  return bytes.length === KEY_BYTES && bytes.toString('base64') === key ? { versionId, key, createdAt } : null;
}

function isText(value: unknown, shape = /./): value is string {
  return typeof value === 'string' && shape.test(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
