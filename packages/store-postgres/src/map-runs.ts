import type { ListChildrenQuery, MapRunRecord, MapRunStatus, MapRunStore, MapRunUpdate, Told } from '@everstep/engine';
import { lockRuns, writeArrivals } from './arrivals.ts';
import type { Database } from './database.ts';
import { type ExecutionRow, executionColumns, executionRecord } from './execution-row.ts';
import { type Statement, statement } from './statement.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

interface MapRunRow {
  readonly map_run_id: string;
  readonly map_run_arn: string;
  readonly execution_id: string;
  readonly execution_arn: string;
  readonly state_machine_arn: string;
  readonly status: MapRunStatus;
  readonly start_date: number;
  readonly stop_date: number | null;
  readonly max_concurrency: number;
  readonly tolerated_failure_count: number | null;
  readonly tolerated_failure_percentage: number | null;
  readonly progress: string;
  readonly redrive_count: number;
  readonly redrive_date: number | null;
}

const COLUMNS = `map_run_id, map_run_arn, execution_id, execution_arn, state_machine_arn, status, start_date, stop_date,
  max_concurrency, tolerated_failure_count, tolerated_failure_percentage, progress, redrive_count, redrive_date`;

const findMapRun = statement<MapRunRow>(
  'find_map_run',
  `select ${COLUMNS} from map_runs where map_run_id = $1::uuid and map_run_arn = $2`,
);

const listMapRuns = statement<MapRunRow>(
  'list_map_runs',
  `select ${COLUMNS} from map_runs where execution_id = $1::uuid and (start_date, map_run_id) < ($2::bigint, $3::uuid)
   order by start_date desc, map_run_id desc limit $4`,
);

const updateLimits = statement(
  'update_map_run_limits',
  `update map_runs set max_concurrency = coalesce($2::bigint, max_concurrency),
     tolerated_failure_count = coalesce($3::bigint, tolerated_failure_count),
     tolerated_failure_percentage = coalesce($4::float8, tolerated_failure_percentage)
   where map_run_id = $1::uuid`,
);

/** Children carry their parent's time, which tells the partition; their numbers are in the parent's index. */
function childrenStatement(name: string, isForward: boolean): Statement<ExecutionRow> {
  return statement<ExecutionRow>(
    name,
    `select ${executionColumns('e')} from executions e
     where e.parent_execution_id = $1::uuid and e.execution_id between $2::uuid and $3::uuid
       and e.parent_task_id ${isForward ? '>' : '<'} $4::int and ($5::text is null or e.status = $5)
       and ($6::boolean is null or (e.redrive_count > 0) = $6)
     order by e.parent_task_id ${isForward ? 'asc' : 'desc'} limit $7`,
  );
}

const childrenByItem = childrenStatement('list_children_by_item', true);
const childrenNewest = childrenStatement('list_children_newest', false);

const readOutcomes = statement<{ page: number; part: number; outcomes: string }>(
  'read_map_run_outcomes',
  `select page, part, outcomes from map_run_outcomes where map_run_id = $1::uuid and page >= $2::int and page < $3::int
   order by page, part`,
);

const LAST_DATE = Number.MAX_SAFE_INTEGER;
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const LAST_INDEX = 2_147_483_647;

export function mapRunVerbs(database: Database): MapRunStore {
  return {
    async findMapRun(mapRunArn) {
      const id = mapRunArn.slice(mapRunArn.lastIndexOf(':') + 1);
      if (!UUID.test(id)) return null;
      const [row] = await database.read(findMapRun, [id, mapRunArn]);
      return row === undefined ? null : recordOf(row);
    },
    async listMapRuns({ executionId, after, limit }) {
      const from = [after?.startDate ?? LAST_DATE, after?.mapRunId ?? LAST_ID];
      const rows = await database.read(listMapRuns, [executionId, ...from, limit]);
      return rows.map(recordOf);
    },
    async updateMapRun(update) {
      return updateMapRun(database, update);
    },
    async listChildren(query) {
      return listChildren(database, query);
    },
    async readOutcomes({ mapRunId, page, pages }) {
      return database.read(readOutcomes, [mapRunId, page, page + pages]);
    },
  };
}

/** The run row is locked first, as whoever puts something into an inbox does. */
async function updateMapRun(database: Database, update: MapRunUpdate): Promise<Told | null> {
  const { mapRunId, maxConcurrency, toleratedFailureCount, toleratedFailurePercentage, activation, graceMs } = update;
  return database.transaction(async (transaction): Promise<Told | null> => {
    const runs = await lockRuns(transaction, [mapRunId]);
    const run = runs.get(mapRunId);
    if (run === undefined) {
      await transaction.rollback();
      return null;
    }
    const limits = [maxConcurrency ?? null, toleratedFailureCount ?? null, toleratedFailurePercentage ?? null];
    void transaction.send(updateLimits, [mapRunId, ...limits]);
    writeArrivals(transaction, [{ executionId: mapRunId, activation, graceMs }], runs);
    await transaction.commit();
    return { executionId: mapRunId, owner: run.owner };
  });
}

async function listChildren(database: Database, query: ListChildrenQuery): ReturnType<MapRunStore['listChildren']> {
  const { parentId, status, redriven, after, order, limit } = query;
  if (!UUID.test(parentId)) return [];
  const time = parentId.slice(0, 13);
  const isForward = order === 'items';
  const rows = await database.read(isForward ? childrenByItem : childrenNewest, [
    parentId,
    `${time}-0000-0000-000000000000`,
    `${time}-ffff-ffff-ffffffffffff`,
    after ?? (isForward ? -1 : LAST_INDEX),
    status ?? null,
    redriven ?? null,
    limit,
  ]);
  return rows.map(executionRecord);
}

function recordOf(row: MapRunRow): MapRunRecord {
  return {
    mapRunId: row.map_run_id,
    mapRunArn: row.map_run_arn,
    executionId: row.execution_id,
    executionArn: row.execution_arn,
    stateMachineArn: row.state_machine_arn,
    status: row.status,
    startDate: row.start_date,
    stopDate: row.stop_date,
    maxConcurrency: row.max_concurrency,
    toleratedFailureCount: row.tolerated_failure_count,
    toleratedFailurePercentage: row.tolerated_failure_percentage,
    progress: row.progress,
    redriveCount: row.redrive_count,
    redriveDate: row.redrive_date,
  };
}
