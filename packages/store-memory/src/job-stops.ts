import type { JobStop, JobStopKey, JobStopStore, NewJobStop } from '@everstep/engine';
import type { MemoryState } from './state.ts';

export interface JobStopRow extends JobStop {
  readonly dueAt: number;
}

const keyOf = ({ executionId, taskId }: JobStopKey): string => `${executionId} ${taskId}`;

export function addJobStop(state: MemoryState, stop: NewJobStop & { readonly executionId: string }): void {
  const { executionId, taskId, request, dueInMs } = stop;
  if (state.jobStops.has(keyOf(stop))) return;
  state.jobStops.set(keyOf(stop), { executionId, taskId, request, tries: 0, dueAt: state.now() + dueInMs });
}

export function jobStopVerbs(state: MemoryState): JobStopStore {
  return {
    async addJobStop(stop) {
      addJobStop(state, stop);
    },
    async takeJobStops({ limit, waitMs, mostMs }) {
      const now = state.now();
      const due = [...state.jobStops.values()].filter(({ dueAt }) => dueAt <= now);
      return due
        .toSorted((left, right) => left.dueAt - right.dueAt)
        .slice(0, limit)
        .map(({ executionId, taskId, request, tries: before }) => {
          const stop = { executionId, taskId, request, tries: before + 1 };
          state.jobStops.set(keyOf(stop), { ...stop, dueAt: now + Math.min(waitMs * 2 ** before, mostMs) });
          return stop;
        });
    },
    async deleteJobStop(key) {
      state.jobStops.delete(keyOf(key));
    },
  };
}
