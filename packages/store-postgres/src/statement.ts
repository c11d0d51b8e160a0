/** The database's clock, in whole milliseconds: it moves within a transaction, unlike now(). */
export const NOW_MS = '(floor(extract(epoch from clock_timestamp()) * 1000)::bigint)';

/**
 * A plain SQL statement, prepared once per connection under its name. `Row` is the shape of its rows: bigint and
 * integer arrive as numbers, uuid and text as strings.
 */
export interface Statement<Row extends object = Record<never, never>> {
  readonly name: string;
  readonly text: string;
  /** Never there: carries the type of the rows. */
  readonly row?: Row;
}

const known = new Map<string, Statement>();

/** Once per module, at its top: the name is the statement's for the whole process. */
export function statement<Row extends object = Record<never, never>>(name: string, text: string): Statement<Row> {
  if (known.has(name)) throw new Error(`store-postgres: two statements have the name ${name}`);
  known.set(name, { name, text });
  return { name, text };
}

/** All statements of the modules loaded so far. */
export function knownStatements(): readonly Statement[] {
  return [...known.values()];
}

export type Value = string | number | boolean | Buffer | null | readonly string[];

export interface QueryRunner {
  send<Row extends object>(statement: Statement<Row>, values: readonly Value[]): Promise<Row[]>;
}
