import { expect, test } from 'vitest';
import { concurrentIndex, locksOf, madeTable, runsAlone } from './migration-locks.ts';

test.each([
  ['CREATE TABLE "a" (b int)', []],
  ['create table a_x partition of a default', [{ table: 'a', mode: 'ACCESS EXCLUSIVE', long: false }]],
  ['-- why\nCREATE UNIQUE INDEX "i" ON "a" USING btree ("b")', [{ table: 'a', mode: 'SHARE', long: true }]],
  [
    'CREATE INDEX CONCURRENTLY IF NOT EXISTS "i" ON "a" (b)',
    [{ table: 'a', mode: 'SHARE UPDATE EXCLUSIVE', long: true }],
  ],
  ['ALTER TABLE "a" ADD COLUMN "b" text;', [{ table: 'a', mode: 'ACCESS EXCLUSIVE', long: false }]],
  ['ALTER TABLE "a" ALTER COLUMN "b" SET NOT NULL', [{ table: 'a', mode: 'ACCESS EXCLUSIVE', long: true }]],
  ['ALTER TABLE "a"\n  SET (fillfactor = 50)', [{ table: 'a', mode: 'SHARE UPDATE EXCLUSIVE', long: false }]],
  ['ALTER TABLE a VALIDATE CONSTRAINT c', [{ table: 'a', mode: 'SHARE UPDATE EXCLUSIVE', long: true }]],
  ['DROP TABLE IF EXISTS a', [{ table: 'a', mode: 'ACCESS EXCLUSIVE', long: false }]],
  ['update a set b = 1', [{ table: 'a', mode: 'ROW EXCLUSIVE', long: true }]],
  [
    '-- locks all months: SHARE UPDATE EXCLUSIVE\nDO $$ BEGIN END $$',
    [{ table: 'all months', mode: 'SHARE UPDATE EXCLUSIVE', long: false }],
  ],
  ['-- locks a: SHARE long\nDO $$ BEGIN END $$', [{ table: 'a', mode: 'SHARE', long: true }]],
  ['\n-- nothing but a comment\n', []],
  [
    'DO $$ BEGIN\n\tALTER TABLE "a" ALTER COLUMN "b" SET COMPRESSION lz4;\nEXCEPTION WHEN x THEN RAISE NOTICE \'y\'; END $$;',
    [{ table: 'a', mode: 'ACCESS EXCLUSIVE', long: false }],
  ],
  ["DO $$ BEGIN EXECUTE format('alter table %s', 'a'); END $$", null],
  ['TRUNCATE a', null],
])('%s', (statement, expected) => {
  expect(locksOf(statement)).toEqual(expected);
});

test('what runs outside of transactions, and what it makes, is seen', () => {
  expect(runsAlone('-- why\nCREATE INDEX  CONCURRENTLY i ON a (b)')).toBe(true);
  expect(runsAlone('drop index concurrently i')).toBe(true);
  expect(runsAlone('CREATE INDEX i ON a (b)')).toBe(false);
  expect(concurrentIndex('create unique index concurrently if not exists "i" on a (b)')).toBe('i');
  expect(madeTable('CREATE TABLE IF NOT EXISTS "a" (b int)')).toBe('a');
  expect(madeTable('ALTER TABLE a ADD COLUMN b int')).toBeNull();
});
