import { and, gt, lt, type PgColumn, type SQL } from './drizzle.ts';

/**
 * The ARNs that begin with `prefix`, which ends with a colon, after the name `afterName`. ARNs compare by bytes, so
 * within a prefix they are in the order of their names, and the primary key is all it takes.
 */
export function between(arn: PgColumn, prefix: string, afterName: string | undefined): SQL | undefined {
  // The semicolon follows the colon.
  return and(gt(arn, `${prefix}${afterName ?? ''}`), lt(arn, `${prefix.slice(0, -1)};`));
}
