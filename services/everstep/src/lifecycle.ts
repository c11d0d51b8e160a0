import { messageOf } from './start-error.ts';

/**
 * One press of Ctrl-C reaches a process several times: from the terminal, from npm and from the script that started it.
 * What comes within this time counts as one.
 */
const ONE_PRESS_MS = 700;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What a process has opened, closed in reverse order when it ends, for whatever reason it ends. */
export class Lifecycle {
  readonly #steps: Array<{ readonly name: string; readonly close: () => Promise<void> }> = [];
  readonly #ended = Promise.withResolvers<Error | null>();
  #firstSignalAt: number | null = null;
  #hangUp: (() => void) | null = null;

  /** Closes this when the process ends, before everything that was added earlier. */
  add(name: string, close: () => Promise<void>): void {
    this.#steps.push({ name, close });
  }

  /** Ends the process because it has done what it was started for. */
  end(): void {
    this.#ended.resolve(null);
  }

  /** Ends the process because something it cannot do without is gone. */
  fail(error: Error): void {
    this.#ended.resolve(error);
  }

  /** SIGHUP asks for this from now on, and not for the end, as daemons have it. */
  onHangUp(callback: () => void): void {
    this.#hangUp = callback;
  }

  /** Listens for the signals that ask the process to end; the second press ends it at once, by `exitNow`. */
  listen(exitNow: (code: number) => void, now: () => number = () => performance.now()): void {
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (signal === 'SIGHUP' && this.#hangUp !== null) return this.#hangUp();
        if (this.#firstSignalAt === null) {
          this.#firstSignalAt = now();
          this.#ended.resolve(null);
        } else if (now() - this.#firstSignalAt > ONE_PRESS_MS) {
          exitNow(130);
        }
      });
    }
  }

  /** Resolves when the process shall end: with null where it was asked to, with the reason where it must. */
  get ended(): Promise<Error | null> {
    return this.#ended.promise;
  }

  /** Closes everything, the latest first; a step that fails is told and does not keep the others from being closed. */
  async close(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.close();
      } catch (error) {
        console.error(`While ending, ${step.name} failed: ${messageOf(error)}`);
      }
    }
  }
}

/**
 * Runs a service: `start` opens what it needs and adds it to the lifecycle; then it runs until a signal or a failure,
 * and everything is closed. Answers the exit code.
 */
export async function runService(start: (lifecycle: Lifecycle) => Promise<void>): Promise<number> {
  const lifecycle = new Lifecycle();
  // The second Ctrl-C: whatever is still open is left as a crash would leave it, which the durable store survives.
  lifecycle.listen((code) => process.exit(code));
  try {
    await start(lifecycle);
    const reason = await lifecycle.ended;
    if (reason !== null) console.error(`Everstep ends: ${reason.message}`);
    return reason === null ? 0 : 1;
  } finally {
    await lifecycle.close();
  }
}
