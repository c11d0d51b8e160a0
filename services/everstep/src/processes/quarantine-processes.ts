import type { ChildProcess } from 'node:child_process';
import type { Logger, Quarantine } from '@everstep/engine';

export interface QuarantineOptions {
  /** Starts a worker that runs just this execution. */
  readonly spawn: (executionId: string) => ChildProcess;
  readonly logger: Logger;
  /** How long such a process may take to end when it is asked to; then it is killed. */
  readonly endMs: number;
}

/** Such executions are few; each costs a process. */
const MOST = 2;

/** Runs suspicious executions, each in a worker process of its own, which dies alone if it must. */
export class QuarantineProcesses implements Quarantine {
  readonly #options: QuarantineOptions;
  readonly #running = new Map<string, { readonly child: ChildProcess; readonly ended: Promise<void> }>();
  #closing = false;

  constructor(options: QuarantineOptions) {
    this.#options = options;
  }

  hasRoom(): boolean {
    return !this.#closing && this.#running.size < MOST;
  }

  takeIn(executionId: string): void {
    if (!this.hasRoom() || this.#running.has(executionId)) return;
    const { spawn, logger } = this.#options;
    const child = spawn(executionId);
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const end = (how: object): void => {
      this.#running.delete(executionId);
      resolve();
      logger.info({ executionId, pid: child.pid, ...how }, 'the process of a suspicious execution has ended');
    };
    child.on('exit', (code, signal) => end({ code, signal }));
    child.on('error', (err) => {
      if (child.pid === undefined) end({ err });
    });
    this.#running.set(executionId, { child, ended });
  }

  /** Asks all to end, and kills those that do not within the time. */
  async close(): Promise<void> {
    this.#closing = true;
    const running = [...this.#running.values()];
    for (const { child } of running) child.kill('SIGTERM');
    const killing = setTimeout(() => {
      for (const { child } of running) child.kill('SIGKILL');
    }, this.#options.endMs);
    await Promise.all(running.map(({ ended }) => ended));
    clearTimeout(killing);
  }
}
