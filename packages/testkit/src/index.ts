export { startTestPostgres, type TestPostgres, type TestPostgresOptions } from './services/test-postgres.ts';
