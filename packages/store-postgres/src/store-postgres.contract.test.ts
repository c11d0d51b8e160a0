import { describeStoreContract } from '@everstep/testkit';
import { afterAll, beforeAll } from 'vitest';
import { migratedDatabase, type TestDatabase } from './testing/test-database.ts';
import { createPostgresStore, type PostgresStore } from './postgres-store.ts';

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

describeStoreContract('store-postgres', async () => {
  await database.empty();
  return { store, secondStore, close: async () => undefined };
});
