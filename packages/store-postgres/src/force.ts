import type { ClaimedRun, ForceOutcome, RunCommit } from '@everstep/engine';
import { uuidArray } from './columns.ts';
import { writeCommits } from './commit.ts';
import type { Database } from './database.ts';
import { executionColumns } from './execution-row.ts';
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

const lockOwner = statement<{ owner: string | null }>(
  'lock_owner',
  'select owner from runs where execution_id = $1::uuid for update',
);

// Nobody owns the run from here on: where the commit neither parks nor ends it, it is due at once.
const takeByForce = statement<RunRow>(
  'take_by_force',
  `update runs r set epoch = r.epoch + 1, owner = null, wake_at = ${NOW_MS}, claim_open = false
   from executions e where r.execution_id = $1::uuid and e.execution_id = r.execution_id and e.execution_id = $1::uuid
   returning ${RUN_COLUMNS}, ${executionColumns('e')}`,
);

const readForced = statement<PartRow>(
  'read_forced_parts',
  `select f.execution_id, 'frame' as kind, null::int as number, f.frame_id as label, f.data,
     null::bigint as timeout_at, null::bigint as heartbeat_at
   from frames f where f.execution_id = any($1::uuid[])
   union all ${inboxAndTokens('runs', 's.execution_id = any($1::uuid[])')}`,
);

/**
 * One transaction without an owner in between. After a deadlock `decide` is asked again, with what is there then; where
 * it throws, or its commit is refused, nothing has changed.
 */
export async function force(
  database: Database,
  executionId: string,
  decide: (run: ClaimedRun) => RunCommit,
): Promise<ForceOutcome> {
  return database.transaction(async (transaction): Promise<ForceOutcome> => {
    const [locked] = await transaction.send(lockOwner, [executionId]);
    if (locked === undefined) {
      await transaction.rollback();
      return { kind: 'ended' };
    }
    const [[row], parts] = await Promise.all([
      transaction.send(takeByForce, [executionId]),
      transaction.send(readForced, [uuidArray([executionId])]),
    ]);
    if (row === undefined) throw new Error(`store-postgres: execution ${executionId} has a run, but is not listed`);
    const run = claimedRun(row, gatherParts(parts).get(executionId) ?? emptyParts());
    const commit = decide(run);
    if (commit.executionId !== executionId || commit.epoch !== run.epoch) {
      throw new Error(`a forced commit of execution ${executionId} must carry its id and epoch ${run.epoch}`);
    }
    const [outcome] = await writeCommits(transaction, [commit]);
    if (outcome?.kind !== 'committed') {
      const why = outcome?.kind === 'unstorable' ? outcome.message : outcome?.kind;
      throw new Error(`a forced commit of execution ${executionId} was refused: ${why}`);
    }
    await transaction.commit();
    return { kind: 'committed', told: outcome.told, formerOwner: locked.owner };
  });
}
