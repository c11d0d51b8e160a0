import { startTestPostgres } from '@everstep/testkit';
import pg from 'pg';
import { migrate } from '../migrate.ts';

export interface TestDatabase {
  readonly connectionString: string;
  /** A connection beside the store's, for looking and for getting in its way. */
  readonly admin: pg.Client;
  /** Removes all rows. */
  empty(): Promise<void>;
  drop(): Promise<void>;
}

/** A database of the test's own, with the schema; `own`: on a server that nobody else works on. */
export async function migratedDatabase({ own = false } = {}): Promise<TestDatabase> {
  const server = await startTestPostgres(own ? { own, fsync: false } : {});
  const connectionString = await server.createDatabase();
  await migrate(connectionString);
  const admin = new pg.Client({ connectionString });
  await admin.connect();
  const tables = await admin.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class
     where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and relname <> 'schema_migrations'
       and not relispartition`,
  );
  const deletes = tables.rows.map((table) => `delete from ${table.name}`).join('; ');
  return {
    connectionString,
    admin,
    empty: async () => {
      await admin.query(deletes);
    },
    drop: async () => {
      await admin.end();
      await server.stop();
    },
  };
}
