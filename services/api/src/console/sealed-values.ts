import { createHmac, timingSafeEqual } from 'node:crypto';

const MAC_BYTES = 32;

/** Whose secret all processes of an installation share. */
export interface SecretSource {
  installationSecret(): Promise<string>;
}

/** Texts that only this installation can have made, for one purpose: what was sealed for another does not open. */
export class SealedValues {
  readonly #source: SecretSource;
  readonly #purpose: string;
  #key: Buffer | null = null;

  constructor(source: SecretSource, purpose: string) {
    this.#source = source;
    this.#purpose = purpose;
  }

  /** `payload` stays readable in it. */
  async seal(payload: string): Promise<string> {
    return `${payload}.${mark(await this.#secret(), payload).toString('base64url')}`;
  }

  /** The payload; null where it was not sealed here. */
  async open(value: string): Promise<string | null> {
    const dot = value.lastIndexOf('.');
    const given = Buffer.from(value.slice(dot + 1), 'base64url');
    if (dot < 0 || given.length !== MAC_BYTES) return null;
    const payload = value.slice(0, dot);
    return timingSafeEqual(given, mark(await this.#secret(), payload)) ? payload : null;
  }

  /** Installations on other ports of a host share its cookies: each has a name of its own. */
  async cookieName(): Promise<string> {
    return `everstep-${mark(await this.#secret(), 'name')
      .subarray(0, 6)
      .toString('hex')}`;
  }

  async #secret(): Promise<Buffer> {
    // A failed read is not remembered: the store may be back for the next call.
    this.#key ??= mark(Buffer.from(await this.#source.installationSecret(), 'hex'), this.#purpose);
    return this.#key;
  }
}

function mark(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** The value of a cookie in a Cookie header. */
export function cookieValue(header: string, name: string): string | undefined {
  for (const part of header.split(';')) {
    const equals = part.indexOf('=');
    if (part.slice(0, Math.max(equals, 0)).trim() === name) return part.slice(equals + 1).trim();
  }
  return undefined;
}
