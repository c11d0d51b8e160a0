import type { MapRunPlan, MapRunWork } from '@everstep/language';
import type { EngineContext } from '../context.ts';
import { messageOf } from '../error-message.ts';
import { tellOwner } from '../hinting.ts';
import type { Cancel } from '../ports/clock.ts';
import type { ExecutionRecord } from '../ports/execution-store.ts';
import type { ItemStorage } from '../ports/item-storage.ts';
import type { ClaimedRun, InboxRow, RunCommit } from '../ports/run-store.ts';
import { type CommitWriter, UnwritableCommitError, type Written } from '../worker/commit-writer.ts';
import { ChildStarter } from './child-starter.ts';
import type { ExpressChildrenOptions } from './express-children.ts';
import type { ChildOrigin } from './map-children.ts';
import { MapRunDraft, commitOf } from './map-run-commit.ts';
import { finishMapRun } from './map-run-results.ts';
import { type MapRunSignal, decodeSignal } from './map-run-signal.ts';
import { type ChildStatus, type MapRunState, countEnd, countWritten, exceedsTolerance } from './map-run-state.ts';

export interface MapRunDriverOptions {
  readonly claimed: ClaimedRun;
  readonly parent: ExecutionRecord;
  readonly plan: MapRunPlan;
  readonly work: MapRunWork;
  readonly state: MapRunState;
  readonly storage: ItemStorage | undefined;
  readonly writer: CommitWriter;
  readonly express: Pick<ExpressChildrenOptions, 'compiled' | 'conditions' | 'slots'>;
  /** It leaves memory; `reclaim`: it is to be claimed anew; `failure`: and then to be failed, because it cannot go on. */
  readonly onGone: (reclaim: boolean, failure?: string) => void;
}

/** Nothing to do for so long: it is parked, or at least its dataset is closed. */
const IDLE_MS = 5_000;
const IDLE_READING_MS = 60_000;
const RETRY_MS = 200;
/** Children that are stopped with one commit. */
const STOPS_AT_ONCE = 500;

/**
 * A Map Run in this worker's memory: takes items, begins children, counts their ends, and commits all of that together.
 * What it does follows from its checkpoint, its inbox and the durable outcomes of its children, so anybody goes on.
 */
export class MapRunDriver {
  readonly #context: EngineContext;
  readonly #options: MapRunDriverOptions;
  readonly #state: MapRunState;
  readonly #draft: MapRunDraft;
  readonly #origin: ChildOrigin;
  readonly #starter: ChildStarter;
  #rows: InboxRow[];
  #consumed: number;
  #committedConsumed: number;
  #dirty = false;
  #committing = false;
  /** The commit that is under way, if there is one, lets go of the run. */
  #letsGo = false;
  #scheduled = false;
  #gone = false;
  #draining = false;
  #rereading = false;
  #lookAgain = false;
  #stopAfter: number | null = null;
  #finishing: AbortController | null = null;
  #cancelIdle: Cancel | null = null;
  #activeAt: number;

  constructor(context: EngineContext, options: MapRunDriverOptions) {
    this.#context = context;
    this.#options = options;
    this.#state = options.state;
    this.#draft = new MapRunDraft();
    const { claimed, parent, plan, work } = options;
    this.#origin = {
      mapRunId: claimed.execution.executionId,
      ...{ parent, label: plan.label, graceMs: context.settings.graceMs },
    };
    this.#rows = [...claimed.inbox];
    this.#consumed = this.#committedConsumed = claimed.consumed;
    this.#starter = new ChildStarter(context, {
      ...{ ...options.express, plan, work, state: options.state, draft: this.#draft, origin: this.#origin },
      ...{ storage: options.storage, mapRunArn: claimed.execution.executionArn },
      onEnd: (status, items) => this.#countEnd(status, items),
      onFailure: (failure) => this.#fail(failure),
      onChange: () => (this.#dirty = true),
      schedule: () => this.#schedule(),
    });
    this.#activeAt = context.clock.now();
  }

  get mapRunId(): string {
    return this.#origin.mapRunId;
  }
  get openChildren(): number {
    return this.#starter.open;
  }

  start(): void {
    this.#schedule();
  }

  /** Something may have arrived. */
  look(): void {
    if (this.#rereading) this.#lookAgain = true;
    else void this.#reread();
  }

  startDraining(): void {
    this.#draining = true;
    this.#schedule();
  }

  /** Forgets it, as if the process had died. */
  drop(): void {
    this.#gone = true;
    this.#starter.drop();
    this.#finishing?.abort();
    this.#cancelIdle?.();
  }

  #leave(reclaim: boolean, failure?: string): void {
    if (this.#gone) return;
    this.drop();
    this.#options.onGone(reclaim, failure);
  }

  /** One turn at a time, in a turn of the event loop of its own. */
  #schedule(): void {
    if (this.#scheduled || this.#gone) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#gone) return;
      try {
        this.#turn();
      } catch (error) {
        const { executionArn } = this.#options.claimed.execution;
        this.#context.logger.error({ err: error, executionArn }, 'a Map Run cannot go on; it fails');
        this.#leave(true, messageOf(error));
      }
    });
  }

  #turn(): void {
    // A park or an end is decided by what is known now: what arrives meanwhile must not get into its commit, so that the
    // store refuses it.
    if (this.#letsGo) return;
    this.#applySignals();
    this.#starter.noteEnded();
    if (this.#state.phase === 'RUNNING' && !this.#draining) this.#starter.beginSome();
    // That all items have been taken may be what decides: a percentage is one of all.
    this.#checkTolerance();
    if (this.#state.phase === 'STOPPING') this.#stopSome();
    if (this.#committing || this.#gone) return;
    if (this.#dirty || this.#consumed !== this.#committedConsumed) void this.#commit('keep');
    else if (this.#isOver()) this.#end();
    else if (this.#draining && this.#starter.open > 0) return;
    else if (this.#draining) this.#giveBack();
    else this.#rest();
  }

  #applySignals(): void {
    const rows = this.#rows;
    if (rows.length === 0) return;
    this.#rows = [];
    this.#consumed = rows.at(-1)?.number ?? this.#consumed;
    this.#activeAt = this.#context.clock.now();
    for (const { activation } of rows) this.#apply(decodeSignal(activation));
  }

  #apply(signal: MapRunSignal): void {
    const state = this.#state;
    switch (signal.type) {
      case 'ChildEnded': {
        const items = this.#options.work.state.itemBatcher === null ? 1 : signal.items;
        this.#countEnd(signal.status, items);
        return;
      }
      case 'Stop':
        state.redriveTask = null;
        if (state.phase === 'ENDED') return;
        state.isStopped = true;
        this.#stop();
        return;
      case 'Redrive':
        if (state.phase !== 'ENDED') state.redriveTask = signal.taskId;
        else this.#redrive(signal.taskId);
        return;
      case 'Update':
        state.maxConcurrency = signal.maxConcurrency ?? state.maxConcurrency;
        state.toleratedFailureCount = signal.toleratedFailureCount ?? state.toleratedFailureCount;
        state.toleratedFailurePercentage = signal.toleratedFailurePercentage ?? state.toleratedFailurePercentage;
        this.#checkTolerance();
    }
  }

  #redrive(taskId: number): void {
    const state = this.#state;
    // One that had succeeded while its parent was being stopped answers once more.
    if (state.result !== null) state.taskId = taskId;
    else this.#starter.redrive(taskId);
    this.#dirty = true;
  }

  #countEnd(status: ChildStatus, items: number): void {
    countEnd(this.#state, status, items);
    this.#dirty = true;
    if (status !== 'SUCCEEDED') this.#checkTolerance();
  }

  #checkTolerance(): void {
    if (this.#state.phase !== 'RUNNING' || !exceedsTolerance(this.#state)) return;
    const cause = 'The specified tolerated failure threshold was exceeded';
    this.#fail({ error: 'States.ExceedToleratedFailureThreshold', cause });
  }

  #fail(failure: { readonly error: string; readonly cause: string }): void {
    if (this.#state.phase !== 'RUNNING') return;
    this.#state.failure = failure;
    this.#stop();
  }

  /** Nothing begins any more. */
  #stop(): void {
    const state = this.#state;
    this.#dirty = true;
    if (state.phase !== 'RUNNING') return;
    state.phase = 'STOPPING';
    this.#finishing?.abort();
    this.#stopAfter = null;
    this.#starter.abort();
    this.#schedule();
  }

  /** The children that still run are told to stop, some with each commit, in their order. */
  #stopSome(): void {
    if (this.#starter.isExpress) return this.#starter.abortWindow();
    if (this.#committing || this.#draft.hasChildren || this.#stopAfter === Number.POSITIVE_INFINITY) return;
    if (this.#state.counts.executions.running === 0 || this.#draft.hasStops) return;
    const after = this.#stopAfter ?? -1;
    void this.#starter.wait(async () => {
      const { store, clock } = this.#context;
      const query = { parentId: this.mapRunId, status: 'RUNNING', order: 'items', limit: STOPS_AT_ONCE } as const;
      const running = await store.listChildren({ ...query, after });
      if (this.#state.phase !== 'STOPPING') return;
      this.#draft.stop(running, clock.now());
      if (running.length > 0) this.#dirty = true;
      const last = running.at(-1)?.parent?.taskId;
      this.#stopAfter = last === undefined || running.length < STOPS_AT_ONCE ? Number.POSITIVE_INFINITY : last;
    });
  }

  #isOver(): boolean {
    if (this.#state.phase === 'ENDED') return true;
    return this.#starter.isOver();
  }

  #end(): void {
    const state = this.#state;
    if (state.redriveTask !== null) {
      this.#redriveStopped(state.redriveTask);
      return;
    }
    if (state.phase === 'ENDED') void this.#commit('end');
    else if (this.#finishing === null) void this.#finish();
  }

  #redriveStopped(taskId: number): void {
    this.#starter.redrive(taskId);
    this.#dirty = true;
    this.#schedule();
  }

  /** Puts the results together; they are read from the store, so it may be done again. */
  async #finish(): Promise<void> {
    const state = this.#state;
    const { phase } = state;
    const finishing = new AbortController();
    this.#finishing = finishing;
    try {
      const { work, storage, claimed } = this.#options;
      const { executionArn: mapRunArn } = claimed.execution;
      const request = { work, storage, mapRunArn, origin: this.#origin, signal: finishing.signal };
      const done = await finishMapRun(this.#context.store, state, request);
      if (this.#gone || finishing.signal.aborted || state.phase !== phase) return;
      state.failure = done.failure;
      state.result = done.result;
      if (done.isExported) countWritten(state);
      state.phase = 'ENDED';
    } catch (error) {
      if (finishing.signal.aborted) return;
      const { executionArn } = this.#options.claimed.execution;
      this.#context.logger.warn(
        { err: error, executionArn },
        'the results of a Map Run are not complete; trying again',
      );
      await this.#context.clock.sleep(RETRY_MS);
    } finally {
      if (this.#finishing === finishing) this.#finishing = null;
      this.#schedule();
    }
  }

  /** Nothing to do now: children run, or the dataset answers late. */
  #rest(): void {
    if (this.#finishing !== null || this.#starter.isBusy) return;
    const { clock } = this.#context;
    this.#cancelIdle?.();
    const idleMs = this.#state.exhausted ? IDLE_MS : IDLE_READING_MS;
    const isWaiting = !this.#starter.isExpress && this.#starter.running > 0 && !this.#starter.isReading;
    if (!isWaiting) {
      // A dataset that nobody takes from is closed.
      if (!this.#starter.hasRoom && clock.now() - this.#activeAt >= IDLE_MS) this.#starter.pause();
      this.#cancelIdle = clock.at(clock.now() + IDLE_MS, () => this.#schedule());
      return;
    }
    if (clock.now() - this.#activeAt < idleMs) {
      this.#cancelIdle = clock.at(this.#activeAt + idleMs, () => this.#schedule());
      return;
    }
    void this.#commit('park');
  }

  #giveBack(): void {
    const { store, logger, hints, clock } = this.#context;
    const { epoch, execution } = this.#options.claimed;
    const { executionId, executionArn } = execution;
    this.#leave(false);
    store.release([{ executionId, epoch }]).then(
      () => hints.announce('wake', String(clock.now())),
      (error: unknown) => logger.warn({ err: error, executionArn }, 'a Map Run could not be given back'),
    );
  }

  async #commit(then: 'keep' | 'park' | 'end'): Promise<void> {
    this.#committing = true;
    this.#letsGo = then !== 'keep';
    this.#dirty = false;
    let written: Written;
    try {
      written = await this.#options.writer.submit(() => this.#build(then));
    } catch (error) {
      const { executionArn } = this.#options.claimed.execution;
      const message = error instanceof UnwritableCommitError ? messageOf(error.cause) : undefined;
      this.#context.logger.warn(
        { err: error, executionArn },
        message === undefined
          ? 'a commit has no known outcome; the Map Run is claimed anew'
          : 'a commit of a Map Run cannot be written; it fails',
      );
      this.#leave(true, message);
      return;
    }
    this.#committing = this.#letsGo = false;
    if (!this.#gone) this.#afterCommit(written);
  }

  #build(then: 'keep' | 'park' | 'end'): RunCommit {
    this.#starter.settle();
    this.#dirty = false;
    const { claimed } = this.#options;
    const parts = { claimed, state: this.#state, then, draft: this.#draft, consumed: this.#consumed };
    return commitOf(this.#context, parts);
  }

  #afterCommit({ commit, outcome }: Written): void {
    switch (outcome.kind) {
      case 'committed': {
        this.#committedConsumed = commit.consumed;
        for (const told of outcome.told) tellOwner(this.#context.hints, told);
        const own = commit.mapRuns?.own;
        const begun = [...(own?.children ?? []), ...(own?.redrivenChildren ?? [])].map(
          ({ executionId }) => executionId,
        );
        if (begun.length > 0) this.#context.hints.send(begun);
        this.#context.metrics.count('executionsStarted', own?.children.length ?? 0);
        if (commit.then.kind !== 'keep') this.#leave(false);
        else this.#schedule();
        return;
      }
      case 'fenced':
        this.#leave(false);
        return;
      case 'signals':
        // Something has arrived: a park is not due, and an end was decided without knowing it.
        if (commit.then.kind === 'park') this.look();
        else this.#leave(true);
        return;
      case 'unstorable':
        this.#leave(true, outcome.message);
        return;
      case 'token':
        this.#leave(true);
    }
  }

  async #reread(): Promise<void> {
    this.#rereading = true;
    const { store, clock, logger } = this.#context;
    const { epoch, execution } = this.#options.claimed;
    const { executionId, executionArn } = execution;
    do {
      this.#lookAgain = false;
      try {
        const consumed = this.#committedConsumed;
        const [found] = await store.reread([{ executionId, epoch, consumed }]);
        if (this.#gone) return;
        if (found === undefined) return this.#leave(false);
        const last = this.#rows.at(-1)?.number ?? this.#consumed;
        this.#rows.push(...found.inbox.filter((row) => row.number > last));
        this.#schedule();
      } catch (error) {
        logger.warn({ err: error, executionArn }, 'arrivals of a Map Run could not be read; trying again');
        this.#lookAgain = true;
        await clock.sleep(RETRY_MS);
      }
    } while (this.#lookAgain && !this.#gone);
    this.#rereading = false;
  }
}
