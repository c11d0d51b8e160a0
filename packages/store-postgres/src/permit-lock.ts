import { type QueryRunner, statement } from './statement.ts';

const lockPermits = statement('lock_permits', 'select pg_advisory_xact_lock(20262711, 8)::text');

/** Permits are given by one transaction at a time in the whole installation; changes of limiters wait for it, too. */
export function lockPermitTables(runner: QueryRunner): void {
  void runner.send(lockPermits, []);
}
