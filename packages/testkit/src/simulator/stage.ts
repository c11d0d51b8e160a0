import type { Chance } from './chance.ts';
import type { Profile } from './profile.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';

/** What all parts of one simulation share. */
export interface Stage {
  readonly chance: Chance;
  readonly timeline: Timeline;
  readonly profile: Profile;
  readonly trace: Trace;
  readonly faults: Faults;
  /** Something is not as it must be: the simulation ends. */
  violate(checker: Checker, message: string): void;
}

/** Which invariant was broken; the names stand in the list of the simulator's documentation. */
export type Checker =
  | 'history'
  | 'replay'
  | 'fence'
  | 'lease'
  | 'effects'
  | 'acknowledged'
  | 'tokens'
  | 'parked'
  | 'served'
  | 'ended'
  | 'result'
  | 'permits'
  | 'rows'
  | 'map-runs'
  | 'express'
  | 'approvals'
  | 'quarantine'
  | 'jobs'
  | 'abandoned'
  | 'engine';

/** The faults that happen now, and how they are done. */
export interface Faults {
  /** False once the time of faults is over. */
  on: boolean;
  storeAway: boolean;
  crash(process: SimulatedProcess, why: string): void;
  freeze(process: SimulatedProcess, why: string): void;
}

/** How long a message takes: mostly a few milliseconds. */
export function latencyMs(stage: Stage): number {
  return 0.2 + stage.chance.next() * 4;
}

/** One each: what waits for a promise stays in memory with it. */
export const forever = (): Promise<never> => new Promise<never>(() => undefined);
