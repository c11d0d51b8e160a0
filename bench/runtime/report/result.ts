import { loadavg } from 'node:os';
import type { Spread } from '../lab/statistics.ts';

/** A line of the table. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly figure: Spread;
  /** Everstep's figure over this one's, or whatever `ratioOf` says. */
  readonly ratio?: Spread;
  readonly ratioOf?: string;
}

export type GoalId = 'P1' | 'P2' | 'P3' | 'P4' | 'P5' | 'P6' | 'P7' | 'P9' | 'P10' | 'P11';

/** One of the conditions that a goal consists of. */
export interface GoalPart {
  readonly id: GoalId;
  readonly what: string;
  readonly figure: number;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** After the figure: `×`, ` ms`. */
  readonly unit: string;
}

export interface WorkloadResult {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly goals: readonly GoalPart[];
  readonly notes: readonly string[];
  /** Markdown beside the tables. */
  readonly text?: string;
}

export interface Taken extends WorkloadResult {
  readonly takenAt: string;
  readonly revision: string;
  readonly rounds: number;
  /** Runnable processes, averaged over a minute, before and after: the machine's other users are in it. */
  readonly load: readonly [number, number];
}

export function isMet({ figure, atLeast, atMost }: GoalPart): boolean {
  return figure >= (atLeast ?? Number.NEGATIVE_INFINITY) && figure <= (atMost ?? Number.POSITIVE_INFINITY);
}

export function loadNow(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}
