import {
  CHECKPOINT_FORMAT,
  type RedriveMapRun,
  type StartMapRun,
  type StateMachine,
  findMapState,
  saveMapRunPlan,
} from '@everstep/language';
import type { ExecutionRecord } from '../ports/execution-store.ts';
import type { MapRunRecord, MapRunRedrive, NewMapRun } from '../ports/map-run-store.ts';
import { encodeSignal } from './map-run-signal.ts';
import { newMapRunState, saveMapRunState, saveProgress } from './map-run-state.ts';

/** What the commit of an execution writes where it starts a Map Run; `isStopped`: it has also stopped it. */
export function newMapRun(
  execution: ExecutionRecord,
  machine: StateMachine,
  { taskId, mapRunId, mapRunArn, plan }: StartMapRun,
  { isStopped, graceMs }: { readonly isStopped: boolean; readonly graceMs: number },
): NewMapRun {
  const isBatched = (findMapState(machine, plan.label)?.itemBatcher ?? null) !== null;
  const state = newMapRunState(taskId, plan, isBatched);
  // A redrive would go on from here.
  if (isStopped) Object.assign(state, { phase: 'ENDED', isStopped });
  const record: MapRunRecord = {
    ...{ mapRunId, mapRunArn, executionId: execution.executionId, executionArn: execution.executionArn },
    // The machine's own, also of one inside a child.
    stateMachineArn: execution.stateMachineArn.replace(/\/.*$/, ''),
    status: isStopped ? 'ABORTED' : 'RUNNING',
    startDate: plan.startedAt,
    stopDate: isStopped ? plan.startedAt : null,
    maxConcurrency: plan.maxConcurrency,
    toleratedFailureCount: plan.toleratedFailureCount,
    toleratedFailurePercentage: plan.toleratedFailurePercentage,
    progress: saveProgress(state),
    ...{ redriveCount: 0, redriveDate: null },
  };
  return {
    record,
    execution: mapRunExecution(execution, { mapRunId, mapRunArn, taskId, startDate: plan.startedAt }),
    plan: saveMapRunPlan(plan),
    checkpoint: saveMapRunState(state),
    format: CHECKPOINT_FORMAT,
    graceMs,
  };
}

export function mapRunRedrive(
  execution: ExecutionRecord,
  { taskId, mapRunId, mapRunArn, redriveCount }: RedriveMapRun,
  { now, graceMs }: { readonly now: number; readonly graceMs: number },
): MapRunRedrive {
  return {
    execution: mapRunExecution(execution, { mapRunId, mapRunArn, taskId, startDate: now }),
    activation: encodeSignal({ type: 'Redrive', taskId }),
    ...{ redriveCount, redriveDate: now, graceMs },
  };
}

/** How a Map Run's run answers a claim. */
function mapRunExecution(
  { executionId, stateMachineArn, revisionId }: ExecutionRecord,
  run: { readonly mapRunId: string; readonly mapRunArn: string; readonly taskId: number; readonly startDate: number },
): ExecutionRecord {
  const { mapRunId, mapRunArn, taskId, startDate } = run;
  return {
    executionId: mapRunId,
    executionArn: mapRunArn,
    ...{ name: mapRunId, stateMachineArn, revisionId, status: 'RUNNING', startDate, stopDate: null, input: '' },
    ...{ output: null, error: null, cause: null, redriveCount: 0, redriveDate: null, traceHeader: null },
    parent: { executionId, taskId, sync: true },
    qualifier: null,
  };
}
