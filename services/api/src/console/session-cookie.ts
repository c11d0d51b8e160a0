import { createHmac, timingSafeEqual } from 'node:crypto';

/** How long somebody stays signed in, in milliseconds. */
export const SESSION_MS = 12 * 3_600_000;
const MAC_BYTES = 32;

/** Who signed in, and until when. */
export interface Session {
  readonly accessKeyId: string;
  readonly expiresAt: number;
}

/**
 * Sessions of the console live in a cookie and nowhere else: which key signed in and until when, under a MAC with a key
 * of the installation, so that any API process takes it. The key itself is looked at with every request: a revoked one
 * ends its sessions.
 */
export class SessionCookies {
  readonly #source: { installationSecret(): Promise<string> };
  readonly #isSecure: boolean;
  #key: Buffer | null = null;

  /** `isSecure`: browsers send the cookie over TLS only. */
  constructor(source: { installationSecret(): Promise<string> }, isSecure: boolean) {
    this.#source = source;
    this.#isSecure = isSecure;
  }

  /** The Set-Cookie header that begins a session. */
  async begin(session: Session, now: number): Promise<string> {
    const payload = `${session.accessKeyId}.${session.expiresAt}`;
    const mac = mark(await this.#secret(), payload).toString('base64url');
    const seconds = Math.max(0, Math.floor((session.expiresAt - now) / 1_000));
    return this.#header(`${payload}.${mac}`, seconds);
  }

  /** The Set-Cookie header that ends one. */
  async end(): Promise<string> {
    await this.#secret();
    return this.#header('', 0);
  }

  /** The session of a request's Cookie header; null where there is none that holds. */
  async read(header: string | undefined, now: number): Promise<Session | null> {
    if (header === undefined) return null;
    const key = await this.#secret();
    const value = valueOf(header, nameFor(key));
    const [accessKeyId = '', until = '', mac = ''] = value?.split('.') ?? [];
    const given = Buffer.from(mac, 'base64url');
    if (given.length !== MAC_BYTES) return null;
    if (!timingSafeEqual(given, mark(key, `${accessKeyId}.${until}`))) return null;
    const expiresAt = Number(until);
    return expiresAt > now ? { accessKeyId, expiresAt } : null;
  }

  #header(value: string, seconds: number): string {
    const name = nameFor(this.#key ?? Buffer.alloc(0));
    const secure = this.#isSecure ? '; Secure' : '';
    return `${name}=${value}; Path=/console; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`;
  }

  async #secret(): Promise<Buffer> {
    // A failed read is not remembered: the store may be back for the next call.
    this.#key ??= mark(Buffer.from(await this.#source.installationSecret(), 'hex'), 'console-session');
    return this.#key;
  }
}

/** Installations on other ports of a host share its cookies: each has a name of its own. */
function nameFor(key: Buffer): string {
  return `everstep-${mark(key, 'name').subarray(0, 6).toString('hex')}`;
}

function mark(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function valueOf(header: string, name: string): string | undefined {
  for (const part of header.split(';')) {
    const equals = part.indexOf('=');
    if (part.slice(0, Math.max(equals, 0)).trim() === name) return part.slice(equals + 1).trim();
  }
  return undefined;
}
