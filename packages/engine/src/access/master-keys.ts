import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A secret that no master key at hand opens, or that was changed. */
export class SealedSecretError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SealedSecretError';
  }
}

/** The master keys at hand; `reload` looks whether there are other ones by now. */
export interface MasterKeySource {
  current(): MasterKeys;
  reload(): MasterKeys;
}

interface MasterKey {
  /** Eight hexadecimal digits, derived from the key: tells which one sealed a secret without telling anything of it. */
  readonly id: string;
  readonly bytes: Buffer;
}

/**
 * The keys under which secrets are kept. The first seals; all of them open, so that servers go on while the others are
 * being replaced.
 */
export class MasterKeys {
  readonly #keys: readonly MasterKey[];

  /** Each text is 32 bytes, in base64 or as 64 hexadecimal digits. Throws where one is not, without showing it. */
  constructor(texts: readonly string[]) {
    if (texts.length === 0) throw new Error('there is no master key');
    this.#keys = texts.map((text) => masterKey(text));
  }

  /** The id of the key that seals. */
  get current(): string {
    return this.#first.id;
  }

  get count(): number {
    return this.#keys.length;
  }

  /** A new key, in base64. */
  static generate(): string {
    return randomBytes(KEY_BYTES).toString('base64');
  }

  /** AES-256-GCM. `owner` is bound to it: what was sealed for one owner opens for no other. */
  seal(secret: string, owner: string): string {
    const { id, bytes } = this.#first;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', bytes, nonce);
    cipher.setAAD(Buffer.from(owner));
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return `v1.${id}.${Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url')}`;
  }

  /** Throws {@link SealedSecretError}. */
  open(sealed: string, owner: string): string {
    const [version, id, text] = sealed.split('.');
    const key = this.#keys.find((one) => one.id === id);
    if (version !== 'v1' || key === undefined || text === undefined) {
      throw new SealedSecretError(
        `the secret of ${owner} is sealed under a master key that is not here (${id ?? '?'})`,
      );
    }
    const bytes = Buffer.from(text, 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(owner));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const opened = [decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
      return Buffer.concat(opened).toString('utf8');
    } catch (error) {
      throw new SealedSecretError(`the sealed secret of ${owner} was changed`, { cause: error });
    }
  }

  /** Whether the key that seals now has sealed it. */
  isCurrent(sealed: string): boolean {
    return sealed.startsWith(`v1.${this.#first.id}.`);
  }

  get #first(): MasterKey {
    const [first] = this.#keys;
    if (first === undefined) throw new Error('there is no master key');
    return first;
  }
}

function masterKey(text: string): MasterKey {
  const isHex = /^[0-9a-f]{64}$/i.test(text);
  const bytes = Buffer.from(text, isHex ? 'hex' : 'base64');
  // Node reads over what is no base64.
  const isWhole = isHex || bytes.toString('base64') === text;
  if (bytes.length !== KEY_BYTES || !isWhole) {
    throw new Error(
      'a master key must be 32 bytes in base64, or 64 hexadecimal digits, as of: openssl rand -base64 32',
    );
  }
  const id = Buffer.from(hkdfSync('sha256', bytes, '', 'everstep master key id', 4)).toString('hex');
  return { id, bytes };
}
