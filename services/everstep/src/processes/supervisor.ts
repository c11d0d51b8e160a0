import type { ChildProcess } from 'node:child_process';
import type { Logger, Readiness } from '@everstep/engine';
import { mergeMetrics } from './merged-metrics.ts';
import { type Answer, isAnswer, type Question } from './supervised.ts';

export interface SupervisorOptions {
  readonly count: number;
  /** Starts one process, with a channel for messages. */
  readonly spawn: () => ChildProcess;
  readonly logger: Logger;
  /** How long a process may take to end when it is asked to; then it is killed. */
  readonly endMs: number;
  /** Before a process that died is started again; doubled each time up to the second figure. */
  readonly backoffMs?: readonly [first: number, most: number];
}

const BACKOFF_MS = [250, 30_000] as const;
/** A process that has lived so long did not die of its start. */
const SETTLED_MS = 60_000;
const ANSWER_MS = 2_000;

/** Keeps so many processes running: one that dies is started again, the sooner the longer it has lived. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #places: Place[];

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#places = Array.from({ length: options.count }, (_, index) => new Place(index + 1, options));
  }

  start(): void {
    for (const place of this.#places) place.start();
  }

  /** Ready once all of them are; otherwise who is not, and why. */
  async ready(): Promise<Readiness> {
    const states = await Promise.all(this.#places.map((place) => place.ready()));
    const reasons = states.flatMap(({ ready, reason }, index) =>
      ready ? [] : [`process ${index + 1} of ${this.#options.count}: ${reason ?? 'unknown why'}`],
    );
    return reasons.length === 0 ? { ready: true } : { ready: false, reason: reasons.join('; ') };
  }

  /** The figures of all, each under the number of its process. */
  async metrics(): Promise<string> {
    const texts = await Promise.all(this.#places.map((place) => place.metrics()));
    return mergeMetrics(new Map(texts.flatMap((text, index) => (text === null ? [] : [[index + 1, text]]))));
  }

  /** Asks all to end, and kills those that do not within the time. */
  async stop(): Promise<void> {
    await Promise.all(this.#places.map((place) => place.stop()));
  }
}

/** One of the processes, and those that take its place. */
class Place {
  readonly #number: number;
  readonly #options: SupervisorOptions;
  #child: ChildProcess | null = null;
  #exited: Promise<void> = Promise.resolve();
  #restart: NodeJS.Timeout | null = null;
  #backoffMs: number;
  #stopping = false;
  #questions = 0;

  constructor(number: number, options: SupervisorOptions) {
    this.#number = number;
    this.#options = options;
    [this.#backoffMs] = options.backoffMs ?? BACKOFF_MS;
  }

  start(): void {
    this.#restart = null;
    const startedAt = performance.now();
    const child = this.#options.spawn();
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      const ended = (how: object): void => {
        if (this.#child !== child) return;
        this.#child = null;
        resolve();
        if (!this.#stopping) this.#startAgain(how, performance.now() - startedAt);
      };
      child.on('exit', (code, signal) => ended({ pid: child.pid, code, signal }));
      child.on('error', (err) => {
        if (child.pid === undefined) ended({ err });
        else this.#options.logger.warn({ err, pid: child.pid }, 'a worker process could not be reached');
      });
    });
  }

  async ready(): Promise<Readiness> {
    if (this.#child === null) return { ready: false, reason: 'it has ended and will be started again' };
    const answer = await this.#ask('readiness');
    return answer?.readiness ?? { ready: false, reason: 'it does not answer' };
  }

  /** null: it does not answer. */
  async metrics(): Promise<string | null> {
    return (await this.#ask('metrics'))?.metrics ?? null;
  }

  #ask(about: Question['about']): Promise<Answer | null> {
    const child = this.#child;
    if (child === null || !child.connected) return Promise.resolve(null);
    const question: Question = { kind: 'question', id: (this.#questions += 1), about };
    return new Promise((resolve) => {
      const done = (answer: Answer | null): void => {
        clearTimeout(timer);
        child.off('message', hear);
        resolve(answer);
      };
      const hear = (message: unknown): void => {
        if (isAnswer(message) && message.id === question.id) done(message);
      };
      const timer = setTimeout(() => done(null), ANSWER_MS);
      child.on('message', hear);
      child.send(question, (error) => {
        if (error !== null) done(null);
      });
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#restart !== null) clearTimeout(this.#restart);
    const child = this.#child;
    if (child === null) return;
    child.kill('SIGTERM');
    const killing = setTimeout(() => {
      this.#options.logger.warn({ pid: child.pid }, 'a worker process does not end, and is killed');
      child.kill('SIGKILL');
    }, this.#options.endMs);
    await this.#exited;
    clearTimeout(killing);
  }

  #startAgain(how: object, livedMs: number): void {
    const [first, most] = this.#options.backoffMs ?? BACKOFF_MS;
    if (livedMs > SETTLED_MS) this.#backoffMs = first;
    const restartMs = this.#backoffMs;
    this.#options.logger.warn(
      { process: this.#number, ...how, restartMs },
      'a worker process ended; it is started again',
    );
    this.#restart = setTimeout(() => this.start(), restartMs);
    this.#backoffMs = Math.min(this.#backoffMs * 2, most);
  }
}
