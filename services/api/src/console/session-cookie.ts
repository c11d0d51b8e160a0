import type { Person } from '../oidc/person.ts';
import { cookieValue, SealedValues, type SecretSource } from './sealed-values.ts';

/** How long somebody stays signed in with an access key, in milliseconds. */
export const SESSION_MS = 12 * 3_600_000;
/** Browsers keep cookies of 4,096 bytes, with their names and attributes. */
const MAX_VALUE = 3_600;
/** Begins what no id of an access key begins with. */
const PERSON_MARK = '~';

/** Who signed in, and until when: with an access key, or as somebody whom the identity provider knows. */
export type Session =
  | { readonly accessKeyId: string; readonly expiresAt: number }
  | { readonly person: Person; readonly expiresAt: number };

/** More is known of a person than a cookie holds. */
export class SessionTooLargeError extends Error {}

/**
 * Sessions of the console live in a cookie and nowhere else: who signed in and until when, under a MAC with a key of the
 * installation, so that any API process takes it. What the one who signed in may do is looked at with every request: a
 * revoked key ends its sessions, and so does a rule that lets a person in no more.
 */
export class SessionCookies {
  readonly #values: SealedValues;
  readonly #isSecure: boolean;

  /** `isSecure`: browsers send the cookie over TLS only. */
  constructor(source: SecretSource, isSecure: boolean) {
    this.#values = new SealedValues(source, 'console-session');
    this.#isSecure = isSecure;
  }

  /** The Set-Cookie header that begins a session. Throws {@link SessionTooLargeError}. */
  async begin(session: Session, now: number): Promise<string> {
    const value = await this.#values.seal(`${subjectOf(session)}.${session.expiresAt}`);
    if (value.length > MAX_VALUE) throw new SessionTooLargeError(`a session takes ${value.length} bytes`);
    return this.#header(value, Math.max(0, Math.floor((session.expiresAt - now) / 1_000)));
  }

  /** The Set-Cookie header that ends one. */
  end(): Promise<string> {
    return this.#header('', 0);
  }

  /** The session of a request's Cookie header; null where there is none that holds. */
  async read(header: string | undefined, now: number): Promise<Session | null> {
    if (header === undefined) return null;
    const payload = await this.#values.open(cookieValue(header, await this.#values.cookieName()) ?? '');
    const [subject = '', until = ''] = payload?.split('.') ?? [];
    const expiresAt = Number(until);
    if (payload === null || !(expiresAt > now)) return null;
    if (!subject.startsWith(PERSON_MARK)) return { accessKeyId: subject, expiresAt };
    const person: Person = JSON.parse(Buffer.from(subject.slice(1), 'base64url').toString('utf8'));
    return { person, expiresAt };
  }

  async #header(value: string, seconds: number): Promise<string> {
    const secure = this.#isSecure ? '; Secure' : '';
    const name = await this.#values.cookieName();
    return `${name}=${value}; Path=/console; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`;
  }
}

function subjectOf(session: Session): string {
  if ('accessKeyId' in session) return session.accessKeyId;
  return PERSON_MARK + Buffer.from(JSON.stringify(session.person)).toString('base64url');
}
