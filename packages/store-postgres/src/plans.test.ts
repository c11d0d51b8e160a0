import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresStore } from './postgres-store.ts';
import { knownStatements } from './statement.ts';
import { migratedDatabase, type TestDatabase } from './testing/test-database.ts';

// Every statement of the store, planned as its sessions plan it: without looking at values or statistics. A table that
// may hold millions of rows is only ever entered through an index condition, or read in the order of a partial index
// that holds just the rows in question.
const LARGE =
  /^(executions|history|runs|ended_runs|frames|inbox|task_tokens|execution_names|audit_log)(_default|_y\d+m\d+)?$/;
const PARTIAL = new Set(['runs_to_wake', 'runs_owned', 'execution_names_orphaned']);

let database: TestDatabase;
beforeAll(async () => {
  database = await migratedDatabase();
  await database.admin.query(
    `set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_hashjoin = off;
     set enable_mergejoin = off; set jit = off`,
  );
  // Loads every module that defines statements; it never connects.
  await createPostgresStore({ connectionString: database.connectionString }).close();
});
afterAll(() => database.drop());

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

function complaints(node: PlanNode): string[] {
  const below = (node.Plans ?? []).flatMap(complaints);
  const table = node['Relation Name'];
  if (table === undefined || !LARGE.test(table) || !node['Node Type'].includes('Scan')) return below;
  if (node['Node Type'] === 'Bitmap Heap Scan' || node['Index Cond'] !== undefined) return below;
  if (node['Index Name'] !== undefined && PARTIAL.has(node['Index Name'])) return below;
  return [...below, `${node['Node Type']} on ${table}`];
}

test('hot statements find their rows by an index', async () => {
  const { admin } = database;
  const found: string[] = [];
  const statements = knownStatements();
  expect(statements.length).toBeGreaterThan(40);
  for (const { name, text } of statements) {
    await admin.query(`prepare ${name} as ${text}`);
    const parameters = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map((match) => Number(match[1])));
    const list = parameters === 0 ? '' : `(${Array.from({ length: parameters }, () => 'null').join(', ')})`;
    const explained = await admin.query<{ 'QUERY PLAN': Array<{ Plan: PlanNode }> }>(
      `explain (format json) execute ${name}${list}`,
    );
    for (const { Plan } of explained.rows.flatMap((row) => row['QUERY PLAN'])) {
      for (const complaint of complaints(Plan)) found.push(`${name}: ${complaint}`);
    }
  }
  expect(found).toEqual([]);
});
