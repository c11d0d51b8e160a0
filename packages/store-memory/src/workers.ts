import type { WorkerStore } from '@everstep/engine';
import { countCrash, freeRun, isAlive } from './run-rows.ts';
import type { MemoryState } from './state.ts';

export function workerVerbs(state: MemoryState): WorkerStore {
  return {
    async registerWorker({ workerId, host, leaseMs }) {
      if (state.workers.has(workerId)) throw new Error(`worker id ${workerId} was used before`);
      const worker = { workerId, host, leaseUntil: state.now() + leaseMs, dead: false, runs: new Set<never>() };
      state.workers.set(workerId, worker);
      state.watchedWorkers.add(worker);
    },
    async renewLease({ workerId, leaseMs, held }) {
      const now = state.now();
      const worker = state.workers.get(workerId);
      if (worker === undefined || !isAlive(worker, now)) return { alive: false, now, unseen: [], notHeld: [] };
      worker.leaseUntil = now + leaseMs;
      const inMemory = new Set(held);
      const unseen: string[] = [];
      const notHeld: string[] = [];
      for (const run of worker.runs) {
        if (run.signals > run.consumed) unseen.push(run.executionId);
        if (!inMemory.has(run.executionId)) notHeld.push(run.executionId);
      }
      return { alive: true, now, unseen, notHeld };
    },
    async unregisterWorker(workerId) {
      const worker = state.workers.get(workerId);
      if (worker === undefined) return;
      const now = state.now();
      for (const run of worker.runs) freeRun(state, run, now);
      worker.dead = true;
      worker.leaseUntil = Math.min(worker.leaseUntil, now);
      state.watchedWorkers.delete(worker);
    },
    async releaseLapsed(limit) {
      const now = state.now();
      const released: string[] = [];
      for (const worker of state.watchedWorkers) {
        if (isAlive(worker, now)) continue;
        worker.dead = true;
        for (const run of worker.runs) {
          if (released.length >= limit) break;
          countCrash(run);
          freeRun(state, run, now);
          released.push(run.executionId);
        }
        if (worker.runs.size === 0) state.watchedWorkers.delete(worker);
      }
      return released;
    },
    async takeDue({ limit, maxGraceMs }) {
      const now = state.now();
      const due = state.sleeping.due(now, limit);
      for (const run of due) {
        run.graceMs = Math.max(1, Math.min(run.graceMs * 2, maxGraceMs));
        run.wakeAt = now + run.graceMs;
        state.sleeping.place(run);
      }
      return due.map((run) => run.executionId);
    },
    async nextWakeAt() {
      return state.sleeping.first?.wakeAt ?? null;
    },
    async listWorkers() {
      return [...state.workers.values()].map(({ workerId, host, leaseUntil, dead, runs }) => ({
        workerId,
        host,
        leaseUntil,
        dead,
        runs: runs.size,
      }));
    },
  };
}
