import { InvariantError } from '@everstep/language';
import type { OutcomePart } from '../ports/map-run-store.ts';
import type { ChildStatus } from './map-run-state.ts';

/** What an Express child came to: it has no row of its own anywhere. */
export interface ChildOutcome {
  readonly index: number;
  /** Of how many items. */
  readonly items: number;
  readonly status: ChildStatus;
  /** JSON text, where somebody will want it: it goes to a file of results, or may run again. */
  readonly input: string | null;
  /** JSON text. */
  readonly output: string | null;
  readonly error: string | null;
  readonly cause: string | null;
  readonly startDate: number;
  readonly stopDate: number;
}

/** Outcomes are kept by pages of children, so that they can be read in order whatever the order of their ends. */
export const OUTCOMES_A_PAGE = 256;

export function pageOf(index: number): number {
  return Math.floor(index / OUTCOMES_A_PAGE);
}

/** The outcomes of one commit, a part for each page. */
export function outcomeParts(outcomes: readonly ChildOutcome[], part: number): OutcomePart[] {
  return [...Map.groupBy(outcomes, ({ index }) => pageOf(index))].map(([page, ofPage]) => ({
    page,
    part,
    outcomes: JSON.stringify(ofPage),
  }));
}

export interface KnownOutcome extends ChildOutcome {
  readonly part: number;
}

/** The latest outcome of each child of a page, by its index. */
export function outcomesOf(parts: readonly OutcomePart[]): Map<number, KnownOutcome> {
  const known = new Map<number, KnownOutcome>();
  for (const { part, outcomes } of parts) {
    const list: unknown = JSON.parse(outcomes);
    if (!Array.isArray(list)) throw new InvariantError('a part of outcomes is no list');
    for (const outcome of list) if (isOutcome(outcome)) known.set(outcome.index, { ...outcome, part });
  }
  return known;
}

function isOutcome(value: unknown): value is ChildOutcome {
  return typeof value === 'object' && value !== null && 'index' in value && 'status' in value;
}
