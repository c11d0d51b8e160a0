import type { Activation } from '@everstep/language';
import type { EngineContext } from '../context.ts';
import { type LoggedExecution, logEvents } from '../execution-logging.ts';
import { tellOwner } from '../hinting.ts';
import type { PendingCommit } from '../pending-commit.ts';
import { type CallOutcome, activationOf } from '../perform-call.ts';
import type { ClaimedRun, RunCommit, WarmRun } from '../ports/run-store.ts';
import { UnusableRevisionError } from '../machine-cache.ts';
import { type RunSubject, loadState, loadSubject } from '../run-image.ts';
import type { Calls } from './calls.ts';
import { type CommitWriter, UnwritableCommitError, type Written } from './commit-writer.ts';
import { failureOf } from './execution-failure.ts';
import { ResidentRun } from './resident-run.ts';
import { WarmRuns } from './warm-runs.ts';
import { messageOf } from '../error-message.ts';

export interface RunKeeperOptions {
  readonly calls: Calls;
  readonly writer: CommitWriter;
  /** Asks for runs to be claimed anew by this worker. */
  readonly reclaim: (executionId: string) => void;
  /** Asks for inbox and tokens of resident runs to be read again. */
  readonly reread: (run: ResidentRun) => void;
}

const RETRY_LOAD_MS = 200;

/**
 * Advances the executions in memory: apply what arrived, commit, and only then act. Each has at most one commit under
 * way. A refused one leaves memory and is claimed anew; its calls in flight stay and are attached again.
 */
export class RunKeeper {
  readonly #context: EngineContext;
  readonly #options: RunKeeperOptions;
  readonly #runs = new Map<string, ResidentRun>();
  /** Executions that cannot go on, and why: they are failed at their next claim. */
  readonly #failures = new Map<string, string>();
  /** Those among them that only wait for a near timer. */
  readonly #lingering = new Set<ResidentRun>();
  readonly #warm: WarmRuns;
  #draining = false;
  readonly #onTimer = (lateMs: number): void => {
    this.#context.metrics.count('timersFired');
    this.#context.metrics.observe('timerLatenessMs', lateMs);
  };

  constructor(context: EngineContext, options: RunKeeperOptions) {
    this.#context = context;
    this.#options = options;
    this.#warm = new WarmRuns(context.clock, context.settings);
  }

  get size(): number {
    return this.#runs.size;
  }
  /** Runs in memory that have something to do, or an outside call. */
  get busy(): number {
    return this.#runs.size - this.#lingering.size;
  }
  /** Runs remembered: owned ones that wait for a near timer, and parked ones. */
  get warm(): number {
    return this.#lingering.size + this.#warm.size;
  }
  ids(): string[] {
    return [...this.#runs.keys()];
  }
  get(executionId: string): ResidentRun | undefined {
    return this.#runs.get(executionId);
  }
  all(): ResidentRun[] {
    return [...this.#runs.values()];
  }

  /** From now on no call is started; runs without one in flight are given back. */
  startDraining(): void {
    this.#draining = true;
    for (const run of this.all()) this.advance(run);
  }

  /** Gives away what has nothing under way here, down to so many: it goes on elsewhere, or later. */
  shed(keep: number): void {
    this.#warm.clear();
    for (const run of [...this.#lingering]) this.#advance(run, false);
    for (const run of this.all()) {
      if (this.busy <= keep) return;
      if (run.committing || !this.#options.calls.allWait(run.executionId)) continue;
      this.#options.calls.endAll(run.executionId);
      this.#giveBack(run);
    }
  }

  /** The epoch of a run that is remembered though it is parked. */
  warmEpoch(executionId: string): number | null {
    return this.#warm.get(executionId)?.epoch ?? null;
  }

  /** A remembered run is this worker's again, and nobody has had it meanwhile. */
  admitWarm(claimed: WarmRun): void {
    const known = this.#warm.get(claimed.executionId);
    if (known === undefined) {
      // Forgotten while it was claimed.
      this.#options.reclaim(claimed.executionId);
      return;
    }
    this.#warm.forget(claimed.executionId);
    const { format } = known.state.head;
    const run = new ResidentRun(known.execution, known.subject, known.state, { ...claimed, format });
    this.#runs.set(run.executionId, run);
    this.advance(run);
  }

  /** A claimed run enters memory, unless the claim is no longer the worker's once what the run needs has been loaded. */
  async admit(claimed: ClaimedRun, isStillOurs: () => boolean): Promise<void> {
    const { executionId, executionArn } = claimed.execution;
    this.#warm.forget(executionId);
    const failure = claimed.unreadable ?? this.#failures.get(executionId);
    if (failure !== undefined) return this.fail(claimed, failure, isStillOurs);
    let subject: RunSubject;
    try {
      subject = await loadSubject(this.#context, claimed.execution);
    } catch (error) {
      if (error instanceof UnusableRevisionError) return this.fail(claimed, error.message, isStillOurs);
      this.#context.logger.warn({ err: error, executionArn }, 'an execution could not be loaded; trying again');
      await this.#context.clock.sleep(RETRY_LOAD_MS);
      this.#options.reclaim(executionId);
      return;
    }
    if (!isStillOurs()) return;
    try {
      const run = new ResidentRun(claimed.execution, subject, loadState(subject, claimed), claimed);
      this.#runs.set(executionId, run);
      this.#attachCalls(run);
      this.advance(run);
    } catch (error) {
      this.#context.logger.error({ err: error, executionArn }, 'the checkpoint of an execution cannot be read');
      await this.fail(claimed, messageOf(error), isStillOurs);
    }
  }

  /** A call's outcome; where its run is not in memory just now, the call keeps it until the run is back. */
  settle(executionId: string, taskId: number, outcome: CallOutcome): void {
    const run = this.#runs.get(executionId);
    if (run === undefined) return;
    run.push(this.#activationOf(taskId, outcome));
    this.#advanceSoon(run);
  }

  /** What one turn answers of a fan-out's calls is one commit: advanced with the first of them, it would be two. */
  #advanceSoon(run: ResidentRun): void {
    if (run.advancesSoon) return;
    run.advancesSoon = true;
    queueMicrotask(() => {
      run.advancesSoon = false;
      this.advance(run);
    });
  }

  /** Forgets a run and everything this process does for it. */
  abandon(executionId: string): void {
    const run = this.#runs.get(executionId);
    if (run !== undefined) this.#drop(run);
    this.#options.calls.endAll(executionId);
  }

  clear(): void {
    for (const run of this.all()) this.#drop(run);
    this.#warm.clear();
    this.#options.calls.clear();
  }

  /** The heart: one turn of an execution. */
  advance(run: ResidentRun): void {
    this.#advance(run, !this.#draining);
  }

  #advance(run: ResidentRun, mayLinger: boolean): void {
    if (run.dropped || run.committing) return;
    run.cancelTimer?.();
    run.cancelTimer = null;
    this.#lingering.delete(run);
    const { executionId, executionArn } = run.execution;
    try {
      run.apply(this.#context.clock.now(), this.#onTimer);
    } catch (error) {
      this.#context.logger.error({ err: error, executionArn }, 'the interpreter threw; the execution is failed');
      this.#failures.set(executionId, messageOf(error));
      this.#reclaim(run);
      return;
    }
    const lingers = mayLinger && this.#mayLinger(run);
    if (lingers) this.#lingering.add(run);
    run.stays = lingers || run.mustStay(this.#context.clock.now());
    if (run.dirty || !run.stays) void this.#commit(run);
    else this.#goOn(run);
  }

  #mayLinger(run: ResidentRun): boolean {
    const { clock, settings } = this.#context;
    if (run.pending.ended !== null || this.#lingering.size >= settings.maxWarmExecutions) return false;
    return run.waitsBriefly(clock.now(), settings.warmMs);
  }

  async #commit(run: ResidentRun): Promise<void> {
    run.committing = true;
    let written: Written;
    try {
      const { clock, settings } = this.#context;
      written = await this.#options.writer.submit(() => run.build(clock.now(), settings));
    } catch (error) {
      const { executionArn } = run.execution;
      if (error instanceof UnwritableCommitError) this.#failures.set(run.executionId, messageOf(error.cause));
      this.#context.logger.warn({ err: error, executionArn }, 'a commit has no known outcome; the run is claimed anew');
      this.#reclaim(run);
      return;
    }
    run.committing = false;
    if (!run.dropped) this.#afterCommit(run, written);
  }

  #afterCommit(run: ResidentRun, { commit, outcome }: Written): void {
    switch (outcome.kind) {
      case 'committed':
        for (const told of outcome.told) tellOwner(this.#context.hints, told);
        this.#act(run, commit, run.committed());
        break;
      case 'fenced':
        this.abandon(run.executionId);
        break;
      case 'signals':
        // A park is simply not due yet; an end was decided without knowing something, so it is decided anew.
        if (commit.then.kind === 'park') this.#options.reread(run);
        else this.#reclaim(run);
        break;
      case 'token':
        this.#reclaim(run);
        break;
      case 'unstorable':
        this.#failures.set(run.executionId, outcome.message);
        this.#reclaim(run);
        break;
    }
  }

  /** Only here, after the commit has returned, do commands have effects. */
  #act(run: ResidentRun, commit: RunCommit, done: PendingCommit): void {
    const { hints, clock } = this.#context;
    const { calls } = this.#options;
    logEvents(this.#context, run.subject.logging, logged(run), done.history);
    for (const taskId of done.closedTaskIds) calls.endClosed(run.executionId, taskId);
    this.#context.jobStops.stop(run.subject.facts, done.unwantedJobs);
    if (done.startedMapRunIds.length > 0) hints.send(done.startedMapRunIds);
    for (const token of commit.tokens.opened) {
      if (token.activityArn !== null) hints.announce('activity', token.activityArn);
    }
    if (commit.limits !== undefined) this.#context.limiters.look();
    if (commit.then.kind === 'end') {
      this.#drop(run);
      calls.endAll(run.executionId);
      return;
    }
    if (commit.then.kind === 'park') {
      this.#drop(run);
      // A request that was accepted has done its work; its outcome is in the checkpoint.
      calls.endAll(run.executionId);
      if (commit.then.wakeAt !== null) hints.announce('wake', String(commit.then.wakeAt));
      if (!this.#draining) this.#warm.keep(run);
      return;
    }
    if (done.continues) run.push({ at: clock.now(), type: 'Continue' });
    if (run.lookAgain) this.#options.reread(run);
    run.lookAgain = false;
    if (run.hasInput) this.advance(run);
    else this.#goOn(run);
  }

  /** Nothing to write: start what is committed, and wait for an outcome, an arrival or a timer. */
  #goOn(run: ResidentRun): void {
    const { clock } = this.#context;
    const { calls } = this.#options;
    // Once for both: what is not due at one reading and over at the next would be neither called nor waited for.
    const now = clock.now();
    if (this.#draining) {
      if (!calls.has(run.executionId)) this.#giveBack(run);
    } else {
      for (const task of run.uncalledTasks(now)) calls.start(run.subject, task);
    }
    if (run.dropped) return;
    const timer = run.nextLook(now);
    if (timer !== null && !run.committing && run.cancelTimer === null) {
      run.cancelTimer = clock.at(timer, () => this.advance(run));
    }
  }

  #giveBack(run: ResidentRun): void {
    this.#drop(run);
    const { store, logger, hints, clock } = this.#context;
    const { executionId, epoch } = run;
    store.release([{ executionId, epoch }]).then(
      () => hints.announce('wake', String(clock.now())),
      (error: unknown) => {
        const { executionArn } = run.execution;
        logger.warn({ err: error, executionArn }, 'a run could not be given back; it is claimed again');
      },
    );
  }

  #attachCalls(run: ResidentRun): void {
    const { calls } = this.#options;
    for (const task of run.uncalledTasks(this.#context.clock.now())) {
      const outcome = calls.outcome(run.executionId, task);
      if (outcome !== undefined && outcome !== null) run.push(this.#activationOf(task.taskId, outcome));
    }
  }

  #activationOf(taskId: number, outcome: CallOutcome): Activation {
    const { clock, settings } = this.#context;
    return activationOf(taskId, outcome, clock.now(), settings);
  }

  #reclaim(run: ResidentRun): void {
    this.#drop(run);
    this.#options.reclaim(run.executionId);
  }

  #drop(run: ResidentRun): void {
    run.dropped = true;
    this.#lingering.delete(run);
    run.cancelTimer?.();
    run.cancelTimer = null;
    if (this.#runs.get(run.executionId) === run) this.#runs.delete(run.executionId);
  }

  /** Ends a claimed run that cannot go on, unless the claim is no longer the worker's once what that needs has been read. */
  async fail(claimed: ClaimedRun, message: string, isStillOurs: () => boolean): Promise<void> {
    const { executionId, executionArn, redriveCount } = claimed.execution;
    const { clock, logger, hints, jobStops, limiters } = this.#context;
    this.#options.calls.endAll(executionId);
    try {
      const failure = await failureOf(this.#context, claimed, message);
      if (!isStillOurs()) return;
      const { outcome } = await this.#options.writer.submit(() => failure.commit);
      if (outcome.kind === 'committed') {
        this.#failures.delete(executionId);
        logEvents(this.#context, failure.logging, { executionArn, redriveCount }, failure.history);
        jobStops.stop(claimed.execution, failure.jobs);
        limiters.look();
        for (const told of outcome.told) tellOwner(hints, told);
      } else if (outcome.kind === 'unstorable') {
        // Not at once: the next renewal of the lease finds it.
        logger.error({ executionArn, reason: outcome.message }, 'an execution could not be failed');
      } else if (outcome.kind !== 'fenced') this.#options.reclaim(executionId);
    } catch (error) {
      logger.warn({ err: error, executionArn }, 'whether an execution was failed is not known; it is claimed anew');
      await clock.sleep(RETRY_LOAD_MS);
      this.#options.reclaim(executionId);
    }
  }
}

function logged({ execution, state }: ResidentRun): LoggedExecution {
  return { executionArn: execution.executionArn, redriveCount: state.head.redriveCount };
}
