import {
  type ClosedTask,
  type Command,
  type EndExecution,
  type ExecutionState,
  type HistoryEvent,
  type RedriveMapRun,
  type LimitTask,
  type ScheduleTask,
  type StartMapRun,
  type StateMachine,
  type Transition,
  canContinue,
  isInCheckpoint,
  nextPoll,
  nextTimer,
  saveHead,
  saveRecord,
} from '@everstep/language';
import { endArrivals } from './child-result.ts';
import type { EngineSettings } from './context.ts';
import { childExecutionId } from './execution-ids.ts';
import { type UnwantedJob, newJobStop } from './job-stops.ts';
import type { ExecutionRecord } from './ports/execution-store.ts';
import { mapRunRedrive, newMapRun } from './map-run/start-map-run.ts';
import type { MapRunWrites } from './ports/map-run-store.ts';
import type { CommitLimits } from './ports/limiter-store.ts';
import type { Arrival, CloseToken, CommitThen, RunCommit } from './ports/run-store.ts';
import type { OpenToken } from './ports/token-store.ts';
import { childStop, mapRunStop } from './stop-arrivals.ts';

/** When somebody must look at a parked run. */
function wakeAt(state: ExecutionState): number | null {
  const timer = nextTimer(state);
  const poll = nextPoll(state);
  return timer === null || (poll !== null && poll < timer) ? poll : timer;
}

/** What an execution has done since its last commit, gathered over any number of transitions. */
export class PendingCommit {
  readonly history: HistoryEvent[] = [];
  readonly #written = new Set<string>();
  readonly #deleted = new Set<string>();
  readonly #scheduled = new Map<number, ScheduleTask>();
  readonly #cancelled: Array<Extract<Command, { type: 'CancelTask' }>> = [];
  readonly #closed = new Map<number, ClosedTask>();
  readonly #mapRuns = new Map<string, StartMapRun>();
  readonly #redrivenMapRuns = new Map<string, RedriveMapRun>();
  readonly #stoppedMapRuns = new Set<string>();
  readonly #limited = new Map<number, LimitTask>();
  /** Tasks whose permits, or places in a queue, are given back. */
  readonly #unlimited: number[] = [];
  #ended: EndExecution | null = null;
  #continues = false;
  #changed = false;

  add(transition: Transition): void {
    const { history, commands, closed, changes } = transition;
    if (history.length + commands.length + closed.length + changes.written.size + changes.deleted.size > 0) {
      this.#changed = true;
    }
    this.history.push(...history);
    for (const id of changes.written) {
      this.#written.add(id);
      this.#deleted.delete(id);
    }
    for (const id of changes.deleted) {
      this.#deleted.add(id);
      this.#written.delete(id);
    }
    // Asked of the state: an activation that nothing waits for, applied after the bound was hit, takes nothing back.
    this.#continues = canContinue(transition.execution);
    for (const command of commands) this.#addCommand(command);
    for (const task of closed) this.#close(task);
  }

  #close(task: ClosedTask): void {
    // A task that was both scheduled and closed since the last commit never existed for anyone else.
    if (this.#limited.delete(task.taskId)) return;
    if (task.limited === true) this.#unlimited.push(task.taskId);
    if (!this.#scheduled.delete(task.taskId)) this.#closed.set(task.taskId, task);
  }

  /** These records are written with the next commit, whatever else happens. */
  rewrite(recordIds: readonly string[]): void {
    this.#changed = true;
    for (const id of recordIds) this.#written.add(id);
  }

  #addCommand(command: Command): void {
    switch (command.type) {
      case 'ScheduleTask':
        this.#scheduled.set(command.taskId, command);
        break;
      case 'LimitTask':
        this.#limited.set(command.taskId, command);
        break;
      case 'CancelTask':
        this.#cancelled.push(command);
        break;
      case 'EndExecution':
        this.#ended = command;
        break;
      case 'StartMapRun':
        this.#mapRuns.set(command.mapRunId, command);
        break;
      case 'RedriveMapRun':
        this.#redrivenMapRuns.set(command.mapRunId, command);
        break;
      case 'StopMapRun':
        // One that was to be redriven with this commit stays as it ended.
        if (!this.#redrivenMapRuns.delete(command.mapRunId)) this.#stoppedMapRuns.add(command.mapRunId);
        break;
      case 'Continue':
        break;
    }
  }

  get changed(): boolean {
    return this.#changed;
  }
  get ended(): EndExecution | null {
    return this.#ended;
  }
  /** The bound of steps was hit: the execution wants a Continue activation after its commit. */
  get continues(): boolean {
    return this.#continues;
  }
  /** Tasks to perform once this is committed. */
  get scheduled(): readonly ScheduleTask[] {
    return [...this.#scheduled.values()];
  }
  get closedTaskIds(): readonly number[] {
    return [...this.#closed.keys()];
  }

  /** Jobs that nobody waits for any more once this is committed. */
  get unwantedJobs(): readonly UnwantedJob[] {
    return this.#cancelled.flatMap((task) => (task.job === undefined ? [] : [{ ...task, job: task.job }]));
  }

  /** Map Runs that begin once this is committed. */
  get startedMapRunIds(): readonly string[] {
    return [...this.#mapRuns.keys()].filter((mapRunId) => !this.#stoppedMapRuns.has(mapRunId));
  }

  /** The commit as the store takes it. */
  build(input: {
    readonly execution: ExecutionRecord;
    readonly machine: StateMachine;
    readonly state: ExecutionState;
    readonly epoch: number;
    readonly consumed: number;
    readonly consumedBefore?: number;
    readonly stay: boolean;
    readonly now: number;
    readonly settings: Pick<EngineSettings, 'nameReuseMs' | 'graceMs'>;
  }): RunCommit {
    const { execution, state, epoch, consumed, consumedBefore } = input;
    const first = this.history[0];
    const last = this.history.at(-1);
    return {
      executionId: execution.executionId,
      epoch,
      consumed,
      ...(consumedBefore === undefined ? {} : { consumedBefore }),
      checkpoint: saveHead(state),
      format: state.head.format,
      frames: {
        written: [...this.#written]
          .filter((id) => !isInCheckpoint(state, id))
          .map((id) => ({ id, data: saveRecord(state, id) })),
        deleted: [...this.#deleted],
      },
      history:
        first === undefined || last === undefined
          ? null
          : { firstEventId: first.id, lastEventId: last.id, events: JSON.stringify(this.history) },
      tokens: { opened: this.#openedTokens(), closed: this.#closedTokens() },
      ...this.#limits(),
      arrivals: this.#arrivals(execution, input.now),
      ...this.#jobStops(execution),
      ...this.#mapRunWrites(input),
      then: this.#then(input),
    };
  }

  #mapRunWrites({ execution, machine, now, settings }: Parameters<PendingCommit['build']>[0]): {
    mapRuns?: MapRunWrites;
  } {
    if (this.#mapRuns.size + this.#redrivenMapRuns.size === 0) return {};
    const { graceMs } = settings;
    const started = [...this.#mapRuns.values()].map((command) =>
      newMapRun(execution, machine, command, { isStopped: this.#stoppedMapRuns.has(command.mapRunId), graceMs }),
    );
    const redriven = [...this.#redrivenMapRuns.values()].map((command) =>
      mapRunRedrive(execution, command, { now, graceMs }),
    );
    return { mapRuns: { started, redriven } };
  }

  #then(input: Parameters<PendingCommit['build']>[0]): CommitThen {
    if (this.#ended !== null) {
      const stopDate = input.state.head.lastEventTime;
      return {
        kind: 'end',
        status: this.#ended.status,
        stopDate,
        output: this.#ended.output ?? null,
        error: this.#ended.error ?? null,
        cause: this.#ended.cause ?? null,
        reusableAt: stopDate + input.settings.nameReuseMs,
      };
    }
    if (input.stay) return { kind: 'keep' };
    return { kind: 'park', wakeAt: wakeAt(input.state) };
  }

  #limits(): { readonly limits?: CommitLimits } {
    if (this.#limited.size + this.#unlimited.length === 0) return {};
    const opened = [...this.#limited.values()].map(({ taskId, stateName, limits }) => ({ taskId, stateName, limits }));
    return { limits: { opened, closed: this.#unlimited } };
  }

  #jobStops(execution: ExecutionRecord): Pick<RunCommit, 'jobStops'> {
    const jobs = this.unwantedJobs;
    return jobs.length === 0 ? {} : { jobStops: jobs.map((job) => newJobStop(execution, job)) };
  }

  #openedTokens(): OpenToken[] {
    const opened: OpenToken[] = [];
    for (const task of this.#scheduled.values()) {
      if (task.token === null) continue;
      const activity = task.resource.kind === 'activity';
      opened.push({
        taskId: task.taskId,
        kind: activity ? 'activity' : 'callback',
        activityArn: activity ? task.resource.arn : null,
        input: activity ? JSON.stringify(task.parameters) : null,
        stateName: task.stateName,
        timeoutAt: task.timeoutAt,
        timeoutSeconds: task.timeoutSeconds,
        heartbeatSeconds: task.heartbeatSeconds,
      });
    }
    return opened;
  }

  #closedTokens(): CloseToken[] {
    return [...this.#closed.values()].filter((task) => task.hasToken).map(({ taskId, reason }) => ({ taskId, reason }));
  }

  /** A waiting parent hears of the end; children that nobody waits for any more are stopped. */
  #arrivals(execution: ExecutionRecord, now: number): Arrival[] {
    const arrivals: Arrival[] = [];
    for (const { taskId, resource } of this.#cancelled) {
      if (resource.service !== 'states' || resource.pattern !== 'sync') continue;
      arrivals.push(childStop(childExecutionId(execution.executionId, taskId), now));
    }
    for (const executionId of this.#stoppedMapRuns) {
      if (!this.#mapRuns.has(executionId)) arrivals.push(mapRunStop(executionId));
    }
    if (this.#ended !== null) arrivals.push(...endArrivals(execution, this.#ended, now));
    return arrivals;
  }
}
