import { encodeActivation } from '../activation-codec.ts';
import type { ExecutionRecord } from '../ports/execution-store.ts';
import type { ChildRedrive } from '../ports/map-run-store.ts';
import type { Store } from '../ports/store.ts';
import { type KnownOutcome, OUTCOMES_A_PAGE, outcomesOf, pageOf } from './child-outcome.ts';
import { batchedItems } from './map-children.ts';
import type { ChildStatus } from './map-run-state.ts';

/** A child that ended without success before the redrive. */
export interface ChildAgain {
  readonly index: number;
  readonly items: number;
  readonly status: ChildStatus;
  /** How it goes on: a Standard one from where it failed, an Express one from its start. null: it cannot. */
  readonly way:
    | { readonly kind: 'redrive'; readonly redrive: ChildRedrive }
    | { readonly kind: 'start'; readonly input: string }
    | null;
}

export interface ChildQueueOptions {
  readonly store: Pick<Store, 'listChildren' | 'readOutcomes'>;
  readonly mapRunId: string;
  readonly isExpress: boolean;
  readonly isBatched: boolean;
  readonly now: () => number;
  readonly graceMs: number;
  readonly redrivableMs: number;
}

const CHILDREN_A_PAGE = 200;

/** The children that a redrive lets run again, a page at a time and in their order. */
export class ChildQueue {
  readonly #options: ChildQueueOptions;
  #found: ChildAgain[] = [];
  /** The next child to look at. */
  #position: number;
  readonly #until: number;
  readonly #part: number;

  constructor(
    from: { readonly cursor: number; readonly until: number; readonly part: number },
    options: ChildQueueOptions,
  ) {
    this.#options = options;
    this.#position = from.cursor;
    this.#until = from.until;
    this.#part = from.part;
  }

  /** The first child that may still be found. */
  get cursor(): number {
    return this.#found[0]?.index ?? this.#position;
  }
  get isEmpty(): boolean {
    return this.#found.length === 0 && this.#position >= this.#until;
  }

  /** The next one; null: the next page must be read. */
  take(): ChildAgain | null {
    return this.#found.shift() ?? null;
  }

  async readPage(): Promise<void> {
    if (this.#options.isExpress) await this.#readOutcomes();
    else await this.#readChildren();
  }

  async #readOutcomes(): Promise<void> {
    const { store, mapRunId } = this.#options;
    const from = this.#position;
    const page = pageOf(from);
    const outcomes = outcomesOf(await store.readOutcomes({ mapRunId, page, pages: 1 }));
    const end = Math.min((page + 1) * OUTCOMES_A_PAGE, this.#until);
    for (let index = from; index < end; index++) {
      const outcome = outcomes.get(index);
      // One that has an outcome since the redrive has run again.
      if (outcome === undefined || outcome.status === 'SUCCEEDED' || outcome.part >= this.#part) continue;
      this.#found.push(expressAgain(outcome));
    }
    this.#position = Math.max(end, from + 1);
  }

  async #readChildren(): Promise<void> {
    const { store, mapRunId } = this.#options;
    const after = this.#position - 1;
    const page = await store.listChildren({ parentId: mapRunId, after, order: 'items', limit: CHILDREN_A_PAGE });
    for (const record of page) {
      const index = record.parent?.taskId ?? 0;
      const { status } = record;
      if (index >= this.#until || status === 'SUCCEEDED' || status === 'RUNNING' || status === 'PENDING_REDRIVE')
        continue;
      this.#found.push(this.#standardAgain(record, index, status));
    }
    const last = page.at(-1)?.parent?.taskId;
    this.#position = last === undefined || page.length < CHILDREN_A_PAGE ? this.#until : last + 1;
  }

  #standardAgain(record: ExecutionRecord, index: number, status: ChildStatus): ChildAgain {
    const { isBatched, now, graceMs, redrivableMs } = this.#options;
    const items = isBatched ? batchedItems(record.input) : 1;
    const redriveDate = now();
    if (redriveDate - (record.stopDate ?? redriveDate) > redrivableMs) return { index, items, status, way: null };
    const redriveCount = record.redriveCount + 1;
    const activation = encodeActivation({ at: redriveDate, type: 'Redrive', redriveCount });
    const redrive = { executionId: record.executionId, redriveCount, redriveDate, activation, graceMs };
    return { index, items, status, way: { kind: 'redrive', redrive } };
  }
}

function expressAgain({ index, items, status, input }: KnownOutcome): ChildAgain {
  return { index, items, status, way: input === null ? null : { kind: 'start', input } };
}
