import type pg from 'pg';
import { knownStatements } from '../statement.ts';

// A table that may hold millions of rows is only ever entered through an index condition, or read in the order of a
// partial index that holds just the rows in question.
const LARGE =
  /^(executions|history|runs|ended_runs|frames|inbox|task_tokens|execution_names|redrives|audit_log)(_default|_y\d+m\d+)?$/;
const PARTIAL = new Set(['runs_to_wake', 'runs_owned', 'execution_names_orphaned']);

export function isLarge(table: string): boolean {
  return LARGE.test(table);
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** Plans statements as the store's sessions do: without looking at values, and without what scans, hashes or merges. */
export async function planAsSessions(client: pg.ClientBase): Promise<void> {
  await client.query(
    `set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_hashjoin = off;
     set enable_mergejoin = off; set jit = off`,
  );
}

/**
 * What is wrong with the plans of all named statements of the modules loaded so far: empty, where nothing is. A condition
 * on another than an index's first column goes through the whole index, which on empty tables costs the planner nothing.
 */
export async function findScans(client: pg.ClientBase): Promise<string[]> {
  const found: string[] = [];
  const indexes = await readIndexes(client);
  for (const { name, text } of knownStatements()) {
    await client.query(`prepare ${name} as ${text}`);
    const parameters = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map((match) => Number(match[1])));
    const list = parameters === 0 ? '' : `(${Array.from({ length: parameters }, () => 'null').join(', ')})`;
    const explained = await client.query<{ 'QUERY PLAN': Array<{ Plan: PlanNode }> }>(
      `explain (format json) execute ${name}${list}`,
    );
    await client.query(`deallocate ${name}`);
    for (const { Plan } of explained.rows.flatMap((row) => row['QUERY PLAN'])) {
      for (const complaint of complaints(Plan, indexes)) found.push(`${name}: ${complaint}`);
    }
  }
  return found;
}

interface Index {
  readonly table: string;
  /** Its first column. */
  readonly first: string;
}

async function readIndexes(client: pg.ClientBase): Promise<Map<string, Index>> {
  const { rows } = await client.query<Index & { name: string }>(
    `select indexrelid::regclass::text as name, indrelid::regclass::text as "table",
       pg_get_indexdef(indexrelid, 1, true) as first from pg_index`,
  );
  return new Map(rows.map(({ name, ...index }) => [name, index]));
}

function complaints(node: PlanNode, indexes: ReadonlyMap<string, Index>): string[] {
  const below = (node.Plans ?? []).flatMap((plan) => complaints(plan, indexes));
  const [table, index, condition] = [node['Relation Name'], node['Index Name'], node['Index Cond']];
  if (index !== undefined && condition !== undefined) {
    const known = indexes.get(index);
    const isLed =
      known === undefined || !LARGE.test(known.table) || new RegExp(`\\(${known.first}[ ,]`).test(condition);
    return isLed || PARTIAL.has(index) ? below : [...below, `all of ${index} for ${condition}`];
  }
  if (table === undefined || !LARGE.test(table) || !node['Node Type'].includes('Scan')) return below;
  if (node['Node Type'] === 'Bitmap Heap Scan' || (index !== undefined && PARTIAL.has(index))) return below;
  return [...below, `${node['Node Type']} on ${table}`];
}

/** What a table's sessions have read of it and written to it so far. Other sessions tell it when they end. */
export interface TableFigures {
  readonly scans: number;
  /** Rows that index scans have looked at. */
  readonly read: number;
  readonly updates: number;
  readonly hotUpdates: number;
}

export async function tableFigures(client: pg.ClientBase): Promise<Map<string, TableFigures>> {
  // A session that goes on tells its own figures once a second at most, unless it is made to after the next statement.
  await client.query('select pg_stat_force_next_flush()');
  await client.query('select pg_stat_clear_snapshot()');
  const { rows } = await client.query<{
    name: string;
    scans: string;
    read: string | null;
    updates: string;
    hot: string;
  }>(
    `select t.relname as name, t.seq_scan as scans, t.n_tup_upd as updates, t.n_tup_hot_upd as hot,
       (select sum(idx_tup_read) from pg_stat_user_indexes i where i.relid = t.relid) as read
     from pg_stat_user_tables t`,
  );
  return new Map(
    rows.map(({ name, scans, read, updates, hot }) => [
      name,
      { scans: Number(scans), read: Number(read ?? 0), updates: Number(updates), hotUpdates: Number(hot) },
    ]),
  );
}

/** By table, what has been added since. */
export function since(
  before: ReadonlyMap<string, TableFigures>,
  after: ReadonlyMap<string, TableFigures>,
): Map<string, TableFigures> {
  return new Map(
    [...after].map(([name, now]) => {
      const then = before.get(name) ?? { scans: 0, read: 0, updates: 0, hotUpdates: 0 };
      return [
        name,
        {
          scans: now.scans - then.scans,
          read: now.read - then.read,
          updates: now.updates - then.updates,
          hotUpdates: now.hotUpdates - then.hotUpdates,
        },
      ];
    }),
  );
}
