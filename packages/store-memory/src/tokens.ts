import type { TokenStore } from '@everstep/engine';
import { heartbeatDeadline } from './commit.ts';
import { arrive, hasTimedOut, leaveQueue } from './run-rows.ts';
import type { MemoryState, TokenRow } from './state.ts';

export function tokenVerbs(state: MemoryState): TokenStore {
  return {
    async completeTask({ executionId, taskId, activation, graceMs }) {
      const row = state.runs.get(executionId)?.tokens.get(taskId);
      if (row === undefined) return { kind: 'gone' };
      if (!acceptsCallbacks(state, row)) return { kind: 'closed' };
      row.status = 'accepted';
      row.acceptedNumber = arrive(state, row.run, activation, graceMs);
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

function acceptsCallbacks(state: MemoryState, row: TokenRow): boolean {
  if (row.status === 'accepted' || hasTimedOut(row, state.now())) return false;
  return row.token.kind === 'callback' || row.taken;
}

/** A task whose limit has passed is left to its time-out. */
function oldestUntaken(state: MemoryState, activityArn: string, now: number): TokenRow | undefined {
  for (const row of state.untaken.get(activityArn)?.values() ?? []) {
    if (!hasTimedOut(row, now)) return row;
  }
  return undefined;
}
