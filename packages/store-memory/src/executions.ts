import type { ExecutionRecord, ExecutionStore, ExecutionSummary, SearchExecutionsQuery } from '@everstep/engine';
import { stateMachineArn } from '@everstep/protocol';
import { readHistory } from './history.ts';
import { deleteApprovalsOf } from './approvals.ts';
import { deleteMapRunsOf } from './map-runs.ts';
import { type ExecutionRow, type MemoryState, byStart, nameKey, parentKey } from './state.ts';

export function executionVerbs(state: MemoryState): ExecutionStore {
  return {
    async findExecution(executionId) {
      return state.executions.get(executionId)?.record ?? null;
    },
    async findExecutionByArn(executionArn) {
      const executionId = state.idsByArn.get(executionArn);
      return executionId === undefined ? null : (state.executions.get(executionId)?.record ?? null);
    },
    async listExecutions({ stateMachineArn, version, alias, status, after, limit }) {
      const executions = state.executionsByMachine.get(stateMachineArn)?.all;
      if (executions === undefined) return [];
      const { values } = executions;
      const found = [];
      let index = after === undefined ? values.length : executions.indexOf(markerOf(after));
      while (index-- > 0 && found.length < limit) {
        const record = values[index]?.record;
        if (record === undefined || (status !== undefined && record.status !== status)) continue;
        if (version !== undefined && record.qualifier?.version !== version) continue;
        if (alias === undefined || record.qualifier?.alias === alias) found.push(record);
      }
      return found;
    },
    async searchExecutions(query) {
      return searchExecutions(state, query);
    },
    async readInputs(executionIds, maxBytes) {
      const inputs = [];
      let bytes = 0;
      for (const executionId of executionIds) {
        const input = state.executions.get(executionId)?.record.input ?? null;
        bytes += input === null ? 0 : Buffer.byteLength(input);
        if (inputs.length > 0 && bytes > maxBytes) break;
        inputs.push({ executionId, input });
      }
      return inputs;
    },
    async listOpenExecutionIds(stateMachineArn, limit) {
      return [...(state.executionsByMachine.get(stateMachineArn)?.open ?? [])]
        .flatMap((executionId) => state.executions.get(executionId) ?? [])
        .toSorted(byStart)
        .slice(0, limit)
        .map((execution) => execution.record.executionId);
    },
    async readHistory(query) {
      return readHistory(state.executions.get(query.executionId)?.chunks ?? [], query);
    },
    async deleteEndedBefore(stopDate, limit) {
      forgetOrphanNames(state);
      const old = new Set<ExecutionRow>();
      for (const execution of state.ended.values) {
        if (old.size >= limit || (execution.record.stopDate ?? stopDate) >= stopDate) break;
        old.add(execution);
      }
      state.ended.removeAll(old);
      for (const stateMachineArn of new Set([...old].map((execution) => execution.record.stateMachineArn))) {
        state.executionsByMachine.get(stateMachineArn)?.all.removeAll(old);
      }
      for (const execution of old) deleteRows(state, execution);
      return old.size;
    },
  };
}

function searchExecutions(state: MemoryState, query: SearchExecutionsQuery): ExecutionSummary[] {
  const { machine, statuses, startedFrom = 0, after, limit } = query;
  const prefix = stateMachineArn(query, '');
  const arns = machine === undefined ? [...state.machines.keys()] : [machine.stateMachineArn];
  return arns
    .filter((arn) => arn.startsWith(prefix) && state.machines.has(arn))
    .flatMap((arn) => state.executionsByMachine.get(arn)?.all.values ?? [])
    .filter(({ record }) => {
      if (statuses !== undefined && !statuses.includes(record.status)) return false;
      if (machine?.version !== undefined && record.qualifier?.version !== machine.version) return false;
      if (machine?.alias !== undefined && record.qualifier?.alias !== machine.alias) return false;
      return record.startDate >= startedFrom;
    })
    .toSorted(byStart)
    .toReversed()
    .filter((row) => after === undefined || byStart(row, markerOf(after)) < 0)
    .slice(0, limit)
    .map(({ record }) => summaryOf(record));
}

function summaryOf(record: ExecutionRecord): ExecutionSummary {
  const { executionId, executionArn, name, status, startDate, stopDate, redriveCount, redriveDate, qualifier } = record;
  const { stateMachineArn: machine } = record;
  const times = { startDate, stopDate, redriveCount, redriveDate };
  return { executionId, executionArn, name, stateMachineArn: machine, status, ...times, qualifier };
}

/** A place in the order of starts; only these two values of the record take part in it. */
function markerOf(after: { readonly startDate: number; readonly executionId: string }): ExecutionRow {
  const { startDate, executionId } = after;
  return {
    record: {
      executionId,
      startDate,
      executionArn: '',
      name: '',
      stateMachineArn: '',
      revisionId: '',
      status: 'RUNNING',
      stopDate: null,
      input: '',
      output: null,
      error: null,
      cause: null,
      redriveCount: 0,
      redriveDate: null,
      traceHeader: null,
      parent: null,
      qualifier: null,
    },
    chunks: [],
  };
}

function deleteRows(state: MemoryState, { record }: ExecutionRow): void {
  const { executionId, executionArn, stateMachineArn, name, parent } = record;
  state.executions.delete(executionId);
  state.endedRuns.delete(executionId);
  state.redrives.delete(executionId);
  state.children.delete(executionId);
  deleteMapRunsOf(state, executionId);
  deleteApprovalsOf(state, executionId);
  if (state.idsByArn.get(executionArn) === executionId) state.idsByArn.delete(executionArn);
  if (parent !== null) state.idsByParent.delete(parentKey(parent.executionId, parent.taskId));
  const siblings = state.executionsByMachine.get(stateMachineArn);
  if (siblings?.all.values.length === 0) state.executionsByMachine.delete(stateMachineArn);
  const key = nameKey(stateMachineArn, name);
  const taken = state.names.get(key);
  if (taken?.execution.executionId !== executionId) return;
  // A name stays taken until it may be used again, however early its execution is deleted.
  if (taken.reusableAt !== null && taken.reusableAt <= state.now()) state.names.delete(key);
  else state.orphanNames.add(key);
}

function forgetOrphanNames(state: MemoryState): void {
  for (const key of state.orphanNames) {
    const reusableAt = state.names.get(key)?.reusableAt;
    if (reusableAt === undefined || reusableAt === null || reusableAt > state.now()) continue;
    state.names.delete(key);
    state.orphanNames.delete(key);
  }
}
