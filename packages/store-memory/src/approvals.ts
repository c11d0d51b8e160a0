import type { ApprovalChange, ApprovalKey, ApprovalRecord, ApprovalStore } from '@everstep/engine';
import { compareText } from './sorted-list.ts';
import type { MemoryState } from './state.ts';
import { acceptCallback, acceptsCallbacks } from './tokens.ts';

export function approvalVerbs(state: MemoryState): ApprovalStore {
  const { approvals } = state;
  const waits = ({ executionId, taskId }: ApprovalKey): boolean => {
    const token = state.runs.get(executionId)?.tokens.get(taskId);
    return token !== undefined && acceptsCallbacks(state, token);
  };
  return {
    async createApproval(record) {
      if (approvals.has(keyOf(record))) return false;
      approvals.set(keyOf(record), record);
      return true;
    },
    async findApproval(key) {
      return approvals.get(keyOf(key)) ?? null;
    },
    async listApprovals({ accountId, open, people, stateMachineArn, executionId, after, limit }) {
      return [...approvals.values()]
        .filter((one) => one.accountId === accountId && (one.status === 'OPEN') === open && (!open || waits(one)))
        .filter((one) => people === undefined || one.people.some((person) => people.includes(person)))
        .filter((one) => (stateMachineArn ?? one.stateMachineArn) === one.stateMachineArn)
        .filter((one) => (executionId ?? one.executionId) === one.executionId)
        .toSorted(byRank)
        .filter((one) => after === undefined || byRank(one, after) > 0)
        .slice(0, limit);
    },
    changeApproval: async (change, version) => changeApproval(state, change, version),
    async decideApproval({ change, version, activation, graceMs }) {
      const { executionId, taskId } = change;
      const token = state.runs.get(executionId)?.tokens.get(taskId);
      if (token === undefined) return { kind: 'gone' };
      if (!acceptsCallbacks(state, token)) return { kind: 'closed' };
      if (!changeApproval(state, change, version)) return { kind: 'conflict' };
      acceptCallback(state, token, activation, graceMs);
      return { kind: 'accepted', owner: token.run.owner?.workerId ?? null };
    },
    async takeApprovals({ limit, leaseMs }) {
      const now = state.now();
      const due = [...approvals.values()]
        .filter(({ lookAt }) => lookAt !== null && lookAt <= now)
        .toSorted((left, right) => (left.lookAt ?? 0) - (right.lookAt ?? 0))
        .slice(0, limit)
        .map((one) => ({ ...one, lookAt: now + leaseMs }));
      for (const one of due) approvals.set(keyOf(one), one);
      return due;
    },
    async listForsakenApprovals({ after, limit }) {
      return [...approvals.values()]
        .filter((one) => one.status === 'OPEN' && !waits(one))
        .toSorted(byKey)
        .filter((one) => after === undefined || byKey(one, after) > 0)
        .slice(0, limit);
    },
  };
}

function changeApproval({ approvals }: MemoryState, change: ApprovalChange, version: number): boolean {
  const present = approvals.get(keyOf(change));
  if (present?.version !== version) return false;
  const { progress, status, people, closedAt, rank, lookAt } = change;
  const changed = { ...present, progress, status, people, closedAt, rank, lookAt, version: version + 1 };
  approvals.set(keyOf(change), changed);
  return true;
}

/** They go with their execution. */
export function deleteApprovalsOf({ approvals }: MemoryState, executionId: string): void {
  for (const [key, one] of approvals) if (one.executionId === executionId) approvals.delete(key);
}

function keyOf({ executionId, taskId }: ApprovalKey): string {
  return `${executionId}:${taskId}`;
}

function byKey(left: ApprovalKey, right: ApprovalKey): number {
  return compareText(left.executionId, right.executionId) || left.taskId - right.taskId;
}

function byRank(
  left: ApprovalKey & Pick<ApprovalRecord, 'rank'>,
  right: ApprovalKey & Pick<ApprovalRecord, 'rank'>,
): number {
  return left.rank - right.rank || byKey(left, right);
}
