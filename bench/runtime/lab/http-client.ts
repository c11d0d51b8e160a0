import { connect, type Socket } from 'node:net';

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly target?: string;
  /** Further lines of the head. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const EMPTY = Buffer.alloc(0);

/**
 * A lean HTTP/1.1 client on kept-alive connections, one request at a time on each: the load generator must cost less
 * than what it measures. It understands answers with Content-Length only, which is what the API sends.
 */
export class HttpClient {
  readonly #url: URL;
  readonly #limit: number;
  readonly #idle: Connection[] = [];
  readonly #all: Connection[] = [];
  readonly #waiting: Array<(connection: Connection) => void> = [];

  constructor(url: string, connections: number) {
    this.#url = new URL(url);
    this.#limit = connections;
  }

  get host(): string {
    return this.#url.host;
  }

  async send(request: HttpRequest): Promise<HttpAnswer> {
    const connection = await this.#take();
    const answer = await connection.send(this.#encode(request));
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(connection);
    else next(connection);
    return answer;
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }

  #encode({ method, path, target, body = '', headers: more = {} }: HttpRequest): string {
    const headers = [`${method} ${path} HTTP/1.1`, `Host: ${this.#url.host}`];
    for (const [name, value] of Object.entries(more)) headers.push(`${name}: ${value}`);
    if (target !== undefined) headers.push('Content-Type: application/x-amz-json-1.0', `X-Amz-Target: ${target}`);
    if (method === 'POST') headers.push(`Content-Length: ${Buffer.byteLength(body)}`);
    return `${headers.join('\r\n')}\r\n\r\n${body}`;
  }

  async #take(): Promise<Connection> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#all.length < this.#limit) {
      const connection = new Connection(connect(Number(this.#url.port), this.#url.hostname));
      this.#all.push(connection);
      return connection;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

class Connection {
  readonly #socket: Socket;
  #received: Buffer = EMPTY;
  #pending: PromiseWithResolvers<HttpAnswer> | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (data) => this.#receive(data));
    socket.on('error', (error) => this.#pending?.reject(error));
    socket.on('close', () => this.#pending?.reject(new Error('the server closed the connection')));
  }

  send(text: string): Promise<HttpAnswer> {
    this.#pending = Promise.withResolvers();
    this.#socket.write(text);
    return this.#pending.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(data: Buffer): void {
    this.#received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#received.toString('latin1', 0, end);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) {
      this.#pending?.reject(new Error(`an answer without Content-Length: ${head}`));
      return;
    }
    const total = end + 4 + Number(length);
    if (this.#received.length < total) return;
    const answer = { status: Number(head.slice(9, 12)), text: this.#received.toString('utf8', end + 4, total) };
    this.#received = this.#received.subarray(total);
    const pending = this.#pending;
    this.#pending = null;
    pending?.resolve(answer);
  }
}
