import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { goneSignal } from '../gone-signal.ts';

/** An open connection that is told nothing else hears so often that it is still there, in milliseconds. */
const KEEP_MS = 15_000;
/** How long a browser waits before it connects again, in milliseconds. */
const RETRY_MS = 1_000;

/** One stream of server-sent events. It writes no faster than the other side reads. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #gone: AbortSignal;
  readonly #over: AbortSignal;
  readonly #keeping: NodeJS.Timeout;

  /** `ending`: aborted when nothing more is to be sent, whether or not the other side reads what it has. */
  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>, ending: AbortSignal) {
    this.#response = response;
    this.#gone = goneSignal(response);
    this.#over = AbortSignal.any([this.#gone, ending]);
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Proxies such as nginx would hold events back until their buffer is full.
      'x-accel-buffering': 'no',
    });
    response.write(`retry: ${RETRY_MS}\n\n`);
    this.#keeping = setInterval(() => response.write(': here\n\n'), KEEP_MS);
    this.#keeping.unref();
  }

  /** Aborted when the other side is gone. */
  get gone(): AbortSignal {
    return this.#gone;
  }

  /**
   * `id`: where the browser goes on from when it connects again. Resolves when there is room for the next one, or nothing
   * more is sent.
   */
  async send(event: string, data: unknown, id: string | null = null): Promise<void> {
    if (this.#over.aborted) return;
    const head = id === null ? '' : `id: ${id}\n`;
    // JSON text has no line breaks.
    if (this.#response.write(`${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)) return;
    await once(this.#response, 'drain', { signal: this.#over }).catch((error: unknown) => {
      if (!this.#over.aborted) throw error;
    });
  }

  end(): void {
    clearInterval(this.#keeping);
    this.#response.end();
  }
}
