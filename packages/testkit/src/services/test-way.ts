import { once } from 'node:events';
import { type Server, type Socket, connect, createServer } from 'node:net';

/** The way to a server, which a test may close, hold up or cut. */
export class TestWay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #holds = false;

  private constructor(port: number) {
    this.#server = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.on('data', (chunk) => far.write(chunk));
      far.on('data', (chunk) => {
        if (!this.#holds) near.write(chunk);
      });
    });
  }

  /** To a server on this machine. */
  static async to(port: number): Promise<TestWay> {
    const way = new TestWay(port);
    way.#server.listen(0, '127.0.0.1');
    await once(way.#server, 'listening');
    return way;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** From now on nothing comes back. */
  hold(): void {
    this.#holds = true;
  }

  /** From now on all is passed; what was held is lost. */
  release(): void {
    this.#holds = false;
  }

  /** Cuts everything that is under way. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
