import { once } from 'node:events';
import { type IncomingHttpHeaders, type Server, type ServerResponse, createServer } from 'node:http';

/** One request as it came. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ServerAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** How a server answers; one that is a function may do with the response whatever it likes. */
export type ServerBehaviour = ServerAnswer | ((request: SeenRequest, response: ServerResponse) => ServerAnswer | void);

/** A server on loopback that answers as it is told, badly if need be. */
export class FaultyServer {
  readonly #server: Server;
  readonly #seen: SeenRequest[] = [];
  #behaviour: ServerBehaviour = {};
  #arrived: Array<() => void> = [];

  private constructor() {
    this.#server = createServer((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const { method = '', url: path = '', headers } = incoming;
        const request = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') };
        this.#seen.push(request);
        for (const arrived of this.#arrived.splice(0)) arrived();
        const { status = 200, headers: given, body } = this.#decide(request, response);
        if (!response.headersSent && !response.destroyed && body !== undefined) {
          response.writeHead(status, given).end(body);
        }
      });
    });
  }

  static async start(): Promise<FaultyServer> {
    const server = new FaultyServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
  }

  get seen(): readonly SeenRequest[] {
    return this.#seen;
  }

  /** From now on; a behaviour without a body leaves the client waiting. */
  behave(behaviour: ServerBehaviour): void {
    this.#behaviour = behaviour;
    this.#seen.length = 0;
  }

  /** Resolves with the next request. */
  arrival(): Promise<void> {
    return new Promise((resolve) => this.#arrived.push(resolve));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #decide(request: SeenRequest, response: ServerResponse): ServerAnswer {
    const behaviour = this.#behaviour;
    return typeof behaviour === 'function' ? (behaviour(request, response) ?? {}) : behaviour;
  }
}
