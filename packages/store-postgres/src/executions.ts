import { childIdOfArn, type ExecutionRecord, type ExecutionStore, type ListExecutionsQuery } from '@everstep/engine';
import { uuidArray } from './columns.ts';
import type { Database } from './database.ts';
import { and, desc, eq, type SQL, sql } from './drizzle.ts';
import { ALL_STATUSES, executionColumns, executionRecord, type ExecutionRow } from './execution-row.ts';
import { Gatherer } from './gatherer.ts';
import { readHistory } from './history.ts';
import { readInputs, searchExecutions } from './search-executions.ts';
import { deleteEndedBefore } from './retention.ts';
import { executions } from './schema/executions.ts';
import { statement } from './statement.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const openExecutions = statement<{ execution_id: string }>(
  'open_executions',
  // A page of each status in the index's order: both at once would be all of them, sorted.
  `select execution_id from (
     ${['RUNNING', 'PENDING_REDRIVE']
       .map(
         (status) =>
           `(select start_date, execution_id from executions where state_machine_arn = $1 and status = '${status}'
             order by start_date, execution_id limit $2)`,
       )
       .join(' union all ')}) as open
   order by start_date, execution_id limit $2`,
);

// Nearly every call names an execution, and callers who wait for an end ask again and again: those who ask at the same
// time share a statement.
const findById = statement<ExecutionRow>(
  'find_executions',
  `select ${executionColumns('e')} from executions e where e.execution_id = any($1::uuid[])`,
);
const findByArn = statement<ExecutionRow>(
  'find_executions_by_arn',
  `select ${executionColumns('e')} from execution_names n join executions e on e.execution_id = n.execution_id
   where n.execution_arn = any($1)`,
);

/** Executions in one statement, and statements of them at once. */
const FIND_BATCH = 32;
const FINDS_IN_FLIGHT = 2;
const FINDS_WAITING = 10_000;

/** Finds by one key, for all who ask meanwhile. */
function finder(
  read: (keys: readonly string[]) => Promise<ExecutionRow[]>,
  keyOf: (row: ExecutionRow) => string,
): (key: string) => Promise<ExecutionRecord | null> {
  const gatherer = new Gatherer({
    async run(keys: readonly string[]) {
      const rows = await read([...new Set(keys)]);
      const found = new Map(rows.map((row) => [keyOf(row), executionRecord(row)]));
      return keys.map((key) => found.get(key) ?? null);
    },
    maxBatch: FIND_BATCH,
    maxInFlight: FINDS_IN_FLIGHT,
    maxWaiting: FINDS_WAITING,
  });
  return (key) => gatherer.ask(key);
}

export function executionVerbs(database: Database): ExecutionStore {
  const byId = finder(
    (ids) => database.read(findById, [uuidArray(ids)]),
    (row) => row.execution_id,
  );
  const byArn = finder(
    (arns) => database.read(findByArn, [[...arns]]),
    (row) => row.execution_arn,
  );
  return {
    async findExecution(executionId) {
      // Whatever is no UUID names nothing; asked for, it would be an error.
      return UUID.test(executionId) ? byId(executionId.toLowerCase()) : null;
    },
    async findExecutionByArn(executionArn) {
      // A child of a Map Run is named by its id, and has no row for its name.
      const childId = childIdOfArn(executionArn);
      if (childId === null) return byArn(executionArn);
      const child = await this.findExecution(childId);
      return child?.executionArn === executionArn ? child : null;
    },
    async listExecutions(query) {
      return listExecutions(database, query);
    },
    async searchExecutions(query) {
      return searchExecutions(database, query);
    },
    async readInputs(executionIds, maxBytes) {
      return executionIds.length === 0 ? [] : readInputs(database, executionIds, maxBytes);
    },
    async listOpenExecutionIds(stateMachineArn, limit) {
      const rows = await database.read(openExecutions, [stateMachineArn, limit]);
      return rows.map((row) => row.execution_id);
    },
    async readHistory(query) {
      return UUID.test(query.executionId) ? readHistory(database, query) : [];
    },
    async deleteEndedBefore(stopDate, limit) {
      return deleteEndedBefore(database, stopDate, limit);
    },
  };
}

/** The index holds the executions of a machine by status; without a status a page is merged from a page of each. */
async function listExecutions(database: Database, query: ListExecutionsQuery): Promise<ExecutionRecord[]> {
  const { stateMachineArn, version, alias, status, after, limit } = query;
  // As one comparison it is where the index scan begins, however far the page is from the newest.
  const before =
    after === undefined
      ? undefined
      : sql`(${executions.startDate}, ${executions.executionId}) < (${after.startDate}::bigint, ${after.executionId}::uuid)`;
  // Few executions name a version or an alias: these have an index of their own, and the status is looked at on the way.
  if (version !== undefined || alias !== undefined) {
    return readExecutions(
      database,
      and(
        eq(executions.stateMachineArn, stateMachineArn),
        version === undefined ? undefined : eq(executions.version, version),
        alias === undefined ? undefined : eq(executions.alias, alias),
        status === undefined ? undefined : eq(executions.status, status),
        before,
      ),
      limit,
    );
  }
  const pages = await Promise.all(
    (status === undefined ? ALL_STATUSES : [status]).map((one) =>
      readExecutions(
        database,
        and(eq(executions.stateMachineArn, stateMachineArn), eq(executions.status, one), before),
        limit,
      ),
    ),
  );
  // An execution that ends between two of these reads stands in both.
  const found = new Map(pages.flat().map((record) => [record.executionId, record]));
  return [...found.values()].sort(newestFirst).slice(0, limit);
}

function newestFirst(left: ExecutionRecord, right: ExecutionRecord): number {
  return right.startDate - left.startDate || (left.executionId < right.executionId ? 1 : -1);
}

async function readExecutions(
  database: Database,
  condition: SQL | undefined,
  limit: number,
): Promise<ExecutionRecord[]> {
  const rows = await database.cold((orm) =>
    orm
      .select()
      .from(executions)
      .where(condition)
      .orderBy(desc(executions.startDate), desc(executions.executionId))
      .limit(limit),
  );
  return rows.map(toRecord);
}

function toRecord(row: typeof executions.$inferSelect): ExecutionRecord {
  const { parentExecutionId, parentTaskId, parentSync, version, alias, ...record } = row;
  const parent =
    parentExecutionId === null || parentTaskId === null
      ? null
      : { executionId: parentExecutionId, taskId: parentTaskId, sync: parentSync === true };
  return { ...record, parent, qualifier: version === null ? null : { version, alias } };
}
