import { hash } from 'node:crypto';
import type { NewExecution, StartOutcome } from '@everstep/engine';
import { numberArray, slice, TextBlob, uuidArray } from './columns.ts';
import type { Database } from './database.ts';
import { afterOthers, databaseError } from './errors.ts';
import { insertExecutions, insertValues } from './insert-executions.ts';
import { startAtOnce } from './start-at-once.ts';
import { NOW_MS, statement } from './statement.ts';
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

/** In one trip who finds its name free; whoever does not is told by whom it is held, or what else is in the way. */
export async function startExecutions(database: Database, batch: readonly NewExecution[]): Promise<StartOutcome[]> {
  if (batch.length === 0) return [];
  const candidates = batch.map((execution) => ({ execution, inputHash: inputHashOf(execution) }));
  const early = await startEarly(database, candidates);
  const others = candidates.filter((candidate) => !early.has(candidate));
  const late = await (early.size > 0
    ? afterOthers(() => startOthers(database, others))
    : startOthers(database, others));
  return candidates.map((candidate) => {
    const outcome = early.get(candidate) ?? late.get(candidate);
    const { executionArn } = candidate.execution;
    if (outcome === undefined)
      throw new Error(`store-postgres: nothing tells what became of the start of ${executionArn}`);
    return outcome;
  });
}

type Outcomes = ReadonlyMap<Candidate, StartOutcome>;

/** Those that are started in one trip. */
async function startEarly(database: Database, candidates: readonly Candidate[]): Promise<Outcomes> {
  const simple = firstOfEachName(candidates.filter(({ execution }) => execution.parent === null));
  if (simple.length === 0) return new Map();
  const started = await unlessKnown(() => startAtOnce(database, simple));
  const early = simple.filter(({ execution }) => started.has(execution.executionId));
  return new Map(early.map((candidate) => [candidate, { kind: 'started' }]));
}

/** The names in their order, so that two batches do not wait for each other crosswise. */
function firstOfEachName(candidates: readonly Candidate[]): Candidate[] {
  const first = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const { executionArn } = candidate.execution;
    if (!first.has(executionArn)) first.set(executionArn, candidate);
  }
  return [...first.values()].sort((a, b) => (a.execution.executionArn < b.execution.executionArn ? -1 : 1));
}

/** One of these ids is there already, which is found out one by one: none of them was started. */
async function unlessKnown(start: () => Promise<Set<string>>): Promise<Set<string>> {
  try {
    return await start();
  } catch (error) {
    if (databaseError(error)?.code !== UNIQUE_VIOLATION) throw error;
    return new Set();
  }
}

async function startOthers(database: Database, candidates: readonly Candidate[]): Promise<Outcomes> {
  if (candidates.length === 0) return new Map();
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

async function startOnce(database: Database, candidates: readonly Candidate[]): Promise<Outcomes> {
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
function decideAll(candidates: readonly Candidate[], findings: Findings): Outcomes {
  const before = new Map<string, StartOutcome>();
  const outcomes = new Map<Candidate, StartOutcome>();
  for (const candidate of candidates) {
    const earlier = identities(candidate).flatMap((identity) => before.get(identity) ?? [])[0];
    const outcome = earlier ?? decide(candidate, findings);
    const { executionId, executionArn, startDate } = candidate.execution;
    const repeated: StartOutcome =
      outcome.kind === 'started' ? { kind: 'existing', executionId, executionArn, startDate } : outcome;
    for (const identity of identities(candidate)) before.set(identity, repeated);
    outcomes.set(candidate, outcome);
  }
  return outcomes;
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
