import { hash } from 'node:crypto';
import type { NewExecution, StartOutcome } from '@everstep/engine';
import { booleanArray, numberArray, slice, TextBlob, uuidArray } from './columns.ts';
import type { Database } from './database.ts';
import { databaseError } from './errors.ts';
import { NOW_MS, statement } from './statement.ts';
import { encodeNullable, encodeText } from './text.ts';
import type { Transaction } from './transaction.ts';

const UNIQUE_VIOLATION = '23505';

// FOR SHARE, so that a machine cannot be marked as deleting between this look and our commit.
export const lockMachines = statement<{ state_machine_arn: string }>(
  'lock_machines',
  `select state_machine_arn from state_machines where state_machine_arn = any($1) and status = 'ACTIVE'
   order by state_machine_arn for share`,
);

const claimNames = statement<{ execution_arn: string }>(
  'claim_names',
  `insert into execution_names (execution_arn, execution_id, start_date, input_hash)
   select ${slice('$1', 'n.arn_offset', 'n.arn_length')}, n.execution_id, n.start_date,
     ${slice('$1', 'n.hash_offset', 'n.hash_length')}
   from unnest($2::uuid[], $3::int[], $4::int[], $5::bigint[], $6::int[], $7::int[])
     as n(execution_id, arn_offset, arn_length, start_date, hash_offset, hash_length)
   on conflict (execution_arn) do update set execution_id = excluded.execution_id, start_date = excluded.start_date,
     input_hash = excluded.input_hash, reusable_at = null, orphaned_until = null
   where execution_names.reusable_at <= ${NOW_MS}
   returning execution_arn`,
);

interface HolderRow {
  readonly execution_arn: string;
  readonly execution_id: string;
  readonly start_date: number;
  readonly input_hash: string;
  readonly state: 'open' | 'taken' | 'free';
}

const readNames = statement<HolderRow>(
  'read_names',
  `select execution_arn, execution_id, start_date, input_hash,
     case when reusable_at is null then 'open' when reusable_at > ${NOW_MS} then 'taken' else 'free' end as state
   from execution_names where execution_arn = any($1)`,
);

interface StartedRow {
  readonly execution_id: string;
  readonly execution_arn: string;
  readonly start_date: number;
  readonly parent_execution_id: string | null;
  readonly parent_task_id: number | null;
}

const findStarted = statement<StartedRow>(
  'find_started',
  `select execution_id, execution_arn, start_date, parent_execution_id, parent_task_id
   from executions where execution_id = any($1::uuid[])`,
);

const findChildren = statement<StartedRow>(
  'find_children',
  `select e.execution_id, e.execution_arn, e.start_date, e.parent_execution_id, e.parent_task_id
   from unnest($1::uuid[], $2::int[]) as task(execution_id, task_id)
   join executions e on e.parent_execution_id = task.execution_id and e.parent_task_id = task.task_id`,
);

export const insertExecutions = statement(
  'insert_executions',
  `with rows as materialized (
     select n.execution_id, n.start_date, n.format, n.grace_ms, n.parent_execution_id, n.parent_task_id, n.parent_sync,
       n.version, ${slice('$1', 'n.alias_offset', 'n.alias_length')} as alias,
       ${slice('$1', 'n.arn_offset', 'n.arn_length')} as execution_arn,
       ${slice('$1', 'n.name_offset', 'n.name_length')} as name,
       ${slice('$1', 'n.machine_offset', 'n.machine_length')} as state_machine_arn,
       ${slice('$1', 'n.revision_offset', 'n.revision_length')} as revision_id,
       ${slice('$1', 'n.input_offset', 'n.input_length')} as input,
       ${slice('$1', 'n.trace_offset', 'n.trace_length')} as trace_header,
       ${slice('$1', 'n.checkpoint_offset', 'n.checkpoint_length')} as checkpoint,
       ${slice('$1', 'n.activation_offset', 'n.activation_length')} as activation
     from unnest($2::uuid[], $3::bigint[], $4::int[], $5::int[], $6::uuid[], $7::int[], $8::boolean[], $9::int[], $10::int[],
       $11::int[], $12::int[], $13::int[], $14::int[], $15::int[], $16::int[], $17::int[], $18::int[], $19::int[],
       $20::int[], $21::int[], $22::int[], $23::int[], $24::int[], $25::int[], $26::int[], $27::int[])
       as n(execution_id, start_date, format, grace_ms, parent_execution_id, parent_task_id, parent_sync, arn_offset,
         arn_length, name_offset, name_length, machine_offset, machine_length, revision_offset, revision_length,
         input_offset, input_length, trace_offset, trace_length, checkpoint_offset, checkpoint_length,
         activation_offset, activation_length, alias_offset, alias_length, version)),
   listed as (
     insert into executions (execution_id, execution_arn, name, state_machine_arn, revision_id, status, start_date, input,
       trace_header, parent_execution_id, parent_task_id, parent_sync, version, alias)
     select execution_id, execution_arn, name, state_machine_arn, revision_id, 'RUNNING', start_date, input,
       trace_header, parent_execution_id, parent_task_id, parent_sync, version, alias from rows),
   opened as (
     insert into runs (execution_id, wake_at, grace_ms, base_grace_ms, signals, format, checkpoint)
     select execution_id, ${NOW_MS} + grace_ms, grace_ms, grace_ms, 1, format, checkpoint from rows)
   insert into inbox (execution_id, number, activation) select execution_id, 1, activation from rows`,
);

interface Candidate {
  readonly execution: NewExecution;
  readonly inputHash: string;
}

/** Who has a name: what an outcome is decided by. */
interface Holder {
  readonly executionId: string;
  readonly startDate: number;
  readonly inputHash: string;
  readonly state: 'open' | 'taken' | 'free';
}

/** What the decisions of one batch are made of. */
interface Findings {
  readonly active: ReadonlySet<string>;
  /** The same start, by execution id and by parent task. */
  readonly started: ReadonlyMap<string, StartedRow>;
  readonly holders: ReadonlyMap<string, Holder>;
  readonly claimed: ReadonlySet<Candidate>;
}

export async function startExecutions(database: Database, batch: readonly NewExecution[]): Promise<StartOutcome[]> {
  if (batch.length === 0) return [];
  const candidates = batch.map((execution) => ({ execution, inputHash: inputHashOf(execution) }));
  try {
    return await startOnce(database, candidates);
  } catch (error) {
    // Somebody inserted one of these ids between our look and our insert: the next look finds it.
    if (databaseError(error)?.code !== UNIQUE_VIOLATION) throw error;
    return startOnce(database, candidates);
  }
}

function inputHashOf({ input, inputDigest }: NewExecution): string {
  return inputDigest ?? hash('sha256', input, 'hex');
}

async function startOnce(database: Database, candidates: readonly Candidate[]): Promise<StartOutcome[]> {
  return database.transaction(async (transaction) => {
    const [active, started] = await Promise.all([
      lockActive(transaction, candidates),
      findSameStarts(transaction, candidates),
    ]);
    const { claimed, holders } = await claim(transaction, candidates, active, started);
    if (claimed.length > 0) {
      void transaction.send(insertExecutions, insertValues(claimed.map((candidate) => candidate.execution)));
    }
    const outcomes = decideAll(candidates, { active, started, holders, claimed: new Set(claimed) });
    await transaction.commit();
    return outcomes;
  });
}

async function lockActive(transaction: Transaction, candidates: readonly Candidate[]): Promise<Set<string>> {
  const machines = new Set(candidates.map(({ execution }) => execution.stateMachineArn));
  const rows = await transaction.send(lockMachines, [[...machines]]);
  return new Set(rows.map((row) => row.state_machine_arn));
}

async function findSameStarts(
  transaction: Transaction,
  candidates: readonly Candidate[],
): Promise<Map<string, StartedRow>> {
  const parents = candidates.flatMap(({ execution }) => execution.parent ?? []);
  const [same, children] = await Promise.all([
    transaction.send(findStarted, [uuidArray(candidates.map(({ execution }) => execution.executionId))]),
    parents.length === 0
      ? []
      : transaction.send(findChildren, [
          uuidArray(parents.map((parent) => parent.executionId)),
          numberArray(parents.map((parent) => parent.taskId)),
        ]),
  ]);
  const started = new Map(same.map((row) => [row.execution_id, row]));
  for (const row of children) {
    if (row.parent_execution_id !== null && row.parent_task_id !== null) {
      started.set(`${row.parent_execution_id}:${row.parent_task_id}`, row);
    }
  }
  return started;
}

/** Under which names the same start is known: its id, and the task that asks for it. */
function identities({ execution }: Candidate): string[] {
  const { executionId, parent } = execution;
  return parent === null ? [executionId] : [`${parent.executionId}:${parent.taskId}`, executionId];
}

function sameStart(candidate: Candidate, started: ReadonlyMap<string, StartedRow>): StartedRow | undefined {
  for (const identity of identities(candidate)) {
    const row = started.get(identity);
    if (row !== undefined) return row;
  }
  return undefined;
}

/**
 * Claims each name of the batch once, for the first that asks for it, in the order of the names, so that two batches
 * do not wait for each other crosswise; answers the winners and who holds each of the names then.
 */
async function claim(
  transaction: Transaction,
  candidates: readonly Candidate[],
  active: ReadonlySet<string>,
  started: ReadonlyMap<string, StartedRow>,
): Promise<{ claimed: Candidate[]; holders: Map<string, Holder> }> {
  const first = new Map<string, Candidate>();
  const names = new Set<string>();
  const seen = new Set<string>();
  for (const candidate of candidates) {
    const { executionArn, stateMachineArn } = candidate.execution;
    if (sameStart(candidate, started) !== undefined) continue;
    names.add(executionArn);
    const again = identities(candidate).some((identity) => seen.has(identity));
    for (const identity of identities(candidate)) seen.add(identity);
    if (!again && active.has(stateMachineArn) && !first.has(executionArn)) first.set(executionArn, candidate);
  }
  const ordered = [...first.values()].sort((a, b) => (a.execution.executionArn < b.execution.executionArn ? -1 : 1));
  const rows = ordered.length === 0 ? [] : await transaction.send(claimNames, claimValues(ordered));
  const won = new Set(rows.map((row) => row.execution_arn));
  const claimed = ordered.filter((candidate) => won.has(candidate.execution.executionArn));
  const holders = new Map(claimed.map((candidate) => [candidate.execution.executionArn, holderOf(candidate)]));
  const others = [...names].filter((name) => !won.has(name));
  if (others.length > 0) {
    for (const row of await transaction.send(readNames, [others])) {
      const { execution_id: executionId, start_date: startDate, input_hash: inputHash, state } = row;
      holders.set(row.execution_arn, { executionId, startDate, inputHash, state });
    }
  }
  return { claimed, holders };
}

/** In the order of the batch: an outcome that stands answers a later repetition of the same start. */
function decideAll(candidates: readonly Candidate[], findings: Findings): StartOutcome[] {
  const before = new Map<string, StartOutcome>();
  return candidates.map((candidate) => {
    const earlier = identities(candidate).flatMap((identity) => before.get(identity) ?? [])[0];
    const outcome = earlier ?? decide(candidate, findings);
    const { executionId, executionArn, startDate } = candidate.execution;
    const repeated: StartOutcome =
      outcome.kind === 'started' ? { kind: 'existing', executionId, executionArn, startDate } : outcome;
    for (const identity of identities(candidate)) before.set(identity, repeated);
    return outcome;
  });
}

function decide(candidate: Candidate, { active, started, holders, claimed }: Findings): StartOutcome {
  if (claimed.has(candidate)) return { kind: 'started' };
  const { executionId, executionArn, stateMachineArn } = candidate.execution;
  const same = sameStart(candidate, started);
  if (same !== undefined) {
    return {
      kind: 'existing',
      executionId: same.execution_id,
      executionArn: same.execution_arn,
      startDate: same.start_date,
    };
  }
  const holder = holders.get(executionArn);
  // A name that became free after we had been refused was taken when we asked.
  if (holder !== undefined && (holder.state !== 'free' || active.has(stateMachineArn))) {
    const equal = holder.state === 'open' && holder.inputHash === candidate.inputHash;
    if (!equal && holder.executionId !== executionId) return { kind: 'conflict', executionArn };
    return { kind: 'existing', executionId: holder.executionId, executionArn, startDate: holder.startDate };
  }
  if (!active.has(stateMachineArn)) return { kind: 'no-machine' };
  throw new Error(`store-postgres: nobody holds the name ${executionArn}, and nobody got it`);
}

function holderOf({ execution, inputHash }: Candidate): Holder {
  return { executionId: execution.executionId, startDate: execution.startDate, inputHash, state: 'open' };
}

function claimValues(candidates: readonly Candidate[]) {
  const executions = candidates.map((candidate) => candidate.execution);
  const blob = new TextBlob();
  const arns = blob.column(executions.map((execution) => execution.executionArn));
  const hashes = blob.column(candidates.map((candidate) => candidate.inputHash));
  return [
    blob.buffer(),
    uuidArray(executions.map((execution) => execution.executionId)),
    ...arns,
    numberArray(executions.map((execution) => execution.startDate)),
    ...hashes,
  ];
}

export function insertValues(executions: readonly NewExecution[]) {
  const blob = new TextBlob();
  const texts = [
    ...blob.column(executions.map((execution) => execution.executionArn)),
    ...blob.column(executions.map((execution) => execution.name)),
    ...blob.column(executions.map((execution) => execution.stateMachineArn)),
    ...blob.column(executions.map((execution) => execution.revisionId)),
    ...blob.column(executions.map((execution) => encodeText(execution.input))),
    ...blob.column(executions.map((execution) => encodeNullable(execution.traceHeader))),
    ...blob.column(executions.map((execution) => execution.checkpoint)),
    ...blob.column(executions.map((execution) => execution.activation)),
    ...blob.column(executions.map((execution) => execution.qualifier?.alias ?? null)),
  ];
  return [
    blob.buffer(),
    uuidArray(executions.map((execution) => execution.executionId)),
    numberArray(executions.map((execution) => execution.startDate)),
    numberArray(executions.map((execution) => execution.format)),
    numberArray(executions.map((execution) => execution.graceMs)),
    uuidArray(executions.map((execution) => execution.parent?.executionId ?? null)),
    numberArray(executions.map((execution) => execution.parent?.taskId ?? null)),
    booleanArray(executions.map((execution) => execution.parent?.sync ?? null)),
    ...texts,
    numberArray(executions.map((execution) => execution.qualifier?.version ?? null)),
  ];
}
