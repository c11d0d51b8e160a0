import type {
  CatalogStore,
  MachineUpdate,
  MapRunRecord,
  NewStateMachine,
  RevisionRecord,
  StateMachineRecord,
  UpdateOutcome,
} from '@everstep/engine';
import { stateMachineArn } from '@everstep/protocol';
import { compareText } from './sorted-list.ts';
import type { MemoryState } from './state.ts';
import { putTags } from './tags.ts';
import { publishVersion } from './versions.ts';

export function catalogVerbs(state: MemoryState): CatalogStore {
  return {
    async createStateMachine(machine) {
      const existing = state.machines.get(machine.stateMachineArn);
      if (existing !== undefined) return { created: false, stateMachine: existing };
      const record = firstRecord(machine);
      state.machines.set(record.stateMachineArn, record);
      state.revisions.set(record.revision.revisionId, record.revision);
      const { stateMachineArn, createdAt, publish, tags } = machine;
      if (publish !== undefined) publishVersion(state, { ...publish, stateMachineArn, createdAt, limit: 1 });
      putTags(state, stateMachineArn, tags ?? []);
      return { created: true, stateMachine: record };
    },
    async findStateMachine(stateMachineArn) {
      return state.machines.get(stateMachineArn) ?? null;
    },
    async findRevision(revisionId) {
      return state.revisions.get(revisionId) ?? null;
    },
    async updateStateMachine(stateMachineArn, update) {
      return updateStateMachine(state, stateMachineArn, update);
    },
    async markStateMachineDeleting(stateMachineArn) {
      const machine = findActive(state, stateMachineArn);
      if (machine === undefined) return false;
      state.machines.set(stateMachineArn, { ...machine, status: 'DELETING' });
      return true;
    },
    async listDeletingStateMachines(limit) {
      const deleting: string[] = [];
      for (const record of state.machines.values()) {
        if (deleting.length >= limit) break;
        if (record.status === 'DELETING') deleting.push(record.stateMachineArn);
      }
      return deleting;
    },
    async purgeStateMachine(stateMachineArn) {
      const machine = state.machines.get(stateMachineArn);
      if (machine === undefined || machine.status !== 'DELETING') return false;
      if ((state.executionsByMachine.get(stateMachineArn)?.open.size ?? 0) > 0) return false;
      const isRunning = (mapRun: MapRunRecord): boolean =>
        mapRun.status === 'RUNNING' && mapRun.stateMachineArn === stateMachineArn;
      if ([...state.mapRuns.values()].some(isRunning)) return false;
      // Its revisions stay: ended executions, which outlive the machine, name them.
      state.machines.delete(stateMachineArn);
      state.publications.delete(stateMachineArn);
      state.tags.delete(stateMachineArn);
      return true;
    },
    async listStateMachines({ afterName, limit, ...scope }) {
      return [...state.machines.values()]
        .filter((record) => record.stateMachineArn === stateMachineArn(scope, record.name))
        .filter((record) => afterName === undefined || compareText(record.name, afterName) > 0)
        .toSorted((left, right) => compareText(left.name, right.name))
        .slice(0, limit);
    },
  };
}

function updateStateMachine(state: MemoryState, stateMachineArn: string, update: MachineUpdate): UpdateOutcome {
  const machine = state.machines.get(stateMachineArn);
  if (machine === undefined) return { kind: 'no-machine' };
  if (machine.status === 'DELETING') return { kind: 'deleting' };
  let stateMachine = machine;
  if (update.revision !== undefined) {
    const revision: RevisionRecord = { ...update.revision, stateMachineArn };
    stateMachine = { ...machine, revision, revisionNumber: machine.revisionNumber + 1 };
    state.machines.set(stateMachineArn, stateMachine);
  }
  if (update.publish !== undefined) {
    const published = publishVersion(state, { ...update.publish, stateMachineArn });
    // Both or neither.
    if (published.kind !== 'published') state.machines.set(stateMachineArn, machine);
    if (published.kind !== 'published') return published;
    state.revisions.set(stateMachine.revision.revisionId, stateMachine.revision);
    return { kind: 'updated', stateMachine, version: published.version };
  }
  state.revisions.set(stateMachine.revision.revisionId, stateMachine.revision);
  return { kind: 'updated', stateMachine, version: null };
}

export function findActive(state: MemoryState, stateMachineArn: string): StateMachineRecord | undefined {
  const machine = state.machines.get(stateMachineArn);
  return machine?.status === 'ACTIVE' ? machine : undefined;
}

function firstRecord(machine: NewStateMachine): StateMachineRecord {
  const { stateMachineArn, name, type, createdAt } = machine;
  return {
    stateMachineArn,
    name,
    type,
    status: 'ACTIVE',
    createdAt,
    revision: { ...machine.revision, stateMachineArn, createdAt },
    revisionNumber: 1,
    publishedAtCreation: machine.publish ?? null,
  };
}
