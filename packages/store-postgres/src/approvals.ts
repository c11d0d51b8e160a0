import type { ApprovalChange, ApprovalRecord, ApprovalStatus, ApprovalStore } from '@everstep/engine';
import { ACCEPTABLE, completeWith } from './complete-task.ts';
import type { Database } from './database.ts';
import { NOW_MS, statement } from './statement.ts';
import { decodeText, encodeText } from './text.ts';

interface ApprovalRow {
  readonly execution_id: string;
  readonly task_id: number;
  readonly account_id: string;
  readonly execution_arn: string;
  readonly state_machine_arn: string;
  readonly state_name: string;
  readonly request: string;
  readonly progress: string;
  readonly status: ApprovalStatus;
  readonly people: string[];
  readonly version: number;
  readonly created_at: number;
  readonly closed_at: number | null;
  readonly rank: number;
  readonly look_at: number | null;
}

const COLUMNS = `a.execution_id, a.task_id, a.account_id, a.execution_arn, a.state_machine_arn, a.state_name, a.request,
     a.progress, a.status, a.people, a.version, a.created_at, a.closed_at, a.rank, a.look_at`;

const insertApproval = statement<{ task_id: number }>(
  'insert_approval',
  `insert into approvals (execution_id, task_id, account_id, execution_arn, state_machine_arn, state_name, request,
     progress, status, people, version, created_at, closed_at, rank, look_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
   on conflict (execution_id, task_id) do nothing returning task_id`,
);

const findApproval = statement<ApprovalRow>(
  'find_approval',
  `select ${COLUMNS} from approvals a where a.execution_id = $1::uuid and a.task_id = $2`,
);

// The token's row, by its key: what accepts no result any more is nobody's to decide.
const WAITS = `exists (select 1 from task_tokens t where t.execution_id = a.execution_id and t.task_id = a.task_id
       and ${ACCEPTABLE} offset 0)`;

const FILTER = `a.account_id = $1 and (a.rank, a.execution_id, a.task_id) > ($2::bigint, $3::uuid, $4::int)
     and ($5::text[] is null or a.people && $5::text[]) and ($6::text is null or a.state_machine_arn = $6)
     and ($7::uuid is null or a.execution_id = $7::uuid)`;
const ORDER = 'order by a.rank, a.execution_id, a.task_id limit $8';

const listOpen = statement<ApprovalRow>(
  'list_open_approvals',
  `select ${COLUMNS} from approvals a where a.status = 'OPEN' and ${FILTER} and ${WAITS} ${ORDER}`,
);

const listClosed = statement<ApprovalRow>(
  'list_closed_approvals',
  `select ${COLUMNS} from approvals a where a.status <> 'OPEN' and ${FILTER} ${ORDER}`,
);

const changeApproval = statement<{ task_id: number }>(
  'change_approval',
  `update approvals set progress = $4, status = $5, people = $6, closed_at = $7, rank = $8, look_at = $9,
     version = version + 1
   where execution_id = $1::uuid and task_id = $2 and version = $3 returning task_id`,
);

const takeApprovals = statement<ApprovalRow>(
  'take_approvals',
  `with due as materialized (
     select execution_id, task_id from approvals where look_at <= (select ${NOW_MS}) order by look_at limit $1
     for update skip locked)
   update approvals a set look_at = ${NOW_MS} + $2 from due
   where a.execution_id = due.execution_id and a.task_id = due.task_id returning ${COLUMNS}`,
);

const listForsaken = statement<ApprovalRow>(
  'list_forsaken_approvals',
  `select ${COLUMNS} from approvals a
   where (a.execution_id, a.task_id) > ($1::uuid, $2::int) and a.status = 'OPEN' and not ${WAITS}
   order by a.execution_id, a.task_id limit $3`,
);

const NO_ID = '00000000-0000-0000-0000-000000000000';
const BEFORE_ALL = { rank: -(2 ** 53), executionId: NO_ID, taskId: 0 };

export function approvalVerbs(database: Database): ApprovalStore {
  return {
    async createApproval(record) {
      const { executionId, taskId, accountId, executionArn, stateMachineArn, stateName } = record;
      const { request, progress, status, people, version, createdAt, closedAt, rank, lookAt } = record;
      const rows = await database.write(insertApproval, [
        ...[executionId, taskId, accountId, executionArn, stateMachineArn, encodeText(stateName)],
        ...[encodeText(request), encodeText(progress), status, people.map(encodeText), version],
        ...[createdAt, closedAt, rank, lookAt],
      ]);
      return rows.length > 0;
    },
    async findApproval({ executionId, taskId }) {
      const [row] = await database.read(findApproval, [executionId, taskId]);
      return row === undefined ? null : recordOf(row);
    },
    async listApprovals({ accountId, open, people, stateMachineArn, executionId, after = BEFORE_ALL, limit }) {
      const place = [after.rank, after.executionId, after.taskId];
      const filter = [people?.map(encodeText) ?? null, stateMachineArn ?? null, executionId ?? null];
      const rows = await database.read(open ? listOpen : listClosed, [accountId, ...place, ...filter, limit]);
      return rows.map(recordOf);
    },
    async changeApproval(change, version) {
      return (await database.write(changeApproval, changeValues(change, version))).length > 0;
    },
    async decideApproval({ change, version, activation, graceMs }) {
      const { executionId, taskId } = change;
      return completeWith(database, { executionId, taskId, activation, graceMs }, async (runner) => {
        return (await runner.send(changeApproval, changeValues(change, version))).length > 0;
      });
    },
    async takeApprovals({ limit, leaseMs }) {
      return (await database.write(takeApprovals, [limit, leaseMs])).map(recordOf);
    },
    async listForsakenApprovals({ after = BEFORE_ALL, limit }) {
      return (await database.read(listForsaken, [after.executionId, after.taskId, limit])).map(recordOf);
    },
  };
}

function changeValues(change: ApprovalChange, version: number) {
  const { executionId, taskId, progress, status, people, closedAt, rank, lookAt } = change;
  const changed = [encodeText(progress), status, people.map(encodeText), closedAt, rank, lookAt];
  return [executionId, taskId, version, ...changed];
}

function recordOf(row: ApprovalRow): ApprovalRecord {
  return {
    executionId: row.execution_id,
    taskId: row.task_id,
    accountId: row.account_id,
    executionArn: row.execution_arn,
    stateMachineArn: row.state_machine_arn,
    stateName: decodeText(row.state_name),
    request: decodeText(row.request),
    progress: decodeText(row.progress),
    status: row.status,
    people: row.people.map(decodeText),
    version: row.version,
    createdAt: row.created_at,
    closedAt: row.closed_at,
    rank: row.rank,
    lookAt: row.look_at,
  };
}
