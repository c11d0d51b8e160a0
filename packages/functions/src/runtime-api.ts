import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { Socket } from 'node:net';
import { parseJson } from '@everstep/language';
import { MAX_ANSWER_BYTES, type Outcome, answerTooLarge } from './failure.ts';

export interface RuntimeApiOptions {
  /**
   * Whether the address has a secret path: for runtimes of our own. Those that others wrote may take a host and a port
   * only; who connects is asked for by `isOwn` then.
   */
  readonly hasSecretPath: boolean;
  readonly isOwn: (socket: Socket) => Promise<boolean>;
}

/** What a runtime is handed for one invocation. */
export interface RuntimeWork {
  readonly requestId: string;
  /** JSON text. */
  readonly payload: string;
  /** Called when the runtime has asked for it; the headers of the answer beside the request id. */
  readonly delivered: () => Readonly<Record<string, string>>;
}

export type RuntimeResult = Outcome & {
  /** The runtime could not initialise: it is about to end. */
  readonly isInitError?: boolean;
};

interface Current {
  readonly work: RuntimeWork;
  readonly resolve: (result: RuntimeResult) => void;
  isDelivered: boolean;
}

const VERSION = '/2018-06-01/runtime';
/** An oversized body is read on so far, for its sender to see the refusal, and is cut off after that. */
const MAX_READ_BYTES = 64 * 1_048_576;
const MAX_CONNECTIONS = 32;

/**
 * The Lambda Runtime API for one process, on a port of its own on loopback.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class RuntimeApi {
  readonly #options: RuntimeApiOptions;
  readonly #prefix: string;
  readonly #server: Server;
  readonly #trusted = new WeakMap<Socket, Promise<boolean>>();
  /** A runtime that asks for work while there is none. */
  #asking: ServerResponse | null = null;
  #current: Current | null = null;
  #hasStarted = false;

  constructor(options: RuntimeApiOptions) {
    this.#options = options;
    this.#prefix = options.hasSecretPath ? `/${randomBytes(24).toString('base64url')}` : '';
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    // A runtime waits for its next invocation for as long as there is none.
    this.#server.requestTimeout = 0;
    this.#server.keepAliveTimeout = 0;
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.unref();
  }

  /** `host:port` and perhaps a path, as AWS_LAMBDA_RUNTIME_API has it. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return `127.0.0.1:${port}${this.#prefix}`;
  }

  /** Hands work over as soon as the runtime asks; resolves with its answer, never if it gives none. */
  invoke(work: RuntimeWork): Promise<RuntimeResult> {
    return new Promise((resolve) => {
      this.#current = { work, resolve, isDelivered: false };
      if (this.#asking !== null) this.#deliver(this.#asking, this.#current);
    });
  }

  close(): void {
    this.#current = null;
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = this.#routeOf(request.url ?? '');
    if (route === null) return refuse(response, 404, 'NotFound', 'There is nothing here.');
    if (!(await this.#isTrusted(request.socket))) {
      return refuse(response, 403, 'AccessDenied', "This is another function's Runtime API.");
    }
    const [, requestId = '', action] = /^\/invocation\/([^/]+)\/(response|error)$/.exec(route) ?? [];
    if (request.method === 'GET' && route === '/invocation/next') return this.#next(response);
    if (request.method === 'POST' && route === '/init/error') return this.#initError(request, response);
    if (request.method === 'POST' && action === 'response') return this.#response(request, response, requestId);
    if (request.method === 'POST' && action === 'error') return this.#error(request, response, requestId);
    refuse(response, 404, 'NotFound', 'There is nothing here.');
  }

  /** What follows the version; null for a path that is not this process's. */
  #routeOf(url: string): string | null {
    const [path = ''] = url.split('?', 1);
    const given = Buffer.from(path.slice(0, this.#prefix.length));
    const expected = Buffer.from(this.#prefix);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
    const rest = path.slice(this.#prefix.length);
    return rest.startsWith(VERSION) ? rest.slice(VERSION.length) : null;
  }

  #isTrusted(socket: Socket): Promise<boolean> {
    if (this.#options.hasSecretPath) return Promise.resolve(true);
    const known = this.#trusted.get(socket);
    if (known !== undefined) return known;
    const asked = this.#options.isOwn(socket);
    this.#trusted.set(socket, asked);
    return asked;
  }

  #next(response: ServerResponse): void {
    this.#hasStarted = true;
    const current = this.#current;
    if (current?.isDelivered === true) {
      return refuse(response, 403, 'InvalidStateTransition', 'The invocation before this one was not answered.');
    }
    if (current !== null) return this.#deliver(response, current);
    // Who asks twice has given up the first time.
    this.#asking?.destroy();
    this.#asking = response;
    response.once('close', () => {
      if (this.#asking === response) this.#asking = null;
    });
  }

  #deliver(response: ServerResponse, current: Current): void {
    this.#asking = null;
    current.isDelivered = true;
    const { requestId, payload, delivered } = current.work;
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(payload),
      'lambda-runtime-aws-request-id': requestId,
      ...delivered(),
    });
    response.end(payload);
  }

  async #response(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    const body = await readBody(request);
    const current = this.#take(requestId);
    if (current === null) return invalidRequestId(response);
    if (body === null) {
      const text = `Exceeded maximum allowed payload size (${MAX_ANSWER_BYTES} bytes).`;
      refuse(response, 413, 'RequestEntityTooLarge', text);
      return current.resolve(answerTooLarge());
    }
    accept(response);
    // A streamed answer tells its failure after the fact.
    const trailer = textOf(request.trailers['lambda-runtime-function-error-type']);
    if (trailer === undefined) return current.resolve({ ok: true, payload: body });
    const details = Buffer.from(textOf(request.trailers['lambda-runtime-function-error-body']) ?? '', 'base64');
    current.resolve({ ok: false, payload: errorPayload(details.toString('utf8'), trailer) });
  }

  async #error(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    const body = await readBody(request);
    const current = this.#take(requestId);
    if (current === null) return invalidRequestId(response);
    accept(response);
    if (body === null) return current.resolve(answerTooLarge());
    const type = textOf(request.headers['lambda-runtime-function-error-type']);
    current.resolve({ ok: false, payload: errorPayload(body, type) });
  }

  async #initError(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (this.#hasStarted) {
      return refuse(response, 403, 'InvalidStateTransition', 'The runtime has initialised before.');
    }
    accept(response);
    const type = textOf(request.headers['lambda-runtime-function-error-type']);
    const current = this.#current;
    this.#current = null;
    current?.resolve({ ok: false, payload: errorPayload(body ?? '', type), isInitError: true });
  }

  /** The invocation that is answered; null: none of that id waits for an answer. */
  #take(requestId: string): Current | null {
    const current = this.#current;
    if (current === null || !current.isDelivered || current.work.requestId !== requestId) return null;
    this.#current = null;
    return current;
  }
}

/** null: it is too large. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes <= MAX_ANSWER_BYTES) chunks.push(chunk);
    else chunks.length = 0;
    // Leaving the loop ends the connection.
    if (bytes > MAX_READ_BYTES) return null;
  }
  return bytes > MAX_ANSWER_BYTES ? null : Buffer.concat(chunks).toString('utf8');
}

/** A runtime's own report where it is JSON, else one made of what there is. */
function errorPayload(body: string, type: string | undefined): string {
  try {
    parseJson(body);
    return body;
  } catch {
    return JSON.stringify({ errorType: type ?? 'Runtime.Unknown', errorMessage: body });
  }
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function accept(response: ServerResponse): void {
  sendJson(response, 202, { status: 'OK' });
}

function invalidRequestId(response: ServerResponse): void {
  refuse(response, 400, 'InvalidRequestID', 'Invalid request ID');
}

function refuse(response: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  sendJson(response, status, { errorMessage, errorType });
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
