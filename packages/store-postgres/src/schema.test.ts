import { afterAll, beforeAll, expect, test } from 'vitest';
import { migratedDatabase, type TestDatabase } from './testing/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await migratedDatabase();
});
afterAll(() => database.drop());

// Months are made as time goes by; compression depends on how the server was built, and NOT NULL is listed with the
// columns (Postgres 18 lists it among the constraints, too).
const TABLES = `
  select c.oid, c.relname as name,
    concat_ws(' ', case c.relkind when 'p' then 'partition by ' || pg_get_partkeydef(c.oid) end,
      pg_get_expr(c.relpartbound, c.oid), 'with (' || array_to_string(c.reloptions, ', ') || ')') as detail
  from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname !~ '_y[0-9]+m[0-9]+$'
  order by c.relname`;
const PARTS = `
  select a.attrelid as oid, 1 as kind, a.attnum::text as place,
    concat_ws(' ', 'column', a.attname, format_type(a.atttypid, a.atttypmod),
      case when a.attcollation not in (0, 'default'::regcollation) then 'collate ' || a.attcollation::regcollation end,
      case when a.attnotnull then 'not null' end, 'default ' || pg_get_expr(d.adbin, d.adrelid)) as line
  from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attnum > 0 and not a.attisdropped
  union all
  select conrelid, 2, conname, concat_ws(' ', 'constraint', conname, pg_get_constraintdef(oid)) from pg_constraint
  where contype <> 'n'
  union all
  select indrelid, 3, indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index
  union all
  select tgrelid, 4, tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal`;

test('the migrations make the schema in schema.snapshot.txt (update it with vitest -u)', async () => {
  const tables = await database.admin.query<{ oid: number; name: string; detail: string }>(TABLES);
  const parts = await database.admin.query<{ oid: number; kind: number; place: string; line: string }>(PARTS);
  const lines: string[] = [];
  for (const table of tables.rows) {
    lines.push(`table ${table.name} ${table.detail}`.trimEnd());
    const own = parts.rows
      .filter((part) => part.oid === table.oid)
      .sort(
        (a, b) => a.kind - b.kind || (a.kind === 1 ? Number(a.place) - Number(b.place) : a.place < b.place ? -1 : 1),
      );
    for (const part of own) lines.push(`  ${part.line}`);
  }
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../schema.snapshot.txt');
});
