export { migrate, type MigrateOptions, type MigrationSource, pendingMigrations, planMigrations } from './migrate.ts';
export { describePlan, type PlannedLock, type PlannedMigration } from './migration-plan.ts';
export { createPostgresStore, type PostgresStore, type PostgresStoreOptions } from './postgres-store.ts';
