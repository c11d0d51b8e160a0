import type { NewRedrive, RedriveOutcome, RedriveStore } from '@everstep/engine';
import { findActive } from './catalog.ts';
import { placeRun } from './start.ts';
import { type MemoryState, nameKey } from './state.ts';

export function redriveVerbs(state: MemoryState): RedriveStore {
  return {
    async redriveExecution(redrive) {
      return redriveExecution(state, redrive);
    },
    async findRedrive({ executionId, clientToken, after, latest }) {
      const rows = (state.redrives.get(executionId) ?? []).slice(-latest);
      const found = rows.findLast((row) => row.clientToken === clientToken && row.redriveDate > after);
      return found?.redriveDate ?? null;
    },
    async findEndedRun(executionId) {
      if (!state.endedRuns.has(executionId)) return null;
      return { lastEventId: state.executions.get(executionId)?.chunks.at(-1)?.lastEventId ?? 0 };
    },
  };
}

function redriveExecution(state: MemoryState, redrive: NewRedrive): RedriveOutcome {
  const { executionId, redriveCount, redriveDate, clientToken, activation, graceMs } = redrive;
  const execution = state.executions.get(executionId);
  if (execution === undefined) return { kind: 'refused' };
  const { record } = execution;
  if (findActive(state, record.stateMachineArn) === undefined) return { kind: 'no-machine' };
  const ended = state.endedRuns.get(executionId);
  const name = state.names.get(nameKey(record.stateMachineArn, record.name));
  const isNext = record.redriveCount === redriveCount - 1;
  if (ended === undefined || !isNext || name?.execution.executionId !== executionId) return { kind: 'refused' };
  const open = { stopDate: null, output: null, error: null, cause: null };
  state.ended.removeAll(new Set([execution]));
  execution.record = { ...record, ...open, status: 'RUNNING', redriveCount, redriveDate };
  state.endedRuns.delete(executionId);
  state.executionsByMachine.get(record.stateMachineArn)?.open.add(executionId);
  name.reusableAt = null;
  const { checkpoint, format } = ended;
  placeRun(state, execution, {
    ...{ signals: 1, inbox: [{ number: 1, activation }], express: false, mapRun: false, checkpoint, format, graceMs },
    ...{ epoch: ended.epoch + 1, frames: new Map(ended.frames) },
  });
  const redrives = state.redrives.get(executionId) ?? [];
  redrives.push({ redriveDate, clientToken });
  state.redrives.set(executionId, redrives);
  return { kind: 'redriven' };
}
