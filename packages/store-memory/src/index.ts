export { createMemoryStore, storeOver } from './memory-store.ts';
export { createMemoryState, type MemoryState, type MemoryStoreOptions, type RunRow, type TokenRow } from './state.ts';
