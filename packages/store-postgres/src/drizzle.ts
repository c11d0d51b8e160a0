import type * as Core from 'drizzle-orm';
import type * as NodePostgres from 'drizzle-orm/node-postgres';
import type * as PgCore from 'drizzle-orm/pg-core';
import { createRequire } from 'node:module';

// Drizzle as CommonJS. Node parses a package's whole package.json for every ES module in it, and this one lists 180 KB of
// exports: its hundred modules would cost each process more than a second at its start (measured: 1.2 s, and so 0.15 s).
const load = createRequire(import.meta.url);
const core: typeof Core = load('drizzle-orm');
const pgCore: typeof PgCore = load('drizzle-orm/pg-core');
const nodePostgres: typeof NodePostgres = load('drizzle-orm/node-postgres');

export type { SQL } from 'drizzle-orm';
export type { NodePgDatabase } from 'drizzle-orm/node-postgres';
export type { PgColumn } from 'drizzle-orm/pg-core';
export const { and, asc, count, desc, eq, gt, gte, lt, sql } = core;
export const {
  bigint,
  bigserial,
  boolean,
  check,
  customType,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} = pgCore;
export const { drizzle } = nodePostgres;
