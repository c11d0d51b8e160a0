import type { ClaimedRun, InboxRow, TokenDeadline } from '@everstep/engine';
import type { MemoryState, RunRow, TokenRow, WorkerRow } from './state.ts';

/** An owner counts only while its lease holds; one that is dead or has lapsed owns nothing any more. */
export function isAlive(worker: WorkerRow, now: number): boolean {
  return !worker.dead && worker.leaseUntil > now;
}

/** Gives the run to a worker, under a new epoch. wake_at stays as it is: timers are the owner's duty now. */
export function takeRun(state: MemoryState, run: RunRow, worker: WorkerRow): void {
  if (run.owner !== null && run.owner !== worker) countCrash(run);
  run.owner?.runs.delete(run);
  run.owner = worker;
  worker.runs.add(run);
  run.epoch++;
  run.committedSinceClaim = false;
  state.sleeping.remove(run);
}

/** Nobody owns the run until `wakeAt`; the epoch stays, so that the former owner is fenced by the next claim. */
export function freeRun(state: MemoryState, run: RunRow, wakeAt: number | null): void {
  run.owner?.runs.delete(run);
  run.owner = null;
  run.wakeAt = wakeAt;
  state.sleeping.place(run);
}

/** The run has ended. */
export function removeRun(state: MemoryState, run: RunRow): void {
  run.owner?.runs.delete(run);
  state.sleeping.remove(run);
  state.runs.delete(run.executionId);
}

/** Its owner died. A claim that came as far as a commit made progress and is not held against the execution. */
export function countCrash(run: RunRow): void {
  if (!run.committedSinceClaim) run.crashes++;
}

/** Counts and numbers an activation on the run's own row, and wakes the run where nobody owns it. */
export function arrive(state: MemoryState, run: RunRow, activation: string, graceMs: number): number {
  run.signals++;
  run.inbox.push({ number: run.signals, activation });
  run.graceMs = graceMs;
  if (run.owner === null) {
    const soon = state.now() + graceMs;
    run.wakeAt = run.wakeAt === null ? soon : Math.min(run.wakeAt, soon);
    state.sleeping.place(run);
  }
  return run.signals;
}

/** The run as its claimer, or a force, sees it. */
export function readRun(run: RunRow): ClaimedRun {
  return {
    execution: run.execution.record,
    epoch: run.epoch,
    consumed: run.consumed,
    checkpoint: run.checkpoint,
    format: run.format,
    frames: [...run.frames].map(([id, data]) => ({ id, data })),
    inbox: inboxAfter(run, run.consumed),
    tokens: deadlines(run),
    crashes: run.crashes,
    express: run.express,
    mapRun: run.mapRun,
  };
}

export function inboxAfter(run: RunRow, consumed: number): InboxRow[] {
  return run.inbox.filter((row) => row.number > consumed);
}

export function deadlines(run: RunRow): TokenDeadline[] {
  return [...run.tokens.values()].map(({ token, status, timeoutAt, heartbeatAt }) => ({
    taskId: token.taskId,
    status,
    timeoutAt,
    heartbeatAt,
  }));
}

/** Whether one of the limits in the token's row has been reached. An accepted result has voided both. */
export function hasTimedOut(row: TokenRow, now: number): boolean {
  return (row.timeoutAt !== null && row.timeoutAt <= now) || (row.heartbeatAt !== null && row.heartbeatAt <= now);
}

export function removeToken(state: MemoryState, row: TokenRow): void {
  row.run.tokens.delete(row.token.taskId);
  leaveQueue(state, row);
}

/** Takes an activity's task out of the queue of untaken ones. */
export function leaveQueue(state: MemoryState, row: TokenRow): void {
  const { activityArn } = row.token;
  if (activityArn === null) return;
  const queue = state.untaken.get(activityArn);
  if (queue === undefined) return;
  queue.delete(row.sequence);
  if (queue.size === 0) state.untaken.delete(activityArn);
}
