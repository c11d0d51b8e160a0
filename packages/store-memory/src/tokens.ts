import type { TokenStore, WaitingTask, WaitingTasksQuery } from '@everstep/engine';
import { accountOfArn } from '@everstep/protocol';
import { heartbeatDeadline } from './commit.ts';
import { arrive, hasTimedOut, leaveQueue } from './run-rows.ts';
import type { MemoryState, TokenRow } from './state.ts';

export function tokenVerbs(state: MemoryState): TokenStore {
  return {
    listWaitingTasks: async (query) => waitingTasks(state, query),
    async completeTask({ executionId, taskId, activation, graceMs }) {
      const row = state.runs.get(executionId)?.tokens.get(taskId);
      if (row === undefined) return { kind: 'gone' };
      if (!acceptsCallbacks(state, row)) return { kind: 'closed' };
      acceptCallback(state, row, activation, graceMs);
      return { kind: 'accepted', owner: row.run.owner?.workerId ?? null };
    },
    async heartbeatTask({ executionId, taskId }) {
      const row = state.runs.get(executionId)?.tokens.get(taskId);
      if (row === undefined) return { kind: 'gone' };
      if (!acceptsCallbacks(state, row)) return { kind: 'closed' };
      row.heartbeatAt = heartbeatDeadline(row.token, state.now());
      return { kind: 'accepted', owner: row.run.owner?.workerId ?? null };
    },
    async takeActivityTask({ activityArn, activation, graceMs }) {
      const now = state.now();
      const row = oldestUntaken(state, activityArn, now);
      if (row === undefined) return null;
      const { run, token } = row;
      row.taken = true;
      leaveQueue(state, row);
      if (token.timeoutSeconds !== null) row.timeoutAt = now + token.timeoutSeconds * 1000;
      row.heartbeatAt = heartbeatDeadline(token, now);
      arrive(state, run, activation(token.taskId, now), graceMs);
      return {
        executionId: run.executionId,
        taskId: token.taskId,
        input: token.input ?? 'null',
        owner: run.owner?.workerId ?? null,
      };
    },
  };
}

/** The one result of a task that takes one. */
export function acceptCallback(state: MemoryState, row: TokenRow, activation: string, graceMs: number): void {
  row.status = 'accepted';
  row.acceptedNumber = arrive(state, row.run, activation, graceMs);
}

export function acceptsCallbacks(state: MemoryState, row: TokenRow): boolean {
  if (row.status === 'accepted' || hasTimedOut(row, state.now())) return false;
  return row.token.kind === 'callback' || row.taken;
}

function waitingTasks(
  state: MemoryState,
  { accountId, stateMachineArn, after, limit }: WaitingTasksQuery,
): WaitingTask[] {
  const found: WaitingTask[] = [];
  const last = after === undefined ? '' : sortKey(after);
  for (const { executionId, execution, tokens } of state.runs.values()) {
    const { executionArn, stateMachineArn: machine } = execution.record;
    if (accountOfArn(executionArn) !== accountId || (stateMachineArn ?? machine) !== machine) continue;
    for (const row of tokens.values()) {
      const { taskId, kind, stateName } = row.token;
      if (kind !== 'callback' || !acceptsCallbacks(state, row) || sortKey({ executionId, taskId }) <= last) continue;
      const deadlines = [row.timeoutAt, row.heartbeatAt].filter((at) => at !== null);
      const deadline = deadlines.length === 0 ? null : Math.min(...deadlines);
      const isApproval = state.approvals.has(`${executionId}:${taskId}`);
      const facts = { executionArn, stateMachineArn: machine, stateName, openedAt: row.openedAt, deadline, isApproval };
      found.push({ executionId, taskId, ...facts });
    }
  }
  return found.toSorted((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1)).slice(0, limit);
}

function sortKey({ executionId, taskId }: { readonly executionId: string; readonly taskId: number }): string {
  return `${executionId} ${String(taskId).padStart(16, '0')}`;
}

/** A task whose limit has passed is left to its time-out. */
function oldestUntaken(state: MemoryState, activityArn: string, now: number): TokenRow | undefined {
  for (const row of state.untaken.get(activityArn)?.values() ?? []) {
    if (!hasTimedOut(row, now)) return row;
  }
  return undefined;
}
