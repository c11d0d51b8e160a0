import type {
  ApprovalStore,
  LimiterStore,
  RedriveStore,
  RunCommit,
  RunStore,
  Store,
  TokenStore,
  WorkerStore,
} from '@everstep/engine';
import type { MemoryState } from '@everstep/store-memory';
import type { Ledger } from './ledger.ts';
import type { Traffic } from './traffic.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Stage } from './stage.ts';
import { sealed, unsealed } from './unreadable.ts';

interface Watch {
  readonly stage: Stage;
  readonly ledger: Ledger;
  readonly traffic: Traffic;
  readonly process: SimulatedProcess;
}

/** The store as one process's requests reach it: every answer goes into the ledger in the same moment. */
export function observedStore(store: Store, state: MemoryState, watch: Watch): Store {
  return {
    ...store,
    ...runVerbs(store, state, watch),
    ...redriveVerbs(store, watch),
    ...tokenVerbs(store, watch),
    ...workerVerbs(store, state, watch),
    ...limiterVerbs(store, watch),
    ...approvalVerbs(store, watch),
  };
}

function runVerbs(store: Store, state: MemoryState, { stage, ledger, process }: Watch): Partial<RunStore> {
  return {
    async startExecutions(batch) {
      const outcomes = await store.startExecutions(batch);
      for (const [index, execution] of batch.entries()) {
        ledger.started(process, execution, outcomes[index]?.kind ?? 'no answer');
      }
      return outcomes;
    },
    async startExpress(batch) {
      const outcomes = await store.startExpress(batch);
      for (const [index, { execution }] of batch.entries()) {
        if (outcomes[index] === true) ledger.express.started(process, execution);
      }
      return outcomes;
    },
    async endExpress(runs) {
      const there = runs.filter(({ executionId }) => state.runs.has(executionId));
      await store.endExpress(runs);
      ledger.express.removed(process, there);
    },
    async claim(request) {
      const runs = await store.claim(request);
      for (const { execution, epoch, inbox } of runs) {
        ledger.claimed(process, request.workerId, { executionId: execution.executionId, epoch, inbox });
      }
      const { chance, profile, faults } = stage;
      return runs.map((run) => {
        const probability = run.mapRun ? profile.unreadable : profile.unreadableExecutions;
        return !run.express && faults.on && chance.happens(probability) ? sealed(run) : run;
      });
    },
    async claimWarm(request) {
      const runs = await store.claimWarm(request);
      for (const run of runs) ledger.claimed(process, request.workerId, run);
      return runs;
    },
    async commit(workerId, sent) {
      const batch = sent.map((commit) => unsealed(state, commit));
      const outcomes = await store.commit(workerId, batch);
      for (const [index, commit] of batch.entries()) {
        const outcome = outcomes[index];
        if (outcome === undefined) stage.violate('engine', 'a commit was not answered');
        else ledger.committed(process, workerId, commit, outcome);
      }
      return outcomes;
    },
    async force(executionId, decide) {
      let decided: RunCommit | null = null;
      const outcome = await store.force(executionId, (run) => {
        decided = decide(run);
        return decided;
      });
      if (outcome.kind === 'committed' && decided !== null) ledger.forced(process, decided);
      return outcome;
    },
    async release(runs) {
      await store.release(runs);
      for (const { executionId, epoch } of runs) ledger.deaths.released(executionId, (claim) => claim.epoch === epoch);
      ledger.released(runs.map(({ executionId }) => executionId));
    },
  };
}

function approvalVerbs(store: Store, { ledger, process }: Watch): Partial<ApprovalStore> {
  return {
    async createApproval(record) {
      const isNew = await store.createApproval(record);
      if (isNew) ledger.approvals.asked(process, record, ledger.label(record.executionId));
      return isNew;
    },
    async changeApproval(change, version) {
      const isChanged = await store.changeApproval(change, version);
      if (isChanged) ledger.approvals.changed(process, change);
      return isChanged;
    },
    async decideApproval(decision) {
      const outcome = await store.decideApproval(decision);
      if (outcome.kind === 'accepted') {
        ledger.approvals.changed(process, decision.change);
        ledger.accepted(process, decision.change, decision.activation);
      }
      return outcome;
    },
  };
}

function limiterVerbs(store: Store, { ledger, traffic, process }: Watch): Partial<LimiterStore> {
  return {
    async grantPermits(request) {
      const grants = await store.grantPermits(request);
      for (const { executionId, taskId } of grants.granted) {
        ledger.permitted(process, executionId, taskId);
        traffic.granted(executionId, taskId);
      }
      return grants;
    },
  };
}

function redriveVerbs(store: Store, { ledger, process }: Watch): Partial<RedriveStore> {
  return {
    async redriveExecution(redrive) {
      const outcome = await store.redriveExecution(redrive);
      if (outcome.kind === 'redriven') ledger.redriven(process, redrive.executionId);
      return outcome;
    },
  };
}

function tokenVerbs(store: Store, { ledger, process }: Watch): TokenStore {
  return {
    async completeTask(request) {
      const outcome = await store.completeTask(request);
      if (outcome.kind === 'accepted') ledger.accepted(process, request, request.activation);
      return outcome;
    },
    async heartbeatTask(request) {
      const outcome = await store.heartbeatTask(request);
      if (outcome.kind === 'accepted') ledger.beaten(process, request.executionId, request.taskId);
      return outcome;
    },
    listWaitingTasks: (query) => store.listWaitingTasks(query),
    async takeActivityTask(request) {
      const task = await store.takeActivityTask(request);
      if (task !== null) ledger.taken(process, task.executionId, task.taskId);
      return task;
    },
  };
}

function workerVerbs(store: Store, state: MemoryState, { stage, ledger, process }: Watch): Partial<WorkerStore> {
  const ownedBy = (workerId: string): string[] =>
    [...(state.workers.get(workerId)?.runs ?? [])].map((run) => run.executionId);
  return {
    async registerWorker(worker) {
      await store.registerWorker(worker);
      stage.trace.note(process.name, `register ${worker.workerId.slice(0, 8)}`);
    },
    async renewLease(request) {
      const answer = await store.renewLease(request);
      const { alive, unseen, notHeld } = answer;
      if (!alive || unseen.length + notHeld.length > 0) {
        stage.trace.note(process.name, `renew: alive ${alive}, unseen ${unseen.length}, not held ${notHeld.length}`);
      }
      return answer;
    },
    async unregisterWorker(workerId) {
      const owned = ownedBy(workerId);
      await store.unregisterWorker(workerId);
      stage.trace.note(process.name, `unregister ${workerId.slice(0, 8)}`);
      for (const id of owned) ledger.deaths.released(id, (claim) => claim.workerId === workerId);
      ledger.released(owned);
    },
    async releaseLapsed(limit) {
      const released = await store.releaseLapsed(limit);
      if (released.length > 0) {
        stage.trace.note(process.name, `lapsed: ${released.map((id) => ledger.label(id)).join(' ')}`);
      }
      ledger.released(released);
      return released;
    },
    async takeDue(request) {
      const due = await store.takeDue(request);
      if (due.length > 0) stage.trace.note(process.name, `due: ${due.map((id) => ledger.label(id)).join(' ')}`);
      ledger.released(due);
      return due;
    },
  };
}
