import type { HintQueue, IdSource, Store } from '@everstep/engine';
import type { MemoryState } from '@everstep/store-memory';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Stage } from './stage.ts';

export interface BugTools {
  readonly state: MemoryState;
  readonly stage: Stage;
}

/** A runtime that breaks one sentence of the protocol: the verbs it does otherwise. None of them: no bug. */
export interface PlantedBug {
  /** At the store, for all processes. */
  readonly store?: (store: Store, tools: BugTools) => Partial<Store>;
  /** Inside each process, before anything goes to the store and after its answer has come. */
  readonly client?: (store: Store, tools: BugTools) => Partial<Store>;
  /** What a process asks of the queue. */
  readonly hints?: (queue: HintQueue) => Partial<HintQueue>;
  /** The ids that a process makes. */
  readonly ids?: (ids: IdSource, process: SimulatedProcess) => IdSource;
}
