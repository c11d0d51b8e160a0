import type { RequestListener, Server as HttpServer } from 'node:http';
import { type Server, createServer } from 'node:https';
import type { SecureContextOptions } from 'node:tls';

/** PEM texts: the chain, the server's own certificate first, and its private key. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

/** Versions 1.2 and 1.3 with Node's choice of ciphers. Throws where certificate and key do not belong together. */
function contextOf({ cert, key }: TlsIdentity): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2' };
}

export interface TlsTimeouts {
  readonly requestTimeout: number;
  readonly headersTimeout: number;
  readonly connectionsCheckingInterval: number;
  readonly idleMs: number;
}

/** Serves over TLS; the identity can be exchanged while it serves. */
export class TlsServer {
  readonly #identity: TlsIdentity;
  readonly #timeouts: TlsTimeouts;
  #server: Server | null = null;

  constructor(identity: TlsIdentity, timeouts: TlsTimeouts) {
    this.#identity = identity;
    this.#timeouts = timeouts;
  }

  create(listener: RequestListener): HttpServer {
    const { idleMs, ...timeouts } = this.#timeouts;
    const options = { ...contextOf(this.#identity), ...timeouts, handshakeTimeout: timeouts.headersTimeout };
    this.#server = createServer({ ...options, keepAliveTimeout: idleMs }, listener);
    this.#server.setTimeout(idleMs);
    return this.#server;
  }

  /** For connections from now on; those that are open stay. Throws where certificate and key do not belong together. */
  replace(identity: TlsIdentity): void {
    this.#server?.setSecureContext(contextOf(identity));
  }
}
