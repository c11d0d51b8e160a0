import { describeStoreContract } from '@everstep/testkit';
import { createMemoryStore } from './memory-store.ts';

const START = 1_750_000_000_000;

describeStoreContract('memory, virtual clock', async () => {
  let now = START;
  return {
    store: createMemoryStore({ now: () => now }),
    advance: async (milliseconds) => {
      now += milliseconds;
    },
    close: async () => {},
  };
});

describeStoreContract('memory, real clock', async () => {
  const store = createMemoryStore();
  return { store, close: () => store.close() };
});
