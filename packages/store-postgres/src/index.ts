export { migrate, pendingMigrations, type MigrateOptions } from './migrate.ts';
export { createPostgresStore, type PostgresStore, type PostgresStoreOptions } from './postgres-store.ts';
