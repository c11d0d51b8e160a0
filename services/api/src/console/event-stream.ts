import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** An open connection that is told nothing else hears so often that it is still there, in milliseconds. */
const KEEP_MS = 15_000;
/** How long a browser waits before it connects again, in milliseconds. */
const RETRY_MS = 1_000;

/** One stream of server-sent events. It writes no faster than the other side reads. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #gone = new AbortController();
  readonly #keeping: NodeJS.Timeout;

  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>) {
    this.#response = response;
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Proxies such as nginx would hold events back until their buffer is full.
      'x-accel-buffering': 'no',
    });
    response.write(`retry: ${RETRY_MS}\n\n`);
    response.once('close', () => this.#gone.abort());
    this.#keeping = setInterval(() => response.write(': here\n\n'), KEEP_MS);
    this.#keeping.unref();
  }

  /** Aborted when the other side is gone. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** `id`: where the browser goes on from when it connects again. Resolves when there is room for the next one. */
  async send(event: string, data: unknown, id: string | null = null): Promise<void> {
    if (this.#gone.signal.aborted) return;
    const head = id === null ? '' : `id: ${id}\n`;
    // JSON text has no line breaks.
    if (this.#response.write(`${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)) return;
    await once(this.#response, 'drain', { signal: this.#gone.signal }).catch((error: unknown) => {
      if (!this.#gone.signal.aborted) throw error;
    });
  }

  end(): void {
    clearInterval(this.#keeping);
    this.#response.end();
  }
}
