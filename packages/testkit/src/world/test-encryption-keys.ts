import { randomBytes, randomUUID } from 'node:crypto';
import type { EncryptionKey, EncryptionKeyName, EncryptionKeys } from '@everstep/engine';

/** Encryption keys of one test, which makes, rotates, disables and loses them. */
export class TestEncryptionKeys implements EncryptionKeys {
  readonly #keys = new Map<string, EncryptionKey>();

  /** Answers the key's id; it is `alias/<alias>` too. */
  create(alias: string, accountId = '123456789012'): string {
    const keyId = randomUUID();
    this.#keys.set(`${accountId} ${alias}`, { keyId, accountId, state: 'ENABLED', versions: [newVersion()] });
    return keyId;
  }

  rotate(keyId: string): void {
    this.#change(keyId, (key) => ({ ...key, versions: [newVersion(), ...key.versions] }));
  }

  setState(keyId: string, state: EncryptionKey['state']): void {
    this.#change(keyId, (key) => ({ ...key, state }));
  }

  /** The same keys without one of them, as a process would have that lacks it. */
  without(keyId: string): TestEncryptionKeys {
    const others = new TestEncryptionKeys();
    for (const [name, key] of this.#keys) if (key.keyId !== keyId) others.#keys.set(name, key);
    return others;
  }

  hasKeys(): boolean {
    return this.#keys.size > 0;
  }

  find(name: EncryptionKeyName): EncryptionKey | null {
    if (name.kind === 'alias') return this.#keys.get(`${name.accountId} ${name.alias}`) ?? null;
    return [...this.#keys.values()].find((key) => key.keyId === name.keyId) ?? null;
  }

  #change(keyId: string, change: (key: EncryptionKey) => EncryptionKey): void {
    for (const [name, key] of this.#keys) if (key.keyId === keyId) this.#keys.set(name, change(key));
  }
}

function newVersion(): EncryptionKey['versions'][0] {
  return { versionId: randomBytes(4).toString('hex'), bytes: randomBytes(32) };
}
