export { createMemoryStore } from './memory-store.ts';
export type { MemoryStoreOptions } from './state.ts';
