import { encryptedStore, silentLogger } from '@everstep/engine';
import { describeStoreContract, TestEncryptionKeys } from '@everstep/testkit';
import { afterAll, beforeAll } from 'vitest';
import { createPostgresStore, type PostgresStore } from './postgres-store.ts';
import { migratedDatabase, type TestDatabase } from './testing/test-database.ts';

let database: TestDatabase;
let store: PostgresStore;
let secondStore: PostgresStore;

beforeAll(async () => {
  database = await migratedDatabase();
  store = createPostgresStore({ connectionString: database.connectionString });
  secondStore = createPostgresStore({ connectionString: database.connectionString });
});

afterAll(async () => {
  await store.close();
  await secondStore.close();
  await database.drop();
});

describeStoreContract('store-postgres, sealed', async () => {
  await database.empty();
  const keys = new TestEncryptionKeys();
  const scope = { kmsKeyId: keys.create('orders'), accountId: '123456789012', reuseMs: 60_000 };
  const open = (inner: PostgresStore) =>
    encryptedStore(inner, { keys, logger: silentLogger, scopeOfRevision: () => scope });
  return { store: open(store), secondStore: open(secondStore), isSealed: true, close: async () => undefined };
});
