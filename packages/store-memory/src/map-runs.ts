import type {
  ChildRedrive,
  ExecutionRecord,
  ListChildrenQuery,
  MapRunRedrive,
  MapRunStore,
  MapRunUpdate,
  MapRunWrites,
  NewMapRun,
  RunCommit,
  Told,
} from '@everstep/engine';
import { arrive } from './run-rows.ts';
import { insertChild, placeRun } from './start.ts';
import type { MemoryState } from './state.ts';

export function mapRunVerbs(state: MemoryState): MapRunStore {
  return {
    async findMapRun(mapRunArn) {
      const record = state.mapRuns.get(mapRunArn.slice(mapRunArn.lastIndexOf(':') + 1));
      return record?.mapRunArn === mapRunArn ? record : null;
    },
    async listMapRuns({ executionId, after, limit }) {
      return [...state.mapRuns.values()]
        .filter((record) => record.executionId === executionId)
        .toSorted((left, right) => right.startDate - left.startDate || (left.mapRunId < right.mapRunId ? 1 : -1))
        .filter(
          ({ startDate, mapRunId }) =>
            after === undefined ||
            startDate < after.startDate ||
            (startDate === after.startDate && mapRunId < after.mapRunId),
        )
        .slice(0, limit);
    },
    async updateMapRun(update) {
      return updateMapRun(state, update);
    },
    async listChildren(query) {
      return listChildren(state, query);
    },
    async readOutcomes({ mapRunId, page, pages }) {
      return (state.outcomes.get(mapRunId) ?? [])
        .filter((row) => row.page >= page && row.page < page + pages)
        .toSorted((left, right) => left.page - right.page || left.part - right.part);
    },
  };
}

function updateMapRun(state: MemoryState, update: MapRunUpdate): Told | null {
  const { mapRunId, activation, graceMs, ...limits } = update;
  const [run, record] = [state.runs.get(mapRunId), state.mapRuns.get(mapRunId)];
  if (run === undefined || record === undefined) return null;
  state.mapRuns.set(mapRunId, { ...record, ...limits });
  arrive(state, run, activation, graceMs);
  return { executionId: mapRunId, owner: run.owner?.workerId ?? null };
}

function listChildren(state: MemoryState, query: ListChildrenQuery): ExecutionRecord[] {
  const { parentId, status, redriven, after, order, limit } = query;
  const ids = state.children.get(parentId) ?? [];
  const step = order === 'items' ? 1 : -1;
  let index = order === 'items' ? (after ?? -1) + 1 : (after ?? ids.length) - 1;
  const found: ExecutionRecord[] = [];
  for (; index >= 0 && index < ids.length && found.length < limit; index += step) {
    const record = state.executions.get(ids[index] ?? '')?.record;
    if (record === undefined || (status !== undefined && record.status !== status)) continue;
    if (redriven === undefined || record.redriveCount > 0 === redriven) found.push(record);
  }
  return found;
}

/** What a commit says about Map Runs, but the end of one's own; answers who must be told. */
export function writeMapRuns(state: MemoryState, commit: RunCommit, writes: MapRunWrites): Told[] {
  const { started = [], redriven = [], own } = writes;
  for (const mapRun of started) startMapRun(state, mapRun);
  const told = redriven.map((redrive) => redriveMapRun(state, redrive));
  if (own === undefined) return told;
  const { executionId } = commit;
  const record = state.mapRuns.get(executionId);
  if (record !== undefined) {
    const { status, stopDate, progress } = own;
    state.mapRuns.set(executionId, { ...record, status, stopDate, progress: progress ?? record.progress });
  }
  for (const child of own.children) insertChild(state, child);
  for (const child of own.redrivenChildren) redriveChild(state, child);
  if (own.outcomes.length > 0) {
    const rows = state.outcomes.get(executionId) ?? [];
    rows.push(...own.outcomes);
    state.outcomes.set(executionId, rows);
  }
  if (own.dropsOutcomes) state.outcomes.delete(executionId);
  return told;
}

function startMapRun(state: MemoryState, mapRun: NewMapRun): void {
  const { record, execution, plan, checkpoint, format, graceMs } = mapRun;
  state.mapRuns.set(record.mapRunId, record);
  const frames = new Map([['plan', plan]]);
  if (record.status !== 'RUNNING') {
    state.endedRuns.set(record.mapRunId, { epoch: 0, checkpoint, format, frames });
    return;
  }
  placeRun(
    state,
    { record: execution, chunks: [] },
    {
      ...{ signals: 0, inbox: [], express: false, mapRun: true, checkpoint, format, graceMs },
      frames,
    },
  );
}

function redriveMapRun(state: MemoryState, redrive: MapRunRedrive): Told {
  const { execution, activation, redriveCount, redriveDate, graceMs } = redrive;
  const { executionId } = execution;
  const record = state.mapRuns.get(executionId);
  if (record !== undefined) {
    state.mapRuns.set(executionId, { ...record, status: 'RUNNING', stopDate: null, redriveCount, redriveDate });
  }
  const run = state.runs.get(executionId);
  if (run !== undefined) {
    run.execution.record = execution;
    arrive(state, run, activation, graceMs);
    return { executionId, owner: run.owner?.workerId ?? null };
  }
  const ended = state.endedRuns.get(executionId);
  if (ended !== undefined) {
    state.endedRuns.delete(executionId);
    const { epoch, checkpoint, format, frames } = ended;
    placeRun(
      state,
      { record: execution, chunks: [] },
      {
        ...{
          signals: 1,
          inbox: [{ number: 1, activation }],
          express: false,
          mapRun: true,
          checkpoint,
          format,
          graceMs,
        },
        ...{ epoch: epoch + 1, frames: new Map(frames) },
      },
    );
  }
  return { executionId, owner: null };
}

function redriveChild(state: MemoryState, redrive: ChildRedrive): void {
  const { executionId, redriveCount, redriveDate, activation, graceMs } = redrive;
  const [execution, ended] = [state.executions.get(executionId), state.endedRuns.get(executionId)];
  if (execution === undefined || ended === undefined) return;
  const { record } = execution;
  state.ended.removeAll(new Set([execution]));
  const open = { stopDate: null, output: null, error: null, cause: null };
  execution.record = { ...record, ...open, status: 'RUNNING', redriveCount, redriveDate };
  state.endedRuns.delete(executionId);
  state.executionsByMachine.get(record.stateMachineArn)?.open.add(executionId);
  const { epoch, checkpoint, format, frames } = ended;
  placeRun(state, execution, {
    ...{ signals: 1, inbox: [{ number: 1, activation }], express: false, mapRun: false, checkpoint, format, graceMs },
    ...{ epoch: epoch + 1, frames: new Map(frames) },
  });
}

/** The Map Runs of an execution that is removed go with it. */
export function deleteMapRunsOf(state: MemoryState, executionId: string): void {
  for (const { mapRunId, executionId: parent } of [...state.mapRuns.values()]) {
    if (parent !== executionId) continue;
    state.mapRuns.delete(mapRunId);
    state.outcomes.delete(mapRunId);
    state.endedRuns.delete(mapRunId);
    state.children.delete(mapRunId);
  }
}
