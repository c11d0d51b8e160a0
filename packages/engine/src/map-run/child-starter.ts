import type { MapRunPlan, MapRunWork } from '@everstep/language';
import { QUOTAS } from '@everstep/protocol';
import type { EngineContext } from '../context.ts';
import type { ItemStorage } from '../ports/item-storage.ts';
import { type ChildOutcome, outcomesOf, pageOf } from './child-outcome.ts';
import { ChildQueue } from './child-queue.ts';
import { ChildSource, type MapRunFailure, type NextChild } from './child-source.ts';
import { ExpressChildren, type ExpressChildrenOptions } from './express-children.ts';
import { type ChildOrigin, standardChild } from './map-children.ts';
import type { MapRunDraft } from './map-run-commit.ts';
import {
  type ChildStatus,
  type MapRunState,
  beginRedrive,
  concurrencyOf,
  countNotRedrivable,
  countRestart,
  countStart,
} from './map-run-state.ts';

export interface ChildStarterOptions extends Pick<ExpressChildrenOptions, 'compiled' | 'conditions' | 'slots'> {
  readonly plan: MapRunPlan;
  readonly work: MapRunWork;
  readonly state: MapRunState;
  /** What the next commit writes. */
  readonly draft: MapRunDraft;
  readonly origin: ChildOrigin;
  readonly storage: ItemStorage | undefined;
  readonly mapRunArn: string;
  /** An Express child has ended; it is in the draft. */
  readonly onEnd: (status: ChildStatus, items: number) => void;
  readonly onFailure: (failure: MapRunFailure) => void;
  /** The state has changed. */
  readonly onChange: () => void;
  /** There is something to do. */
  readonly schedule: () => void;
}

/** How long children are begun before others have their turn, in milliseconds. */
const SLICE_MS = 5;
const LOOKS_EVERY = 16;
const RETRY_MS = 200;

/**
 * Begins the children of a Map Run, as many as may run at once: first those that a redrive lets run again, then the ones
 * that were under way in the memory of an owner that died (Express: those without an outcome), then new ones.
 */
export class ChildStarter {
  readonly #context: EngineContext;
  readonly #options: ChildStarterOptions;
  readonly #state: MapRunState;
  readonly #express: ExpressChildren | null;
  readonly #source: ChildSource;
  /** The next child that the source gives. */
  #position: { index: number; item: number };
  /** Children below had begun before this claim. */
  #windowUntil: number;
  #window: { readonly page: number; readonly known: ReadonlySet<number> } | null = null;
  #held: NextChild | null = null;
  #queue: ChildQueue | null = null;
  #busy = false;

  constructor(context: EngineContext, options: ChildStarterOptions) {
    this.#context = context;
    this.#options = options;
    this.#state = options.state;
    const isExpress = options.work.state.executionType === 'EXPRESS';
    this.#express = isExpress ? this.#expressChildren() : null;
    const { low, lowItem, next, nextItem } = this.#state;
    this.#position = isExpress ? { index: low, item: lowItem } : { index: next, item: nextItem };
    this.#windowUntil = next;
    const { plan, work, storage, mapRunArn } = options;
    this.#source = new ChildSource(this.#position, {
      ...{ plan, work, storage, mapRunArn, logger: context.logger },
      onMore: options.schedule,
    });
    this.#resumeRedrive();
  }

  get isExpress(): boolean {
    return this.#express !== null;
  }
  /** Express children in this process's memory, with those that have ended and are in no draft yet. */
  get open(): number {
    return this.#express?.size ?? 0;
  }
  get running(): number {
    return this.#express?.size ?? this.#state.counts.executions.running;
  }
  get hasRoom(): boolean {
    return this.#state.phase === 'RUNNING' && !this.#options.draft.isFull && this.running < concurrencyOf(this.#state);
  }
  get isBusy(): boolean {
    return this.#busy;
  }
  get isReading(): boolean {
    return this.#source.isReading;
  }

  /** Nobody takes for a while. */
  pause(): void {
    this.#source.pause();
  }

  drop(): void {
    this.#source.pause();
    this.#express?.clear();
  }

  beginSome(): void {
    const until = performance.now() + SLICE_MS;
    for (let turn = 1; this.hasRoom; turn++) {
      if (turn % LOOKS_EVERY === 0 && performance.now() > until) return this.#options.schedule();
      if (!this.#beginOne()) return;
    }
  }

  /** Ends the Express children that run. */
  abort(): void {
    this.#express?.abortAll();
    this.noteEnded();
  }

  /** Express children that have ended count as running until the draft has room for what they came to. */
  noteEnded(): void {
    while (!this.#options.draft.isFull) {
      const outcome = this.#express?.take() ?? null;
      if (outcome === null) return;
      this.#note(outcome);
    }
  }

  /** Those that did not succeed run again. */
  redrive(taskId: number): void {
    beginRedrive(this.#state, taskId);
    this.#windowUntil = this.#state.next;
    this.#resumeRedrive();
  }

  /** Whether there is nothing that runs or may still begin. */
  isOver(): boolean {
    const { phase, exhausted, next } = this.#state;
    if (this.#busy || this.running > 0) return false;
    if (phase === 'STOPPING') return this.#express === null || this.#position.index >= this.#windowUntil;
    return exhausted && this.#position.index >= next && (this.#queue === null || this.#queue.isEmpty);
  }

  /** Brings the state up to what a new owner would go on from. */
  settle(): void {
    const oldest = this.#express?.oldest(false) ?? null;
    this.#state.low = oldest?.index ?? this.#position.index;
    this.#state.lowItem = oldest?.firstItem ?? this.#position.item;
    const { redriving } = this.#state;
    const queue = this.#queue;
    if (redriving === null || queue === null) return;
    redriving.cursor = Math.min(queue.cursor, this.#express?.oldest(true)?.index ?? queue.cursor);
    redriving.open = this.#express?.openAgain() ?? { executions: 0, items: 0 };
    if (!queue.isEmpty || redriving.open.executions > 0) return;
    this.#state.redriving = null;
    this.#queue = null;
  }

  /** Of those that ran in the memory of an owner that died before it had stopped them, the outcome is that they were. */
  abortWindow(): void {
    while (this.#position.index < this.#windowUntil && !this.#options.draft.isFull) {
      const child = this.#nextChild();
      if (child === null) {
        // Where its items cannot be read any more there is nothing to be said of them.
        if (this.#source.isOver) this.#windowUntil = 0;
        return;
      }
      const known = this.#windowOf(child);
      if (known === null) return;
      this.#pass(child);
      if (known.has(child.index)) continue;
      const now = this.#context.clock.now();
      const { index, items, input } = child;
      this.#note({
        ...{ index, items, status: 'ABORTED', input, output: null, error: null, cause: null },
        ...{ startDate: now, stopDate: now },
      });
    }
  }

  /** What must be looked up first; the next turn finds it. */
  async wait(work: () => Promise<void>): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await work();
    } catch (error) {
      const { mapRunArn } = this.#options;
      this.#context.logger.warn({ err: error, mapRunArn }, 'a Map Run could not read what it needs; trying again');
      await this.#context.clock.sleep(RETRY_MS);
    }
    this.#busy = false;
    this.#options.schedule();
  }

  #resumeRedrive(): void {
    const { redriving, counts } = this.#state;
    if (redriving === null) return;
    const { executions, items } = redriving.open;
    counts.executions.running -= executions;
    counts.executions.pendingRedrive += executions;
    counts.items.running -= items;
    counts.items.pendingRedrive += items;
    redriving.open = { executions: 0, items: 0 };
    const { origin, work } = this.#options;
    this.#queue = new ChildQueue(redriving, {
      store: this.#context.store,
      mapRunId: origin.mapRunId,
      isExpress: this.isExpress,
      isBatched: work.state.itemBatcher !== null,
      now: () => this.#context.clock.now(),
      graceMs: origin.graceMs,
      redrivableMs: QUOTAS.redrivableMs,
    });
  }

  /** False: there is nothing to begin now. */
  #beginOne(): boolean {
    if (this.#queue !== null && !this.#queue.isEmpty) return this.#beginAgain(this.#queue);
    const child = this.#nextChild();
    if (child === null) return false;
    if (child.index < this.#windowUntil) return this.#beginOnceMore(child);
    this.#pass(child);
    countStart(this.#state, child);
    this.#state.next = this.#position.index;
    this.#state.nextItem = this.#position.item;
    this.#options.onChange();
    if (this.#express !== null) this.#express.begin({ ...child, again: false });
    else {
      const { origin, draft } = this.#options;
      draft.start(standardChild(origin, child.index, child.input, this.#context.clock.now()));
    }
    return true;
  }

  #beginOnceMore(child: NextChild): boolean {
    const known = this.#windowOf(child);
    if (known === null) return false;
    this.#pass(child);
    if (!known.has(child.index)) this.#express?.begin({ ...child, again: false });
    return true;
  }

  #beginAgain(queue: ChildQueue): boolean {
    const again = queue.take();
    if (again === null) {
      void this.wait(() => queue.readPage());
      return false;
    }
    const { index, items, status, way } = again;
    this.#options.onChange();
    if (way === null) {
      countNotRedrivable(this.#state, status, items);
      return true;
    }
    countRestart(this.#state, items);
    if (way.kind === 'redrive') this.#options.draft.redrive(way.redrive);
    else this.#express?.begin({ index, items, input: way.input, firstItem: 0, again: true });
    return true;
  }

  #pass({ index, firstItem, items }: NextChild): void {
    this.#position = { index: index + 1, item: firstItem + items };
  }

  #nextChild(): NextChild | null {
    const state = this.#state;
    const held = this.#held;
    this.#held = null;
    if (held !== null) return held;
    if (state.exhausted && this.#position.index >= state.next) return null;
    const taken = this.#source.take();
    if (taken === 'wait') return null;
    if (taken === 'end') {
      this.#takeEnd();
      return null;
    }
    if (!('error' in taken)) return taken;
    this.#options.onFailure(taken);
    return null;
  }

  /** All items have been taken, so it is known how many there are. */
  #takeEnd(): void {
    const state = this.#state;
    if (this.#position.index < state.next) {
      const cause = 'The dataset has fewer items than it had before.';
      this.#options.onFailure({ error: 'States.ItemReaderFailed', cause });
      return;
    }
    state.exhausted = true;
    state.counts.executions.total = state.next;
    state.counts.items.total = state.nextItem;
    this.#options.onChange();
    this.#options.schedule();
  }

  /** Which children of this one's page have an outcome; null: it is being read, and the child waits for it. */
  #windowOf(child: NextChild): ReadonlySet<number> | null {
    const page = pageOf(child.index);
    if (this.#window?.page === page) return this.#window.known;
    this.#held = child;
    const { mapRunId } = this.#options.origin;
    void this.wait(async () => {
      const parts = await this.#context.store.readOutcomes({ mapRunId, page, pages: 1 });
      this.#window = { page, known: new Set(outcomesOf(parts).keys()) };
    });
    return null;
  }

  #expressChildren(): ExpressChildren {
    const { origin, compiled, conditions, slots, work } = this.#options;
    return new ExpressChildren(this.#context, {
      ...{ origin, compiled, conditions, slots },
      keepsInput: work.state.resultWriter !== null,
      onEnd: () => {
        this.noteEnded();
        this.#options.schedule();
      },
    });
  }

  #note(outcome: ChildOutcome): void {
    this.#options.draft.note(outcome);
    this.#options.onEnd(outcome.status, outcome.items);
  }
}
