import type { ChildProcess } from 'node:child_process';
import type { Logger, Quarantine } from '@everstep/engine';

export interface QuarantineOptions {
  /** Starts a worker that runs just these executions. */
  readonly spawn: (executionIds: readonly string[]) => ChildProcess;
  readonly logger: Logger;
  /** How long such a process may take to end when it is asked to; then it is killed. */
  readonly endMs: number;
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number;
}

/** They start beside those that run everything else, which need the machine too. */
const MOST_YOUNG = 2;
const YOUNG_MS = 60_000;
/** What runs there may wait for a slow service: whoever is suspected next does not wait for that. */
const MOST = 8;

interface Running {
  readonly executionIds: ReadonlySet<string>;
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  readonly startedAt: number;
}

/** Runs suspicious executions in worker processes that run nothing else, and die without the rest if they must. */
export class QuarantineProcesses implements Quarantine {
  readonly #options: QuarantineOptions;
  readonly #running = new Set<Running>();
  #closing = false;

  constructor(options: QuarantineOptions) {
    this.#options = options;
  }

  hasRoom(): boolean {
    const young = [...this.#running].filter(({ startedAt }) => this.#now() - startedAt < YOUNG_MS);
    return !this.#closing && young.length < MOST_YOUNG && this.#running.size < MOST;
  }

  takeIn(executionIds: readonly string[]): void {
    const here = [...this.#running];
    const missing = executionIds.filter((executionId) => !here.some((one) => one.executionIds.has(executionId)));
    if (!this.hasRoom() || missing.length === 0) return;
    const { spawn, logger } = this.#options;
    const child = spawn(missing);
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const running: Running = { executionIds: new Set(missing), child, ended, startedAt: this.#now() };
    const end = (how: object): void => {
      this.#running.delete(running);
      resolve();
      logger.info(
        { pid: child.pid, executions: missing.length, ...how },
        'a process for suspicious executions has ended',
      );
    };
    child.on('exit', (code, signal) => end({ code, signal }));
    child.on('error', (err) => {
      if (child.pid === undefined) end({ err });
    });
    this.#running.add(running);
  }

  #now(): number {
    return this.#options.now?.() ?? performance.now();
  }

  /** Asks all to end, and kills those that do not within the time. */
  async close(): Promise<void> {
    this.#closing = true;
    const running = [...this.#running];
    for (const { child } of running) child.kill('SIGTERM');
    const killing = setTimeout(() => {
      for (const { child } of running) child.kill('SIGKILL');
    }, this.#options.endMs);
    await Promise.all(running.map(({ ended }) => ended));
    clearTimeout(killing);
  }
}
