import { type CancelTask, type ExecutionFacts, type Json, isObject, jsonText, parseJson } from '@everstep/language';
import type { EnginePorts } from './context.ts';
import { taskRequest } from './perform-call.ts';
import type { Clock } from './ports/clock.ts';
import type { IntegrationRegistry, JobRequest } from './ports/integration.ts';
import type { JobStop, NewJobStop } from './ports/job-stop-store.ts';
import type { Logger } from './ports/logger.ts';
import type { Store } from './ports/store.ts';

/** A task that is no longer wanted, and has started a job. */
export type UnwantedJob = Pick<CancelTask, 'taskId' | 'stateName' | 'resource' | 'parameters' | 'roleArn'> & {
  readonly job: Json;
};

type Starter = Pick<ExecutionFacts, 'executionId' | 'executionArn' | 'stateMachineArn'>;
type Request = Pick<Starter, 'executionArn' | 'stateMachineArn'> & Omit<UnwantedJob, 'taskId'>;

/** Waits between the tries of whoever has written the row, in milliseconds. */
const SOON_MS = [1_000, 4_000];
/** Then it is anybody's. */
const DUE_MS = 10_000;
const TRY_MS = 20_000;
/** Longer than a try may take: no two try at once. */
const WAIT_MS = 30_000;
const MOST_WAIT_MS = 3_600_000;
/** Some six hours. */
const MOST_TRIES = 12;
const LOOK_MS = 5_000;
const AT_ONCE = 20;

/** What a commit writes of a job that nobody waits for once it is committed. */
export function newJobStop(
  { executionArn, stateMachineArn }: Pick<Starter, 'executionArn' | 'stateMachineArn'>,
  { taskId, stateName, resource, roleArn, parameters, job }: UnwantedJob,
): NewJobStop {
  const head = JSON.stringify({ executionArn, stateMachineArn, stateName, resource, roleArn });
  // Numbers are data's: they stay as they are written.
  const request = `${head.slice(0, -1)},"parameters":${jsonText(parameters)},"job":${jsonText(job)}}`;
  return { taskId, request, dueInMs: DUE_MS };
}

function readRequest(text: string): Request {
  // Written by `newJobStop`.
  const head: Omit<Request, 'parameters' | 'job'> = JSON.parse(text);
  const whole = parseJson(text);
  const { parameters = null, job = null } = isObject(whole) ? whole : {};
  return { ...head, parameters, job };
}

/**
 * Stops jobs that nobody waits for any more. Each is a row of the commit that says so, and goes when its job is stopped:
 * the process that has committed tries at once, and what it does not come to is worked off by any worker, more and more
 * rarely, and given up in the end.
 */
export class JobStops {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #store: Pick<Store, 'findExecution' | 'addJobStop' | 'takeJobStops' | 'deleteJobStop'>;
  readonly #closed = new AbortController();
  #registry: IntegrationRegistry | null = null;
  #working: Promise<void> | null = null;

  constructor({ clock, logger, store }: Pick<EnginePorts, 'clock' | 'logger' | 'store'>) {
    this.#clock = clock;
    this.#store = store;
    this.#logger = logger;
  }

  /** Who stops them. A process without integrations has none, and leaves it to the others. */
  use(registry: IntegrationRegistry): void {
    this.#registry ??= registry;
  }

  /** Tries at once what a commit has left to be stopped. */
  stop({ executionId, ...facts }: Starter, jobs: readonly UnwantedJob[]): void {
    for (const job of jobs) void this.#stopSoon({ executionId, ...newJobStop(facts, job) });
  }

  /**
   * A job was started by a call that had been ended: because its task is closed (`isUnwanted`), or because the run is no
   * longer this process's. In that case the job is the next owner's, who starts it again under the same key, unless the
   * execution has ended.
   */
  abandon(facts: Starter, job: UnwantedJob, isUnwanted: boolean): void {
    const { executionArn, executionId } = facts;
    const isOver = async (): Promise<boolean> => {
      const execution = isUnwanted ? null : await this.#store.findExecution(executionId);
      return isUnwanted || (execution !== null && execution.stopDate !== null);
    };
    isOver().then(
      (over) => (over ? this.#addAndStop({ executionId, ...newJobStop(facts, job) }) : undefined),
      (error: unknown) => {
        this.#logger.warn({ err: error, executionArn, job: job.job }, 'nobody knows whether a job is still wanted');
      },
    );
  }

  /** From now on this process works off what anybody has left to be stopped. */
  work(): void {
    this.#working ??= this.#workOff();
  }

  /** No further tries. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#working;
  }

  /** No commit has written it down. */
  async #addAndStop(stop: NewJobStop & { readonly executionId: string }): Promise<void> {
    try {
      await this.#store.addJobStop(stop);
    } catch (error) {
      const { executionId } = stop;
      this.#logger.warn({ err: error, executionId }, 'that a job is to be stopped could not be written down');
    }
    await this.#stopSoon(stop);
  }

  async #stopSoon(stop: Omit<JobStop, 'tries'>): Promise<void> {
    if (this.#registry === null) return;
    for (const waitMs of [0, ...SOON_MS]) {
      if (waitMs > 0) await this.#clock.sleep(waitMs, this.#closed.signal);
      if (this.#closed.signal.aborted || (await this.#try(stop))) return;
    }
  }

  async #workOff(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      let taken = 0;
      try {
        taken = await this.#workOffSome();
      } catch (error) {
        this.#logger.warn({ err: error }, 'jobs that are to be stopped could not be looked up');
      }
      if (taken < AT_ONCE) await this.#clock.sleep(LOOK_MS, signal);
    }
  }

  async #workOffSome(): Promise<number> {
    const stops = await this.#store.takeJobStops({ limit: AT_ONCE, waitMs: WAIT_MS, mostMs: MOST_WAIT_MS });
    await Promise.all(
      stops.map(async (stop) => {
        if ((await this.#try(stop)) || stop.tries < MOST_TRIES) return;
        const { executionId, taskId, tries } = stop;
        this.#logger.error({ executionId, taskId, tries }, 'a job that is not wanted was not stopped');
        await this.#store.deleteJobStop(stop);
      }),
    );
    return stops.length;
  }

  /** Whether there is nothing left to be done. */
  async #try(stop: Omit<JobStop, 'tries'>): Promise<boolean> {
    const { executionId, taskId } = stop;
    try {
      const request = readRequest(stop.request);
      await this.#ask({ ...request, executionId, taskId });
      await this.#store.deleteJobStop({ executionId, taskId });
      return true;
    } catch (error) {
      const context = { err: error, executionId, taskId };
      this.#logger.warn(context, 'a job that is not wanted could not be stopped yet');
      return false;
    }
  }

  async #ask({ job, ...task }: Request & { readonly executionId: string; readonly taskId: number }): Promise<void> {
    const integration = this.#registry?.find(task.resource) ?? null;
    if (integration === null) throw new Error(`nobody here performs '${task.resource.arn}'`);
    const ended = new AbortController();
    const signal = AbortSignal.any([this.#closed.signal, ended.signal]);
    const call = taskRequest({ facts: task }, { ...task, token: null, timeoutAt: null }, signal);
    const request: JobRequest = { ...call, job, asked: 0 };
    const late = this.#clock.sleep(TRY_MS, signal).then(() => {
      if (!ended.signal.aborted) throw new Error('the service did not answer in time');
    });
    try {
      await Promise.race([integration.stop?.(request), late]);
    } finally {
      ended.abort();
    }
  }
}
