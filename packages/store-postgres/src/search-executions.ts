import type { ExecutionInput, ExecutionStatus, ExecutionSummary, SearchExecutionsQuery } from '@everstep/engine';
import { stateMachineArn } from '@everstep/protocol';
import { between } from './arn-range.ts';
import { uuidArray } from './columns.ts';
import type { Database } from './database.ts';
import { type SQL, sql } from './drizzle.ts';
import { ALL_STATUSES } from './execution-row.ts';
import { stateMachines } from './schema/catalog.ts';
import { executions } from './schema/executions.ts';
import { decodeNullable } from './text.ts';

interface SummaryRow extends Record<string, unknown> {
  readonly execution_id: string;
  readonly execution_arn: string;
  readonly name: string;
  readonly state_machine_arn: string;
  readonly status: ExecutionStatus;
  // Drizzle has parsers of its own, by which bigint is text.
  readonly start_date: string;
  readonly stop_date: string | null;
  readonly redrive_count: number;
  readonly redrive_date: string | null;
  readonly version: number | null;
  readonly alias: string | null;
}

const COLUMNS = sql.raw(
  'execution_id, execution_arn, name, state_machine_arn, status, start_date, stop_date, redrive_count, redrive_date, version, alias',
);
const NEWEST_FIRST = sql.raw('start_date desc, execution_id desc');

/** Executions of one machine or of all, none of their data. */
export async function searchExecutions(database: Database, query: SearchExecutionsQuery): Promise<ExecutionSummary[]> {
  const { machine } = query;
  const isQualified = machine?.version !== undefined || machine?.alias !== undefined;
  const statement = isQualified ? ofQualifier(query) : ofMachines(query);
  const { rows } = await database.cold((orm) => orm.execute<SummaryRow>(statement));
  return rows.map(toSummary);
}

/** The index has a machine's executions by status, so a page is merged from one of each machine and status. */
function ofMachines(query: SearchExecutionsQuery): SQL {
  const { machine, statuses = ALL_STATUSES, limit } = query;
  const prefix = stateMachineArn(query, '');
  const machines =
    machine === undefined
      ? between(stateMachines.stateMachineArn, prefix, undefined)
      : sql`${stateMachines.stateMachineArn} = ${machine.stateMachineArn}`;
  const wanted = sql.join(
    statuses.map((status) => sql`(${status})`),
    sql`, `,
  );
  return sql`
    select page.* from ${stateMachines}
    cross join (values ${wanted}) as wanted (wanted_status)
    cross join lateral (
      select ${COLUMNS} from ${executions}
      where ${executions.stateMachineArn} = ${stateMachines.stateMachineArn}
        and status = wanted_status::text and ${within(query)}
      order by ${NEWEST_FIRST} limit ${limit}
    ) as page
    where ${machines}
    order by ${NEWEST_FIRST} limit ${limit}`;
}

/** Few executions name a version or an alias: these have an index of their own. */
function ofQualifier(query: SearchExecutionsQuery): SQL {
  const { machine, statuses, limit } = query;
  const conditions = [sql`state_machine_arn = ${machine?.stateMachineArn}`, within(query)];
  if (machine?.version !== undefined) conditions.push(sql`version = ${machine.version}`);
  if (machine?.alias !== undefined) conditions.push(sql`alias = ${machine.alias}`);
  if (statuses !== undefined) {
    const wanted = statuses.map((status) => sql`${status}`);
    conditions.push(sql`status in (${sql.join(wanted, sql`, `)})`);
  }
  return sql`
    select ${COLUMNS} from ${executions} where ${sql.join(conditions, sql` and `)}
    order by ${NEWEST_FIRST} limit ${limit}`;
}

/** How long an input is stands beside it: what is not answered is not read either. */
export async function readInputs(
  database: Database,
  executionIds: readonly string[],
  maxBytes: number,
): Promise<ExecutionInput[]> {
  const statement = sql`
    select execution_id, input from (
      select wanted.number, wanted.execution_id, found.input,
        sum(octet_length(found.input)) over (order by wanted.number) as bytes
      from unnest(${uuidArray(executionIds)}::uuid[]) with ordinality as wanted (execution_id, number)
      left join ${executions} as found on found.execution_id = wanted.execution_id
    ) as measured
    where number = 1 or coalesce(bytes, 0) <= ${maxBytes}::bigint
    order by number`;
  const { rows } = await database.cold((orm) => orm.execute<{ execution_id: string; input: string | null }>(statement));
  return rows.map(({ execution_id: executionId, input }) => ({ executionId, input: decodeNullable(input) }));
}

function within({ startedFrom = 0, after }: SearchExecutionsQuery): SQL {
  const from = sql`start_date >= ${startedFrom}::bigint`;
  if (after === undefined) return from;
  return sql`${from} and (start_date, execution_id) < (${after.startDate}::bigint, ${after.executionId}::uuid)`;
}

function toSummary(row: SummaryRow): ExecutionSummary {
  return {
    executionId: row.execution_id,
    executionArn: row.execution_arn,
    name: row.name,
    stateMachineArn: row.state_machine_arn,
    status: row.status,
    startDate: Number(row.start_date),
    stopDate: milliseconds(row.stop_date),
    redriveCount: row.redrive_count,
    redriveDate: milliseconds(row.redrive_date),
    qualifier: row.version === null ? null : { version: row.version, alias: row.alias },
  };
}

function milliseconds(text: string | null): number | null {
  return text === null ? null : Number(text);
}
