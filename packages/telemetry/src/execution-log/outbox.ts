import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionLog, ExecutionLogEvent, ExecutionLogTarget, Logger } from '@everstep/engine';

/** What does the delivering: one batch of a lane at a time. */
export interface OutboxCarrier {
  /** Targets of the same lane are delivered one after the other, those of different lanes beside each other. */
  laneOf(target: ExecutionLogTarget): string;
  /**
   * Delivers a batch, in its order. A rejection means that it will never be delivered; what can be tried again is tried
   * again inside, until the signal is aborted.
   */
  deliver(target: ExecutionLogTarget, batch: readonly ExecutionLogEvent[], signal: AbortSignal): Promise<void>;
  close?(): Promise<void>;
}

export interface OutboxOptions {
  readonly carrier: OutboxCarrier;
  readonly logger: Logger;
  /** Bytes that may wait, over all lanes; what comes beyond is dropped (32 MiB). */
  readonly maxWaitingBytes?: number;
  /** How long a batch gathers, in milliseconds (50). */
  readonly lingerMs?: number;
}

interface Lane {
  readonly key: string;
  readonly target: ExecutionLogTarget;
  readonly waiting: ExecutionLogEvent[];
  running: Promise<void>;
}

/** CloudWatch Logs takes no more in one request. */
export const MAX_BATCH_EVENTS = 10_000;
export const MAX_BATCH_BYTES = 1_048_576;
/** What CloudWatch Logs counts for each event beside its text. */
const EVENT_OVERHEAD_BYTES = 26;
const DEFAULT_WAITING_BYTES = 32 * 1_048_576;
const DEFAULT_LINGER_MS = 50;
/** However much is lost, it is told no more often than this, in milliseconds. */
const COMPLAIN_EVERY_MS = 60_000;

/** Execution logs on their way out: nobody waits for them, and memory is bounded. */
export class Outbox implements ExecutionLog {
  readonly #carrier: OutboxCarrier;
  readonly #logger: Logger;
  readonly #maxWaitingBytes: number;
  readonly #lingerMs: number;
  readonly #lanes = new Map<string, Lane>();
  readonly #over = new AbortController();
  #waitingBytes = 0;
  #lost = 0;
  #complainedAt = Number.NEGATIVE_INFINITY;
  #closing = false;

  constructor({ carrier, logger, maxWaitingBytes, lingerMs }: OutboxOptions) {
    this.#carrier = carrier;
    this.#logger = logger;
    this.#maxWaitingBytes = maxWaitingBytes ?? DEFAULT_WAITING_BYTES;
    this.#lingerMs = lingerMs ?? DEFAULT_LINGER_MS;
  }

  write(target: ExecutionLogTarget, events: readonly ExecutionLogEvent[]): void {
    const bytes = events.reduce((sum, event) => sum + sizeOf(event), 0);
    if (this.#closing || this.#waitingBytes + bytes > this.#maxWaitingBytes) {
      this.#lose(events.length, target, 'more waits to be delivered than memory allows');
      return;
    }
    this.#waitingBytes += bytes;
    const key = this.#carrier.laneOf(target);
    const lane = this.#lanes.get(key);
    if (lane !== undefined) {
      lane.waiting.push(...events);
      return;
    }
    const added: Lane = { key, target, waiting: [...events], running: Promise.resolve() };
    this.#lanes.set(key, added);
    added.running = this.#empty(added);
  }

  async close(timeoutMs: number): Promise<void> {
    this.#closing = true;
    const timer = setTimeout(() => this.#over.abort(), timeoutMs);
    while (this.#lanes.size > 0) await Promise.all([...this.#lanes.values()].map((lane) => lane.running));
    clearTimeout(timer);
    this.#tell('the process ended before');
    await this.#carrier.close?.();
  }

  /** A lane is there for as long as something waits in it. */
  async #empty(lane: Lane): Promise<void> {
    if (!this.#closing) await sleep(this.#lingerMs);
    while (lane.waiting.length > 0) {
      const { batch, bytes } = takeBatch(lane.waiting);
      try {
        if (this.#over.signal.aborted) throw new Error('the process ended before');
        await this.#carrier.deliver(lane.target, batch, this.#over.signal);
      } catch (error) {
        this.#lose(batch.length, lane.target, error instanceof Error ? error.message : String(error));
      }
      this.#waitingBytes -= bytes;
    }
    this.#lanes.delete(lane.key);
  }

  #lose(events: number, target: ExecutionLogTarget, reason: string): void {
    this.#lost += events;
    const now = performance.now();
    if (now - this.#complainedAt < COMPLAIN_EVERY_MS) return;
    this.#complainedAt = now;
    this.#tell(reason, target);
  }

  #tell(reason: string, target?: ExecutionLogTarget): void {
    if (this.#lost === 0) return;
    this.#logger.warn({ ...target, reason, count: this.#lost }, 'events of execution logs are lost');
    this.#lost = 0;
  }
}

function sizeOf({ message }: ExecutionLogEvent): number {
  return Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES;
}

function takeBatch(waiting: ExecutionLogEvent[]): { batch: ExecutionLogEvent[]; bytes: number } {
  let bytes = 0;
  let count = 0;
  for (const event of waiting) {
    const size = sizeOf(event);
    if (count > 0 && (count >= MAX_BATCH_EVENTS || bytes + size > MAX_BATCH_BYTES)) break;
    bytes += size;
    count += 1;
  }
  return { batch: waiting.splice(0, count), bytes };
}
