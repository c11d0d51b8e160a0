import type { ClaimRequest, ClaimedRun, Reread, WarmRun } from '@everstep/engine';
import { numberArray, uuidArray } from './columns.ts';
import type { Database } from './database.ts';
import { executionColumns } from './execution-row.ts';
import { type ExpressRow, claimedExpress } from './express-runs.ts';
import {
  claimedRun,
  emptyParts,
  gatherParts,
  inboxAndTokens,
  type PartRow,
  RUN_COLUMNS,
  type RunRow,
} from './run-rows.ts';
import { NOW_MS, statement } from './statement.ts';

/** SQL: worker $1 holds a live lease, and nobody else who is alive owns run `r`. */
const CLAIMABLE = `r.execution_id = any($2::uuid[]) and r.format = any($3::int[])
  and exists (select 1 from workers me where me.worker_id = $1 and not me.dead and me.lease_until > ${NOW_MS})
  and (r.owner is null or r.owner = $1 or not exists (
    select 1 from workers w where w.worker_id = r.owner and not w.dead and w.lease_until > ${NOW_MS}))`;

const lockClaimable = statement(
  'lock_claimable',
  `select r.execution_id from runs r where ${CLAIMABLE} order by r.execution_id for update`,
);

// Looks again with a new snapshot: who owned the run, and who was alive, may have changed while we waited for the lock.
const claimRuns = statement<RunRow>(
  'claim_runs',
  `update runs r set owner = $1, epoch = r.epoch + 1, claim_open = true, died = false,
     crashes = r.crashes + (r.died or (r.claim_open and r.owner is not null and r.owner <> $1))::int
   from executions e where e.execution_id = r.execution_id and ${CLAIMABLE}
   returning ${RUN_COLUMNS}, ${executionColumns('e')}`,
);

// Beside the other one, because an Express execution has no row that could be joined.
const claimExpress = statement<ExpressRow>(
  'claim_express',
  `update runs r set owner = $1, epoch = r.epoch + 1, claim_open = true, died = false,
     crashes = r.crashes + (r.died or (r.claim_open and r.owner is not null and r.owner <> $1))::int
   where r.express is not null and ${CLAIMABLE}
   returning r.execution_id, ${RUN_COLUMNS}, r.express`,
);

// By id alone: with the owner in the condition as well, the planner would go through all that the worker owns.
const readParts = statement<PartRow>(
  'read_claimed_parts',
  `select f.execution_id, 'frame' as kind, null::int as number, f.frame_id as label, f.data,
     null::bigint as timeout_at, null::bigint as heartbeat_at
   from runs s join frames f on f.execution_id = s.execution_id where s.execution_id = any($1::uuid[])
   union all ${inboxAndTokens('runs', 's.execution_id = any($1::uuid[])')}`,
);

const EXECUTION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The run rows are locked and updated first, by id; what belongs to them is read by a later statement, which sees what
 * the row may have waited for. None of the statements needs another's answer, so all travel together.
 */
export async function claim(database: Database, request: ClaimRequest): Promise<ClaimedRun[]> {
  // One that is no id would be refused by Postgres together with all the others.
  const executionIds = request.executionIds.filter((id) => EXECUTION_ID.test(id));
  if (executionIds.length === 0 || request.formats.length === 0) return [];
  const ids = uuidArray(executionIds);
  const values = [request.workerId, ids, numberArray(request.formats)];
  const [rows, parts, express] = await database.transaction(async (transaction) => {
    void transaction.send(lockClaimable, values);
    const runs = transaction.send(claimRuns, values);
    const express = transaction.send(claimExpress, values);
    const theirs = transaction.send(readParts, [ids]);
    await transaction.commit();
    return [await runs, await theirs, await express] as const;
  });
  const partsOf = gatherParts(parts);
  const claimed = new Map(
    rows.map((row) => [row.execution_id, claimedRun(row, partsOf.get(row.execution_id) ?? emptyParts())]),
  );
  for (const row of express) {
    claimed.set(row.execution_id, claimedExpress(row, partsOf.get(row.execution_id) ?? emptyParts()));
  }
  return [...new Set(executionIds)].flatMap((executionId) => claimed.get(executionId) ?? []);
}

const lockWarm = statement(
  'lock_warm',
  `select r.execution_id from runs r where r.execution_id = any($1::uuid[]) order by r.execution_id for update`,
);

const claimWarmRuns = statement<{ execution_id: string; epoch: number; consumed: number }>(
  'claim_warm_runs',
  `update runs r set owner = $1, epoch = r.epoch + 1, claim_open = true, died = false, crashes = r.crashes + r.died::int
   from unnest($2::uuid[], $3::int[]) as u(execution_id, epoch)
   where r.execution_id = u.execution_id and r.epoch = u.epoch and r.owner is null
     and exists (select 1 from workers me where me.worker_id = $1 and not me.dead and me.lease_until > ${NOW_MS})
   returning r.execution_id, r.epoch, r.consumed`,
);

const readWarmParts = statement<PartRow>('read_warm_parts', inboxAndTokens('runs', 's.execution_id = any($1::uuid[])'));

/** As a claim, without all that the worker has in memory. */
export async function claimWarm(
  database: Database,
  workerId: string,
  wanted: ReadonlyArray<{ executionId: string; epoch: number }>,
): Promise<WarmRun[]> {
  if (wanted.length === 0) return [];
  const ids = uuidArray(wanted.map((run) => run.executionId));
  const [rows, parts] = await database.transaction(async (transaction) => {
    void transaction.send(lockWarm, [ids]);
    const runs = transaction.send(claimWarmRuns, [workerId, ids, numberArray(wanted.map((run) => run.epoch))]);
    const theirs = transaction.send(readWarmParts, [ids]);
    await transaction.commit();
    return [await runs, await theirs] as const;
  });
  const partsOf = gatherParts(parts);
  return rows.map(({ execution_id: executionId, epoch, consumed }) => {
    const { inbox, tokens } = partsOf.get(executionId) ?? emptyParts();
    return { executionId, epoch, consumed, inbox, tokens };
  });
}

interface RereadRow extends Omit<PartRow, 'kind'> {
  /** Of the question that it answers, from 1; a question without a row of kind `run` is fenced. */
  readonly position: number;
  readonly kind: 'run' | 'inbox' | 'token';
}

// One statement sees inbox and tokens at the same moment.
const rereadRuns = statement<RereadRow>(
  'reread_runs',
  `with own as materialized (
     select u.execution_id, u.consumed, u.position
     from unnest($1::uuid[], $2::int[], $3::int[]) with ordinality as u(execution_id, epoch, consumed, position)
     join runs r on r.execution_id = u.execution_id and r.epoch = u.epoch)
   select execution_id, 'run' as kind, null::int as number, null as label, null as data, null::bigint as timeout_at,
     null::bigint as heartbeat_at, position from own
   union all ${inboxAndTokens('own', 'true', ', s.position')}`,
);

export async function reread(
  database: Database,
  runs: ReadonlyArray<{ executionId: string; epoch: number; consumed: number }>,
): Promise<Reread[]> {
  if (runs.length === 0) return [];
  const rows = await database.read(rereadRuns, [
    uuidArray(runs.map((run) => run.executionId)),
    numberArray(runs.map((run) => run.epoch)),
    numberArray(runs.map((run) => run.consumed)),
  ]);
  const answers = Map.groupBy(rows, (row) => row.position);
  return runs.flatMap(({ executionId }, index) => {
    const answer = answers.get(index + 1);
    if (answer === undefined) return [];
    const parts = answer.flatMap(({ kind, ...row }) => (kind === 'run' ? [] : [{ ...row, kind }]));
    const { inbox, tokens } = gatherParts(parts).get(executionId) ?? emptyParts();
    return [{ executionId, inbox, tokens }];
  });
}

const releaseRuns = statement(
  'release_runs',
  `with released as materialized (
     select r.execution_id, u.wake_in_ms
     from runs r join unnest($1::uuid[], $2::int[], $3::int[]) as u(execution_id, epoch, wake_in_ms)
       on r.execution_id = u.execution_id and r.epoch = u.epoch
     where r.owner is not null order by r.execution_id for update of r)
   update runs r set owner = null, wake_at = ${NOW_MS} + released.wake_in_ms, claim_open = false
   from released where r.execution_id = released.execution_id`,
);

// Under the claim's own epoch its death is noted (`died`) or will be (`claim_open`); a later claim has counted it.
const absolveClaims = statement(
  'absolve_claims',
  `with claims as materialized (
     select r.execution_id, u.epoch from runs r join unnest($1::uuid[], $2::int[]) as u(execution_id, epoch)
       on r.execution_id = u.execution_id and r.epoch >= u.epoch
     order by r.execution_id for update of r)
   update runs r set
     died = r.died and r.epoch > claims.epoch,
     claim_open = r.claim_open and r.epoch > claims.epoch,
     crashes = case when r.epoch > claims.epoch then greatest(0, r.crashes - 1) else r.crashes end
   from claims where r.execution_id = claims.execution_id`,
);

export async function absolve(
  database: Database,
  claims: ReadonlyArray<{ executionId: string; epoch: number }>,
): Promise<void> {
  if (claims.length === 0) return;
  await database.write(absolveClaims, [
    uuidArray(claims.map((one) => one.executionId)),
    numberArray(claims.map((one) => one.epoch)),
  ]);
}

export async function release(
  database: Database,
  runs: ReadonlyArray<{ executionId: string; epoch: number; wakeInMs?: number }>,
): Promise<void> {
  if (runs.length === 0) return;
  await database.write(releaseRuns, [
    uuidArray(runs.map((run) => run.executionId)),
    numberArray(runs.map((run) => run.epoch)),
    numberArray(runs.map((run) => run.wakeInMs ?? 0)),
  ]);
}
