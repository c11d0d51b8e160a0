import type { JobOutcome, TaskRequest } from '@everstep/engine';
import type { Account } from './account.ts';
import { type Doing, answerOf } from './functions.ts';
import type { Stage } from './stage.ts';

interface Job {
  readonly id: string;
  readonly executionId: string;
  readonly taskId: number;
  readonly doing: Doing;
  readonly endsAt: number;
  stopped: boolean;
  /** Whether somebody was told of its end. */
  told: boolean;
}

/**
 * A service outside that runs jobs, and what must hold of them: an attempt has one job, however often it is made; its end is
 * heard of; and one that nobody waits for any more is stopped, not while somebody does.
 */
export class JobBoard {
  readonly #stage: Stage;
  readonly #accountOf: (executionId: string) => Account | undefined;
  readonly #jobs = new Map<string, Job>();
  readonly #ofTasks = new Map<string, Job>();

  constructor(stage: Stage, accountOf: (executionId: string) => Account | undefined) {
    this.#stage = stage;
    this.#accountOf = accountOf;
  }

  /** The id of the attempt's job, which is started the first time. */
  start({ attemptId, executionId, taskId }: TaskRequest, doing: Doing): string {
    const id = `job-${attemptId}`;
    if (this.#jobs.has(id)) return id;
    const { takesMs, silent } = doing.behaviour;
    const endsAt = silent ? Number.POSITIVE_INFINITY : this.#stage.timeline.now + takesMs;
    const job: Job = { id, executionId, taskId, doing, endsAt, stopped: false, told: false };
    const task = keyOf(executionId, taskId);
    if (this.#ofTasks.has(task)) this.#violate(`${this.#label(job)} has two jobs`);
    this.#jobs.set(id, job);
    this.#ofTasks.set(task, job);
    return id;
  }

  ask(id: string): JobOutcome {
    const job = this.#jobs.get(id);
    if (job === undefined) {
      this.#violate(`somebody asks for ${id}, which nobody has started`);
      return { type: 'running' };
    }
    if (job.endsAt > this.#stage.timeline.now) return { type: 'running' };
    job.told = true;
    const answer = answerOf(job.doing);
    return answer.ok
      ? { type: 'succeeded', output: answer.output }
      : { type: 'failed', error: answer.error, cause: answer.cause };
  }

  stop(id: string): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return this.#violate(`somebody stops ${id}, which nobody has started`);
    const account = this.#accountOf(job.executionId);
    if (account?.replay.closed.has(job.taskId) !== true)
      this.#violate(`the job of ${this.#label(job)} was stopped, and is wanted`);
    job.stopped = true;
  }

  /** Whether somebody was told that the job of a task has ended. */
  hasEnded(executionId: string, taskId: number): boolean {
    return this.#ofTasks.get(keyOf(executionId, taskId))?.told === true;
  }

  /** Tasks whose jobs have ended, though nobody knows. */
  unheard({ executionId, replay }: Account): number[] {
    return replay.pending.flatMap(({ taskId, poll }) => {
      const job = poll === null ? undefined : this.#ofTasks.get(keyOf(executionId, taskId));
      return job !== undefined && !job.told && job.endsAt <= this.#stage.timeline.now ? [taskId] : [];
    });
  }

  /** Once all has come to rest: what was committed as started runs no more. */
  checkAtRest(): void {
    for (const job of this.#jobs.values()) {
      const account = this.#accountOf(job.executionId);
      if (account === undefined || account.isUnread || job.stopped || job.endsAt <= this.#stage.timeline.now) continue;
      const isKnown = account.replay.events.some(
        ({ type, id }) => type === 'TaskSubmitted' && account.replay.taskOf(id) === job.taskId,
      );
      if (isKnown) this.#violate(`the job of ${this.#label(job)} runs on, and nobody waits for it`);
    }
  }

  #label({ executionId, taskId }: Job): string {
    return `${this.#accountOf(executionId)?.label ?? executionId} task ${taskId}`;
  }

  #violate(message: string): void {
    this.#stage.violate('jobs', message);
  }
}

function keyOf(executionId: string, taskId: number): string {
  return `${executionId}:${taskId}`;
}
