import type { ExecutionRecord, NewExecution, NewExpressRun, StartOutcome } from '@everstep/engine';
import { findActive } from './catalog.ts';
import { SortedList } from './sorted-list.ts';
import { type ExecutionRow, type MemoryState, type RunRow, byStart, nameKey, parentKey } from './state.ts';

/** One start: decided and written at once, so a name that stands twice in a batch is decided in order. */
export function startExecution(state: MemoryState, request: NewExecution): StartOutcome {
  const again = findSameStart(state, request);
  if (again !== undefined) return existing(again);
  const key = nameKey(request.stateMachineArn, request.name);
  const name = state.names.get(key);
  if (name !== undefined && (name.reusableAt === null || name.reusableAt > state.now())) {
    const { execution, reusableAt } = name;
    const isSame = (name.inputDigest ?? execution.input) === (request.inputDigest ?? request.input);
    if (reusableAt === null && isSame) return existing(execution);
    return { kind: 'conflict', executionArn: execution.executionArn };
  }
  if (findActive(state, request.stateMachineArn) === undefined) return { kind: 'no-machine' };

  const record = recordOf(request);
  state.names.set(key, { execution: record, inputDigest: request.inputDigest ?? null, reusableAt: null });
  state.orphanNames.delete(key);
  insertRun(state, request, insertExecution(state, record));
  return { kind: 'started' };
}

/** A task that asks again, because it never heard the answer, gets the child it already has, open or ended. */
function findSameStart(state: MemoryState, request: NewExecution): ExecutionRecord | undefined {
  const { parent } = request;
  const childId = parent === null ? undefined : state.idsByParent.get(parentKey(parent.executionId, parent.taskId));
  return state.executions.get(childId ?? request.executionId)?.record;
}

function existing({ executionId, executionArn, startDate }: ExecutionRecord): StartOutcome {
  return { kind: 'existing', executionId, executionArn, startDate };
}

function insertExecution(state: MemoryState, record: ExecutionRecord): ExecutionRow {
  const { executionId, executionArn, stateMachineArn, parent } = record;
  const execution: ExecutionRow = { record, chunks: [] };
  state.executions.set(executionId, execution);
  state.idsByArn.set(executionArn, executionId);
  if (parent !== null) {
    state.idsByParent.set(parentKey(parent.executionId, parent.taskId), executionId);
    const children = state.children.get(parent.executionId) ?? [];
    children[parent.taskId] = executionId;
    state.children.set(parent.executionId, children);
  }
  let siblings = state.executionsByMachine.get(stateMachineArn);
  if (siblings === undefined) {
    siblings = { open: new Set(), all: new SortedList(byStart) };
    state.executionsByMachine.set(stateMachineArn, siblings);
  }
  siblings.open.add(executionId);
  siblings.all.add(execution);
  return execution;
}

/** False: the machine is gone or being deleted. */
export function startExpress(state: MemoryState, { execution, format, graceMs }: NewExpressRun): boolean {
  if (findActive(state, execution.stateMachineArn) === undefined) return false;
  if (state.runs.has(execution.executionId)) return true;
  const run = { signals: 0, checkpoint: '', inbox: [], express: true, mapRun: false, format, graceMs };
  placeRun(state, { record: execution, chunks: [] }, run);
  return true;
}

/** A child of a Map Run: named by its id, so no name is claimed. */
export function insertChild(state: MemoryState, request: NewExecution): void {
  insertRun(state, request, insertExecution(state, recordOf(request)));
}

function insertRun(state: MemoryState, request: NewExecution, execution: ExecutionRow): void {
  const { checkpoint, format, graceMs, activation } = request;
  const inbox = [{ number: 1, activation }];
  placeRun(state, execution, { signals: 1, checkpoint, inbox, express: false, mapRun: false, format, graceMs });
}

type NewRun = Pick<RunRow, 'signals' | 'checkpoint' | 'inbox' | 'express' | 'mapRun' | 'format' | 'graceMs'> &
  Partial<Pick<RunRow, 'epoch' | 'frames'>>;

export function placeRun(state: MemoryState, execution: ExecutionRow, given: NewRun): void {
  const run: RunRow = {
    epoch: 0,
    frames: new Map(),
    ...given,
    executionId: execution.record.executionId,
    execution,
    sequence: state.sequence++,
    heapIndex: -1,
    owner: null,
    wakeAt: state.now() + given.graceMs,
    startGraceMs: given.graceMs,
    consumed: 0,
    tokens: new Map(),
    crashes: 0,
    committedSinceClaim: false,
  };
  state.runs.set(run.executionId, run);
  state.sleeping.place(run);
}

function recordOf(request: NewExecution): ExecutionRecord {
  const { executionId, executionArn, name, stateMachineArn, revisionId, startDate, input, traceHeader } = request;
  return {
    executionId,
    executionArn,
    name,
    stateMachineArn,
    revisionId,
    status: 'RUNNING',
    startDate,
    stopDate: null,
    input,
    output: null,
    error: null,
    cause: null,
    redriveCount: 0,
    redriveDate: null,
    traceHeader,
    parent: request.parent,
    qualifier: request.qualifier ?? null,
  };
}
