import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { EncryptionKey, EncryptionKeys } from '../ports/encryption-keys.ts';
import { BoundedMap } from './bounded-map.ts';
import { type SealScope, requireKey, requireKeyById } from './key-in-use.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MARK = 'everstep-';
const SEALED = `${MARK}sealed:1:`;
/** In front of a text that nobody sealed and that looks as if somebody had. */
const ESCAPED = `${MARK}plain:1:`;
const OPENED_DATA_KEYS = 1_000;

/** What was sealed was changed, or taken from another place. */
export class BrokenSealError extends Error {
  constructor(place: string, options?: ErrorOptions) {
    super(`what is sealed at ${place} was changed, or belongs elsewhere`, options);
    this.name = 'BrokenSealError';
  }
}

interface DataKey {
  readonly bytes: Buffer;
  /** The key's id, its version and the data key under it: what a sealed text begins with. */
  readonly envelope: string;
  /** On the clock of the sealer. */
  readonly until: number;
}

/**
 * Texts under data keys (AES-256-GCM), and data keys under the keys that people made. Each text carries its data key,
 * so nothing else is needed to read it than the key; a text opens at its own place only.
 */
export class Sealer {
  readonly #keys: EncryptionKeys;
  readonly #now: () => number;
  readonly #sealing = new Map<string, DataKey>();
  readonly #opened = new BoundedMap<string, Buffer>(OPENED_DATA_KEYS);

  /** `now`: milliseconds that never go back. */
  constructor(keys: EncryptionKeys, now: () => number = () => performance.now()) {
    this.#keys = keys;
    this.#now = now;
  }

  /** Errors: KmsAccessDeniedException, KmsInvalidStateException. */
  seal(scope: SealScope, place: string, text: string): string {
    const { bytes, envelope } = this.#dataKey(scope);
    return `${SEALED}${envelope}:${encrypt(bytes, place, encode(text))}`;
  }

  /** A text that was not sealed is answered as it is. Errors: KmsAccessDeniedException, KmsInvalidStateException. */
  open(place: string, text: string): string {
    if (!text.startsWith(MARK)) return text;
    if (text.startsWith(ESCAPED)) return text.slice(ESCAPED.length);
    if (!text.startsWith(SEALED)) throw new BrokenSealError(place);
    const [keyId = '', versionId = '', wrapped = '', body = ''] = text.slice(SEALED.length).split(':');
    const key = requireKeyById(this.#keys, keyId);
    return decode(decrypt(this.#unwrap(key, versionId, wrapped, place), place, body));
  }

  /** Equal for equal texts at equal places, and nothing to tell the text by without the key; a rotation leaves it. */
  digest(scope: SealScope, place: string, text: string): string {
    const first = requireKey(this.#keys, scope).versions.at(-1);
    if (first === undefined) throw new Error('an encryption key has no version');
    const key = Buffer.from(hkdfSync('sha256', first.bytes, '', 'everstep digest', KEY_BYTES));
    return createHmac('sha256', key)
      .update(JSON.stringify([place, text]))
      .digest('hex');
  }

  /** The one that seals now; another one as soon as its period is over, or the key was rotated. */
  #dataKey(scope: SealScope): DataKey {
    const key = requireKey(this.#keys, scope);
    const [version] = key.versions;
    if (version === undefined) throw new Error('an encryption key has no version');
    const known = this.#sealing.get(`${key.keyId} ${scope.reuseMs}`);
    const prefix = `${key.keyId}:${version.versionId}:`;
    if (known !== undefined && known.until > this.#now() && known.envelope.startsWith(prefix)) return known;
    const bytes = randomBytes(KEY_BYTES);
    const made = {
      bytes,
      envelope: `${prefix}${encrypt(version.bytes, prefix, bytes)}`,
      until: this.#now() + scope.reuseMs,
    };
    this.#sealing.set(`${key.keyId} ${scope.reuseMs}`, made);
    return made;
  }

  #unwrap(key: EncryptionKey, versionId: string, wrapped: string, place: string): Buffer {
    const envelope = `${key.keyId}:${versionId}:${wrapped}`;
    const known = this.#opened.get(envelope);
    if (known !== undefined) return known;
    const version = key.versions.find((one) => one.versionId === versionId);
    if (version === undefined) throw new BrokenSealError(place);
    const bytes = decrypt(version.bytes, `${key.keyId}:${versionId}:`, wrapped);
    this.#opened.set(envelope, bytes);
    return bytes;
  }
}

export function isSealed(text: string): boolean {
  return text.startsWith(SEALED);
}

/** Whether reading it needs the sealer. */
export function isMarked(text: string): boolean {
  return text.startsWith(MARK);
}

/** What is kept of a text that is not sealed. */
export function unsealed(text: string): string {
  return isMarked(text) ? `${ESCAPED}${text}` : text;
}

/** UTF-8 unless a lone surrogate would be lost by it; the first byte tells which. */
function encode(text: string): Buffer {
  return text.isWellFormed() ? Buffer.from(`\0${text}`) : Buffer.from(`\u0101${text}`, 'utf16le');
}

function decode(bytes: Buffer): string {
  return bytes[0] === 0 ? bytes.toString('utf8', 1) : bytes.toString('utf16le', 2);
}

function encrypt(key: Buffer, place: string, plain: Buffer): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(place));
  const parts = [nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(parts).toString('base64url');
}

function decrypt(key: Buffer, place: string, text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(place));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch (error) {
    throw new BrokenSealError(place, { cause: error });
  }
}
