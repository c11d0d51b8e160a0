import type { StoreContractHandle } from './contract-handle.ts';
import { StoreScene } from './store-scene.ts';

/** One sentence of the Store port's contract. It rejects where the store breaks it. */
export interface StoreCase {
  readonly name: string;
  run(handle: StoreContractHandle): Promise<void>;
}

export function storeCase(name: string, body: (scene: StoreScene) => Promise<void>): StoreCase {
  return { name, run: (handle) => body(new StoreScene(handle)) };
}
