import type { HintConsumer, Logger } from '@everstep/engine';

const waitMs = 20_000;

interface Waiter {
  readonly met: () => boolean;
  readonly resolve: () => void;
}

/** Something that happens in the background, awaited by signal: every `changed` looks at what is waited for. */
class Signals {
  readonly #waiters = new Set<Waiter>();

  changed(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.met()) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  until(what: string, met: () => boolean, timeoutMs = waitMs): Promise<void> {
    if (met()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new Error(`waited ${timeoutMs} ms in vain for ${what}`));
      }, timeoutMs);
      const waiter: Waiter = {
        met,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      this.#waiters.add(waiter);
    });
  }
}

/** A consumer that remembers what it got. */
export class RecordingConsumer implements HintConsumer {
  readonly workerId: string;
  readonly shared: string[] = [];
  readonly own: string[] = [];
  free: number;
  /** Thrown by the next `onHints` and `onOwnHints`. */
  failure: Error | null = null;
  /** `onHints` resolves after this. */
  gate: Promise<void> = Promise.resolve();
  readonly #signals = new Signals();

  constructor(workerId: string, free = 1_000) {
    this.workerId = workerId;
    this.free = free;
  }

  capacity(): number {
    return this.free;
  }

  async onHints(executionIds: readonly string[]): Promise<void> {
    this.#maybeFail();
    this.shared.push(...executionIds);
    this.#signals.changed();
    await this.gate;
  }

  onOwnHints(executionIds: readonly string[]): void {
    this.#maybeFail();
    this.own.push(...executionIds);
    this.#signals.changed();
  }

  until(what: string, met: () => boolean, timeoutMs?: number): Promise<void> {
    return this.#signals.until(what, met, timeoutMs);
  }

  untilShared(...executionIds: readonly string[]): Promise<void> {
    return this.until(`hints ${executionIds.slice(0, 3).join(', ')}`, () =>
      executionIds.every((id) => this.shared.includes(id)),
    );
  }

  untilOwn(...executionIds: readonly string[]): Promise<void> {
    return this.until(`own hints ${executionIds.join(', ')}`, () => executionIds.every((id) => this.own.includes(id)));
  }

  #maybeFail(): void {
    if (this.failure === null) return;
    const failure = this.failure;
    this.failure = null;
    this.#signals.changed();
    throw failure;
  }
}

/** What listeners of a topic heard. */
export class RecordingListener {
  readonly heard: string[] = [];
  readonly #signals = new Signals();
  readonly listener = (payload: string): void => {
    this.heard.push(payload);
    this.#signals.changed();
  };

  until(payload: string, timeoutMs?: number): Promise<void> {
    return this.#signals.until(`the announcement ${payload}`, () => this.heard.includes(payload), timeoutMs);
  }
}

/** A logger that keeps warnings and errors. */
export class RecordingLogger implements Logger {
  readonly problems: Array<{ level: 'warn' | 'error'; message: string; fields: object }> = [];
  readonly #signals = new Signals();

  debug(): void {
    return;
  }

  info(): void {
    return;
  }

  warn(fields: object, message: string): void {
    this.problems.push({ level: 'warn', message, fields });
    this.#signals.changed();
  }

  error(fields: object, message: string): void {
    this.problems.push({ level: 'error', message, fields });
    this.#signals.changed();
  }

  child(): Logger {
    return this;
  }

  untilError(): Promise<void> {
    return this.#signals.until('an error in the log', () => this.problems.some(({ level }) => level === 'error'));
  }
}
