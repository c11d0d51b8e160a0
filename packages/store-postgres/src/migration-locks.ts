/** Postgres's names of table locks that migrations take. https://www.postgresql.org/docs/current/explicit-locking.html */
export type LockMode = 'ROW EXCLUSIVE' | 'SHARE UPDATE EXCLUSIVE' | 'SHARE' | 'ACCESS EXCLUSIVE';

export interface TableLock {
  /** A table, or what the migration's author calls the tables. */
  readonly table: string;
  readonly mode: LockMode;
  /** Whether the lock is held for as long as the work on the table's rows takes, not just for a moment. */
  readonly long: boolean;
}

/** Who waits while a lock of that mode is held, for people. */
export const WHO_WAITS: Readonly<Record<LockMode, string>> = {
  'ROW EXCLUSIVE': 'only who writes to the same rows waits',
  'SHARE UPDATE EXCLUSIVE': 'nobody waits',
  SHARE: 'who writes to it waits',
  'ACCESS EXCLUSIVE': 'everybody who uses it waits',
};

const NAME = String.raw`"?([a-z_][a-z0-9_]*)"?`;
const DECLARED = /^--\s*locks (.+): (ROW EXCLUSIVE|SHARE UPDATE EXCLUSIVE|SHARE|ACCESS EXCLUSIVE)( long)?\s*$/gim;

interface Form {
  readonly pattern: RegExp;
  readonly mode: LockMode | null;
  readonly long?: boolean;
}

function form(text: string, mode: LockMode | null, long = false): Form {
  return { pattern: new RegExp(`^${text.replaceAll('NAME', NAME)}`, 'i'), mode, long };
}

/** The first form that a statement begins with tells its lock; the name in it is the table. */
const FORMS: readonly Form[] = [
  form(String.raw`create table (?:if not exists )?"?[a-z0-9_]+"? partition of NAME`, 'ACCESS EXCLUSIVE'),
  form(String.raw`create table (?:if not exists )?NAME`, null),
  form(
    String.raw`create (?:unique )?index concurrently (?:if not exists )?"?[a-z0-9_]+"? on NAME`,
    'SHARE UPDATE EXCLUSIVE',
    true,
  ),
  form(String.raw`create (?:unique )?index (?:if not exists )?"?[a-z0-9_]+"? on (?:only )?NAME`, 'SHARE', true),
  form(String.raw`alter table (?:only )?NAME attach partition`, 'SHARE UPDATE EXCLUSIVE', true),
  form(String.raw`alter table (?:only )?NAME validate constraint`, 'SHARE UPDATE EXCLUSIVE', true),
  form(String.raw`alter table (?:only )?NAME set \(`, 'SHARE UPDATE EXCLUSIVE'),
  // A type may have to be rewritten, and NOT NULL looks at every row.
  form(
    String.raw`alter table (?:only )?NAME alter column "?[a-z0-9_]+"? (?:set data type|type|set not null)`,
    'ACCESS EXCLUSIVE',
    true,
  ),
  form(String.raw`alter table (?:if exists )?(?:only )?NAME`, 'ACCESS EXCLUSIVE'),
  form(String.raw`drop table (?:if exists )?NAME`, 'ACCESS EXCLUSIVE'),
  form(String.raw`drop index concurrently (?:if exists )?NAME`, 'SHARE UPDATE EXCLUSIVE'),
  form(String.raw`drop index (?:if exists )?NAME`, 'ACCESS EXCLUSIVE'),
  form(String.raw`(?:update|insert into|delete from) (?:only )?NAME`, 'ROW EXCLUSIVE', true),
];

/**
 * The locks on tables that were there before, as a statement takes them. Null: they cannot be told from its text, and no
 * line `-- locks <table>: <mode>` in front of it says so.
 */
export function locksOf(statement: string): readonly TableLock[] | null {
  const declared = [...statement.matchAll(DECLARED)].map(([, table = '', mode, long]) => ({
    table,
    mode: lockMode(mode),
    long: long !== undefined,
  }));
  if (declared.length > 0) return declared;
  const text = bareText(statement);
  if (text === '') return [];
  return /^do \$/i.test(text) ? locksOfBlock(text) : locksOfText(text);
}

/** What a block of PL/pgSQL does in so many words; what it puts together only when it runs cannot be told. */
function locksOfBlock(text: string): readonly TableLock[] | null {
  if (/\b(execute|perform)\b/i.test(text)) return null;
  return text.split(/;|\b(?:begin|then|else|loop)\b/i).flatMap((part) => locksOfText(part.trim()) ?? []);
}

function locksOfText(text: string): readonly TableLock[] | null {
  for (const { pattern, mode, long = false } of FORMS) {
    const table = pattern.exec(text)?.[1];
    if (table === undefined) continue;
    return mode === null ? [] : [{ table, mode, long }];
  }
  return null;
}

/** The table that a statement makes, if it makes one. */
export function madeTable(statement: string): string | null {
  return new RegExp(`^create table (?:if not exists )?${NAME}`, 'i').exec(bareText(statement))?.[1] ?? null;
}

/** The index that a statement builds while the table is in use, which no transaction may contain. */
export function concurrentIndex(statement: string): string | null {
  const pattern = new RegExp(`^create (?:unique )?index concurrently (?:if not exists )?${NAME}`, 'i');
  return pattern.exec(bareText(statement))?.[1] ?? null;
}

/** Whether Postgres refuses the statement inside a transaction. */
export function runsAlone(statement: string): boolean {
  return /^(create (unique )?index|drop index|reindex .*|alter table .* detach partition .*) concurrently/i.test(
    bareText(statement),
  );
}

/** Without comments, on one line. */
function bareText(statement: string): string {
  return statement.replaceAll(/--.*$/gm, '').replaceAll(/\s+/g, ' ').trim();
}

function lockMode(text: string | undefined): LockMode {
  const mode = text?.toUpperCase();
  if (mode === 'ROW EXCLUSIVE' || mode === 'SHARE UPDATE EXCLUSIVE' || mode === 'SHARE') return mode;
  return 'ACCESS EXCLUSIVE';
}
