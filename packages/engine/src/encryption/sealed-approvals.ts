import type { ApprovalChange, ApprovalRecord, ApprovalStore } from '../ports/approval-store.ts';
import type { SealScope } from './key-in-use.ts';
import { lazily, placeOf } from './sealed-records.ts';
import type { SealScopes } from './seal-scopes.ts';
import { type Sealer, isMarked } from './sealer.ts';

const DATA = ['request', 'progress', 'stateName'] as const;

/** What people are asked and what they answer, sealed under the key of the execution; whose it is stays readable. */
export function approvalsOver(inner: ApprovalStore, sealer: Sealer, scopes: SealScopes): ApprovalStore {
  const place = (executionId: string, taskId: number, field: string): string =>
    placeOf(executionId, `approval ${field}`, taskId);
  const open = (record: ApprovalRecord): ApprovalRecord => {
    const { executionId, taskId } = record;
    const texts = { request: record.request, progress: record.progress, stateName: record.stateName };
    const marked = DATA.filter((field) => isMarked(texts[field]));
    if (marked.length === 0) return record;
    return lazily<ApprovalRecord>(record, marked, (name) => {
      const field = DATA.find((one) => one === name) ?? 'request';
      return sealer.open(place(executionId, taskId, field), texts[field]);
    });
  };
  const sealed = (scope: SealScope, change: ApprovalChange): ApprovalChange => {
    const { executionId, taskId, progress } = change;
    return { ...change, progress: sealer.seal(scope, place(executionId, taskId, 'progress'), progress) };
  };
  return {
    async createApproval(record) {
      const { executionId, taskId } = record;
      const scope = await scopes.ofExecution(executionId);
      if (scope === null) return inner.createApproval(record);
      const seal = (field: (typeof DATA)[number]): string =>
        sealer.seal(scope, place(executionId, taskId, field), record[field]);
      const sealed = { request: seal('request'), progress: seal('progress'), stateName: seal('stateName') };
      return inner.createApproval({ ...record, ...sealed });
    },
    async findApproval(key) {
      const found = await inner.findApproval(key);
      return found === null ? null : open(found);
    },
    async listApprovals(query) {
      return (await inner.listApprovals(query)).map(open);
    },
    async changeApproval(change, version) {
      const scope = await scopes.ofExecution(change.executionId);
      return inner.changeApproval(scope === null ? change : sealed(scope, change), version);
    },
    async decideApproval(decision) {
      const { change, activation } = decision;
      const scope = await scopes.ofExecution(change.executionId);
      if (scope === null) return inner.decideApproval(decision);
      const told = sealer.seal(scope, placeOf(change.executionId, 'activation'), activation);
      return inner.decideApproval({ ...decision, change: sealed(scope, change), activation: told });
    },
    async takeApprovals(request) {
      return (await inner.takeApprovals(request)).map(open);
    },
    async listForsakenApprovals(page) {
      return (await inner.listForsakenApprovals(page)).map(open);
    },
  };
}
