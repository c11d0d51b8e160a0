import { encryptedStore, silentLogger } from '@everstep/engine';
import { describeStoreContract, TestEncryptionKeys } from '@everstep/testkit';
import { createMemoryStore } from './memory-store.ts';

/** Everything is sealed, whatever its machine asks for. */
describeStoreContract('memory, sealed', async () => {
  let now = 1_750_000_000_000;
  const keys = new TestEncryptionKeys();
  const scope = { kmsKeyId: keys.create('orders'), accountId: '123456789012', reuseMs: 60_000 };
  const inner = createMemoryStore({ now: () => now });
  const open = () => encryptedStore(inner, { keys, logger: silentLogger, scopeOfRevision: () => scope });
  return {
    store: open(),
    secondStore: open(),
    isSealed: true,
    advance: async (milliseconds) => {
      now += milliseconds;
    },
    close: async () => {},
  };
});

describeStoreContract('memory, behind keys that nothing names', async () => {
  const keys = new TestEncryptionKeys();
  keys.create('orders');
  const store = encryptedStore(createMemoryStore(), { keys, logger: silentLogger });
  return { store, close: () => store.close() };
});
