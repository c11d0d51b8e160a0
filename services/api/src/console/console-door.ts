import { ApiError } from '@everstep/protocol';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../caller.ts';
import type { Door } from '../door.ts';
import { headerText } from '../request-facts.ts';
import type { Person } from '../oidc/person.ts';
import { isLoopbackHost, refuseForeignPages } from '../wire-request.ts';
import { type Session, SESSION_MS, type SessionCookies } from './session-cookie.ts';

/** What a browser signs to sign in: no operation of the API, so that the signature is good for nothing else. */
export const SIGN_IN_TARGET = 'Everstep.CreateConsoleSession';
const SIGN_IN = 'CreateConsoleSession';

export interface ConsoleDoorOptions {
  readonly door: Door;
  readonly cookies: SessionCookies;
  /** What people may do whom the identity provider knows; null: there is none. */
  readonly people: ((person: Person) => Caller | null) | null;
  readonly now: () => number;
}

/** Who uses the console: whoever signed in, with an access key or by the identity provider, or anybody where nobody is asked. */
export class ConsoleDoor {
  readonly #door: Door;
  readonly #cookies: SessionCookies;
  readonly #people: ConsoleDoorOptions['people'];
  readonly #now: () => number;

  constructor({ door, cookies, people, now }: ConsoleDoorOptions) {
    this.#door = door;
    this.#cookies = cookies;
    this.#people = people;
    this.#now = now;
  }

  get isOpen(): boolean {
    return this.#door.isOpen;
  }

  /**
   * Only the console's own pages may ask. A browser says where a request comes from; what no browser says (Origin absent,
   * as with its own GET requests) is bound to the host that the page was loaded from. Errors: AccessDeniedException.
   */
  refuseForeign(request: FastifyRequest): void {
    const { host, origin } = request.headers;
    const site = headerText(request, 'sec-fetch-site');
    if (site !== undefined && site !== 'same-origin' && site !== 'none') throw foreign();
    if (this.#door.isOpen) {
      refuseForeignPages(request, this.#door.servesLoopback);
      // A name that somebody else made to point here must not read what this machine's user may read.
      if (this.#door.servesLoopback && !isLoopbackHost(host)) throw foreign();
    } else if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)) throw foreign();
  }

  /** The session of a request and who has it; null where nobody signed in, or may sign in no more. */
  async whoIs(request: FastifyRequest): Promise<{ readonly session: Session; readonly caller: Caller } | null> {
    const session = await this.#cookies.read(headerText(request, 'cookie'), this.#now());
    if (session === null) return null;
    const caller =
      'person' in session ? (this.#people?.(session.person) ?? null) : await this.#door.recognise(session.accessKeyId);
    return caller === null ? null : { session, caller };
  }

  /** The caller of an operation; null where nobody is asked. Errors: MissingAuthenticationTokenException, ThrottlingException. */
  async enter(request: FastifyRequest, operation: string): Promise<Caller | null> {
    const caller = this.#door.isOpen ? null : ((await this.whoIs(request))?.caller ?? null);
    if (caller === null && !this.#door.isOpen) {
      throw new ApiError('MissingAuthenticationTokenException', 'Nobody is signed in, or the session has ended.');
    }
    this.#door.take(caller, operation);
    return caller;
  }

  /** Signs in who signed the request, which was checked by its headers before: the cookie. Errors: those of the door. */
  async signIn(request: FastifyRequest, body: Buffer): Promise<string> {
    if (headerText(request, 'x-amz-target') !== SIGN_IN_TARGET) {
      throw new ApiError('UnknownOperationException', `Signing in asks for ${SIGN_IN_TARGET}.`);
    }
    const caller = this.#door.enter(request, body, SIGN_IN);
    if (caller === null || caller.accessKeyId === null)
      throw new ApiError('ValidationException', 'Nobody needs to sign in here.');
    const now = this.#now();
    return this.#cookies.begin({ accessKeyId: caller.accessKeyId, expiresAt: now + SESSION_MS }, now);
  }

  signOut(): Promise<string> {
    return this.#cookies.end();
  }
}

function foreign(): ApiError {
  return new ApiError('AccessDeniedException', 'Pages of other origins may not use the console.');
}
