import { TLSSocket } from 'node:tls';
import type { SignedRequest } from '@everstep/protocol';
import type { FastifyRequest } from 'fastify';
import type { Authenticator, Claim } from './authenticator.ts';
import type { Caller } from './caller.ts';
import { RateLimiter, type RateLimits } from './rate-limiter.ts';
import { serviceOf } from './operations/index.ts';
import { refuseForeignPages, requireOneHost, signedRequestOf, targetOf } from './wire-request.ts';

export interface DoorOptions {
  readonly host: string;
  readonly authenticator?: Authenticator;
  readonly rateLimits?: RateLimits;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What its headers claim; null until it has knocked, and where nobody is asked. */
    knocked: { readonly signed: SignedRequest; readonly claim: Claim } | null;
  }
}

/** Decides who gets in: first by the headers, then, with the body there, by the signature and the rate. */
export class Door {
  readonly #authenticator: Authenticator | null;
  readonly #rates: RateLimiter;
  readonly servesLoopback: boolean;

  constructor(options: DoorOptions) {
    this.#authenticator = options.authenticator ?? null;
    this.#rates = new RateLimiter(options.rateLimits ?? new Map(), () => performance.now());
    this.servesLoopback = /^(127\.|localhost$|\[?::1\]?$)/.test(options.host);
  }

  /** Throws an ApiError for a request that need not be read any further. */
  async knock(request: FastifyRequest, named: 'lambda' | null = null): Promise<void> {
    const service = named ?? serviceOf(targetOf(request));
    const received = signedRequestOf(request);
    // What targets name has one path; whoever signs in to the console signs for that.
    const signed = service === 'lambda' || received.path === '/' ? received : { ...received, path: '/' };
    if (this.#authenticator === null) return refuseForeignPages(request, this.servesLoopback);
    requireOneHost(request);
    request.knocked = { signed, claim: await this.#authenticator.identify(signed, service) };
  }

  /** The caller, or null where nobody is asked. Throws an ApiError for a request that may not pass. */
  enter(request: FastifyRequest, body: Buffer, operation: string): Caller | null {
    const caller = this.#verify(request, body);
    this.take(caller, operation);
    return caller;
  }

  /** Whether nobody is asked who they are. */
  get isOpen(): boolean {
    return this.#authenticator === null;
  }

  /** Counts a call. Errors: ThrottlingException. */
  take(caller: Caller | null, operation: string): void {
    this.#rates.take(caller?.accessKeyId ?? caller?.userArn ?? 'anonymous', operation);
  }

  /** Who has a key that is good at present; null where there is none. */
  async recognise(accessKeyId: string): Promise<Caller | null> {
    return (await this.#authenticator?.recognise(accessKeyId)) ?? null;
  }

  #verify(request: FastifyRequest, body: Buffer): Caller | null {
    if (this.#authenticator === null) return null;
    const known = request.knocked;
    if (known === null) throw new Error('a request came in without knocking');
    // Without TLS anybody on the way could exchange a body that is not signed.
    const allowUnsignedPayload = request.raw.socket instanceof TLSSocket;
    return this.#authenticator.verify(known.claim, known.signed, body, { allowUnsignedPayload });
  }
}
