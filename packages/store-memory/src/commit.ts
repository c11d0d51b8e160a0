import type { Arrival, CloseToken, CommitOutcome, CommitThen, OpenToken, RunCommit, Told } from '@everstep/engine';
import { addJobStop } from './job-stops.ts';
import { writeMapRuns } from './map-runs.ts';
import { arrive, freeRun, hasTimedOut, removeRun, removeToken } from './run-rows.ts';
import { applyLimits } from './limited-tasks.ts';
import { type MemoryState, type RunRow, nameKey } from './state.ts';

/** What speaks against the commit, decided before anything of it is written; null: nothing does. */
export function refusal(state: MemoryState, commit: RunCommit): CommitOutcome | null {
  const run = state.runs.get(commit.executionId);
  if (run === undefined || run.epoch !== commit.epoch) return { kind: 'fenced' };
  for (const closed of commit.tokens.closed) {
    if (!mayClose(state, run, closed, commit.consumed)) return { kind: 'token' };
  }
  if (commit.then.kind !== 'keep' && run.signals !== commit.consumed) return { kind: 'signals' };
  const message = flaw(run, commit);
  return message === null ? null : { kind: 'unstorable', message };
}

/** The token row decides. */
function mayClose(state: MemoryState, run: RunRow, { taskId, reason }: CloseToken, consumed: number): boolean {
  const row = run.tokens.get(taskId);
  if (row === undefined) return false;
  if (reason === 'timed-out') return row.status === 'open' && hasTimedOut(row, state.now());
  return row.status === 'open' || row.acceptedNumber <= consumed;
}

/** Data that contradicts what is stored: no repetition could make it right. */
function flaw(run: RunRow, commit: RunCommit): string | null {
  if (commit.consumed < run.consumed || commit.consumed > run.signals) {
    return `consumed is ${commit.consumed}, but inbox rows ${run.consumed + 1} to ${run.signals} are there`;
  }
  if (commit.history !== null) {
    const { firstEventId, lastEventId } = commit.history;
    const next = (run.execution.chunks.at(-1)?.lastEventId ?? 0) + 1;
    if (firstEventId !== next || lastEventId < firstEventId) {
      return `events ${firstEventId} to ${lastEventId} do not continue the history: ${next} is the next event id`;
    }
  }
  const closed = new Set(commit.tokens.closed.map((token) => token.taskId));
  const doubled = commit.tokens.opened.find((token) => run.tokens.has(token.taskId) && !closed.has(token.taskId));
  return doubled === undefined ? null : `task ${doubled.taskId} already has a token`;
}

/** Writes a commit that nothing spoke against; answers who must be told. */
export function applyCommit(state: MemoryState, commit: RunCommit): Told[] {
  const run = state.runs.get(commit.executionId);
  if (run === undefined) throw new Error(`the run of execution ${commit.executionId} is gone in the midst of a commit`);
  const newlyRead = commit.consumed - run.consumed;
  if (newlyRead > 0) run.inbox = run.inbox.slice(newlyRead);
  run.consumed = commit.consumed;
  run.checkpoint = commit.checkpoint;
  run.format = commit.format;
  run.crashes = 0;
  run.committedSinceClaim = true;
  for (const id of commit.frames.deleted) run.frames.delete(id);
  for (const { id, data } of commit.frames.written) run.frames.set(id, data);
  if (commit.history !== null) {
    const { firstEventId, lastEventId, events } = commit.history;
    run.execution.chunks.push({ firstEventId, lastEventId, events });
  }
  for (const { taskId } of commit.tokens.closed) {
    const row = run.tokens.get(taskId);
    if (row !== undefined) removeToken(state, row);
  }
  for (const token of commit.tokens.opened) openToken(state, run, token);
  const mapRunsTold = commit.mapRuns === undefined ? [] : writeMapRuns(state, commit, commit.mapRuns);
  for (const stop of commit.jobStops ?? []) addJobStop(state, { ...stop, executionId: commit.executionId });
  if (commit.limits !== undefined) applyLimits(state, run.executionId, commit.limits);
  if (commit.then.kind === 'park') freeRun(state, run, commit.then.wakeAt);
  if (commit.then.kind === 'end') endRun(state, run, commit.then);
  return [...mapRunsTold, ...deliver(state, commit.arrivals)];
}

function openToken(state: MemoryState, run: RunRow, token: OpenToken): void {
  const isActivity = token.kind === 'activity';
  const row = {
    run,
    token,
    sequence: state.sequence++,
    status: 'open' as const,
    acceptedNumber: 0,
    openedAt: state.now(),
    timeoutAt: token.timeoutAt,
    heartbeatAt: isActivity ? null : heartbeatDeadline(token, state.now()),
    taken: false,
  };
  run.tokens.set(token.taskId, row);
  if (!isActivity || token.activityArn === null) return;
  const queue = state.untaken.get(token.activityArn);
  if (queue === undefined) state.untaken.set(token.activityArn, new Map([[row.sequence, row]]));
  else queue.set(row.sequence, row);
}

/** When the next heartbeat must have come; null: the task sends none. */
export function heartbeatDeadline(token: OpenToken, now: number): number | null {
  return token.heartbeatSeconds === null ? null : now + token.heartbeatSeconds * 1000;
}

function endRun(state: MemoryState, run: RunRow, end: Extract<CommitThen, { kind: 'end' }>): void {
  const { execution } = run;
  const { stateMachineArn, name } = execution.record;
  for (const row of run.tokens.values()) removeToken(state, row);
  removeRun(state, run);
  state.executionsByMachine.get(stateMachineArn)?.open.delete(run.executionId);
  const { status, stopDate, output, error, cause } = end;
  execution.record = { ...execution.record, status, stopDate, output, error, cause };
  if (status !== 'SUCCEEDED' || run.mapRun) {
    const { epoch, checkpoint, format, frames } = run;
    state.endedRuns.set(run.executionId, { epoch, checkpoint, format, frames });
  }
  if (run.mapRun) return;
  state.ended.add(execution);
  const taken = state.names.get(nameKey(stateMachineArn, name));
  if (taken?.execution.executionId === run.executionId) taken.reusableAt = end.reusableAt;
}

/** Arrivals for executions that have ended are dropped: nobody waits for them any more. */
function deliver(state: MemoryState, arrivals: readonly Arrival[]): Told[] {
  const told = new Map<string, Told>();
  for (const { executionId, activation } of arrivals) {
    const run = state.runs.get(executionId);
    if (run === undefined) continue;
    arrive(state, run, activation, run.startGraceMs);
    told.set(executionId, { executionId, owner: run.owner?.workerId ?? null });
  }
  return [...told.values()];
}
