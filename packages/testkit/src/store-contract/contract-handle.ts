import type { Store } from '@everstep/engine';

/** A fresh, empty store, as an adapter opens it for one case. */
export interface StoreContractHandle {
  /** Whether all data is sealed, so that no search may look into it. */
  readonly isSealed?: boolean;
  readonly store: Store;
  /** A second, independent handle onto the same data (a second pool), so that races are real. */
  readonly secondStore?: Store;
  /** Moves the store's clock, where it is a virtual one; otherwise the cases wait for real deadlines of milliseconds. */
  readonly advance?: (milliseconds: number) => Promise<void>;
}
