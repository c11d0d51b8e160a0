import type { EngineContext } from '../context.ts';
import { tellOwner } from '../hinting.ts';
import type { ExecutionRecord } from '../ports/execution-store.ts';
import type { Arrival, ClaimedRun, CommitThen, InboxRow, RunCommit } from '../ports/run-store.ts';
import { childStop } from '../stop-arrivals.ts';
import type { CommitWriter } from '../worker/commit-writer.ts';
import { mapRunAnswer } from './map-run-commit.ts';
import { FAILURE_FRAME, type MapRunFailing, failingOf, progressAtFailure, saveFailing } from './map-run-failure.ts';
import { redriveTaskOf } from './map-run-signal.ts';
import { type MapRunProgress, loadProgress, saveProgress } from './map-run-state.ts';

export interface FailingMapRunOptions {
  readonly claimed: ClaimedRun;
  /** Why it cannot go on. */
  readonly message: string;
  readonly writer: CommitWriter;
  /** It leaves memory; `reclaim`: it is to be claimed anew. */
  readonly onGone: (reclaim: boolean) => void;
}

/** Children that are stopped with one commit. */
const STOPS_AT_ONCE = 500;
/** How often it looks whether the last child has ended, and how many times before it is parked. */
const LOOK_MS = 500;
const LOOKS = 10;
const RETRY_MS = 5_000;

/**
 * The end of a Map Run that cannot go on: its definition does not compile here, its data cannot be read or stored, or it
 * ends the process that runs it. Nothing of its checkpoint or its plan is used. Its Standard children are told to stop,
 * and it fails when the last of them has ended; how far that has come is committed, so anybody goes on.
 */
export class FailingMapRun {
  readonly #context: EngineContext;
  readonly #options: FailingMapRunOptions;
  readonly #mapRunId: string;
  #failing: MapRunFailing;
  /** The parent's task that waits for the end. */
  #taskId: number;
  #consumed: number;
  /** No child below this number is open any more. */
  #endedBelow = 0;
  #gone = false;
  #draining = false;
  readonly #awake = new AbortController();

  constructor(context: EngineContext, options: FailingMapRunOptions) {
    const { claimed, message } = options;
    this.#context = context;
    this.#options = options;
    this.#mapRunId = claimed.execution.executionId;
    const begun = failingOf(claimed);
    const cause = `This Map Run cannot go on: ${message}`;
    this.#failing = begun === null || begun.isOver ? { cause, after: -1, isOver: false } : begun;
    // A redrive leaves its task here, also where its signal cannot be read.
    this.#taskId = claimed.execution.parent?.taskId ?? 0;
    this.#consumed = claimed.inbox.at(-1)?.number ?? claimed.consumed;
  }

  start(): void {
    const { executionArn } = this.#options.claimed.execution;
    const { cause } = this.#failing;
    this.#context.logger.warn(
      { executionArn, cause },
      'a Map Run cannot go on; its children are stopped, and it fails',
    );
    void this.#work();
  }

  /** It looks often enough by itself. */
  look(): void {}

  startDraining(): void {
    this.#draining = true;
    this.#awake.abort();
  }

  drop(): void {
    this.#gone = true;
    this.#awake.abort();
  }

  #leave(reclaim: boolean): void {
    if (this.#gone) return;
    this.drop();
    this.#options.onGone(reclaim);
  }

  async #work(): Promise<void> {
    try {
      while (!this.#gone && (await this.#stopSome()));
      for (let looks = 0; !this.#gone; looks++) {
        if (!(await this.#isAnyOpen())) return await this.#end();
        if (this.#draining) return await this.#giveBack();
        if (looks === LOOKS) return await this.#park();
        await this.#context.clock.sleep(LOOK_MS, this.#awake.signal);
      }
    } catch (error) {
      if (this.#gone) return;
      const { executionArn } = this.#options.claimed.execution;
      this.#context.logger.warn({ err: error, executionArn }, 'a Map Run could not be ended yet; trying again');
      await this.#context.clock.sleep(RETRY_MS, this.#awake.signal);
      // Its lease gives back what is left of it.
      this.#leave(!this.#draining);
    }
  }

  /** The children that run are told to stop, some with each commit; whether there may be more. */
  async #stopSome(): Promise<boolean> {
    const { after } = this.#failing;
    if (after === null) return false;
    const running = await this.#running(after, STOPS_AT_ONCE);
    const last = running.at(-1)?.parent?.taskId;
    this.#failing = { ...this.#failing, after: running.length < STOPS_AT_ONCE ? null : (last ?? null) };
    if (running.length === 0) return false;
    const now = this.#context.clock.now();
    const stops = running.map(({ executionId }) => childStop(executionId, now));
    return this.#commit({ kind: 'keep' }, stops);
  }

  /** An ended child stays ended, as nothing begins or is redriven here. */
  async #isAnyOpen(): Promise<boolean> {
    const [first] = await this.#running(this.#endedBelow - 1, 1);
    this.#endedBelow = first?.parent?.taskId ?? this.#endedBelow;
    return first !== undefined;
  }

  #running(after: number, limit: number): Promise<ExecutionRecord[]> {
    const { store } = this.#context;
    return store.listChildren({ parentId: this.#mapRunId, status: 'RUNNING', order: 'items', after, limit });
  }

  async #end(): Promise<void> {
    const { store, clock } = this.#context;
    const { execution } = this.#options.claimed;
    const record = await store.findMapRun(execution.executionArn);
    const progress =
      record === null ? null : await progressAtFailure(store, this.#mapRunId, loadProgress(record.progress));
    if (!(await this.#read())) return;
    const now = clock.now();
    this.#failing = { ...this.#failing, isOver: true };
    const failure = { error: 'States.Runtime', cause: this.#failing.cause };
    const answer = { taskId: this.#taskId, failure, result: null };
    const arrivals = execution.parent === null ? [] : [mapRunAnswer(execution.parent.executionId, answer, now)];
    const facts = { output: null, error: null, cause: null, reusableAt: now };
    const ended = await this.#commit({ kind: 'end', status: 'FAILED', stopDate: now, ...facts }, arrivals, progress);
    if (ended) this.#leave(false);
  }

  /** The next end of a child wakes it. */
  async #park(): Promise<void> {
    if (!(await this.#read())) return;
    if (await this.#commit({ kind: 'park', wakeAt: null }, [])) this.#leave(false);
  }

  async #giveBack(): Promise<void> {
    const { epoch } = this.#options.claimed;
    await this.#context.store.release([{ executionId: this.#mapRunId, epoch }]);
    this.#context.hints.announce('wake', String(this.#context.clock.now()));
    this.#leave(false);
  }

  /** What has arrived meanwhile. False: it is not this worker's any more, or cannot be read without a claim. */
  async #read(): Promise<boolean> {
    const { epoch } = this.#options.claimed;
    const run = { executionId: this.#mapRunId, epoch, consumed: this.#consumed };
    const [found] = await this.#context.store.reread([run]);
    if (found === undefined) this.#leave(true);
    else this.#take(found.inbox);
    return !this.#gone;
  }

  #take(rows: readonly InboxRow[]): void {
    for (const { number, activation } of rows) {
      this.#consumed = number;
      this.#taskId = redriveTaskOf(activation) ?? this.#taskId;
    }
  }

  /** False: it was refused, and the Map Run leaves memory. */
  async #commit(
    then: CommitThen,
    arrivals: readonly Arrival[],
    progress: MapRunProgress | null = null,
  ): Promise<boolean> {
    const { commit, outcome } = await this.#options.writer.submit(() => this.#build(then, arrivals, progress));
    if (outcome.kind === 'unstorable') throw new Error(outcome.message);
    if (outcome.kind !== 'committed') {
      this.#leave(outcome.kind !== 'fenced');
      return false;
    }
    for (const told of outcome.told) tellOwner(this.#context.hints, told);
    return commit.then.kind !== 'keep' || !this.#gone;
  }

  #build(then: CommitThen, arrivals: readonly Arrival[], progress: MapRunProgress | null): RunCommit {
    const { checkpoint, format, epoch } = this.#options.claimed;
    const isEnd = then.kind === 'end';
    return {
      ...{ executionId: this.#mapRunId, epoch, consumed: this.#consumed, checkpoint, format },
      frames: { written: [{ id: FAILURE_FRAME, data: saveFailing(this.#failing) }], deleted: [] },
      history: null,
      tokens: { opened: [], closed: [] },
      arrivals,
      mapRuns: {
        own: {
          progress: progress === null ? null : saveProgress({ counts: progress }),
          ...{ status: isEnd ? 'FAILED' : 'RUNNING', stopDate: isEnd ? then.stopDate : null },
          ...{ children: [], redrivenChildren: [], outcomes: [], dropsOutcomes: false },
        },
      },
      then,
    };
  }
}
