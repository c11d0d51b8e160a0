import { describePlantedBugs } from '@everstep/testkit';
import { type PlantedBug, beforeCommit, plantAll } from './planted-bug.ts';
import type { MemoryState, RunRow, TokenRow } from './state.ts';

function tokenOf(state: MemoryState, task: { executionId: string; taskId: number }): TokenRow | undefined {
  return state.runs.get(task.executionId)?.tokens.get(task.taskId);
}

/** Changes the row of the token that a callback is for, before it is decided. */
function beforeCallback(prepare: (row: TokenRow) => void): PlantedBug {
  return (store, state) => ({
    completeTask(request) {
      const row = tokenOf(state, request);
      if (row !== undefined) prepare(row);
      return store.completeTask(request);
    },
  });
}

/** Changes the run that a callback was accepted for, afterwards. */
function afterCallback(change: (run: RunRow, before: { wakeAt: number | null; graceMs: number }) => void): PlantedBug {
  return (store, state) => ({
    async completeTask(request) {
      const run = state.runs.get(request.executionId);
      const before = { wakeAt: run?.wakeAt ?? null, graceMs: run?.graceMs ?? 0 };
      const outcome = await store.completeTask(request);
      if (run === undefined || outcome.kind !== 'accepted' || run.owner !== null) return outcome;
      change(run, before);
      state.sleeping.place(run);
      return outcome;
    },
  });
}

const tokenBugs: Record<string, PlantedBug> = {
  'a late callback is accepted': beforeCallback((row) => {
    row.timeoutAt = null;
    row.heartbeatAt = null;
  }),
  'a second callback is accepted': beforeCallback((row) => {
    row.status = 'open';
  }),
  'an untaken activity takes a result': beforeCallback((row) => {
    row.taken = true;
  }),
  'a callback does not wake a parked run': afterCallback((run, before) => {
    run.wakeAt = before.wakeAt;
  }),
  'a callback moves an earlier wake_at': afterCallback((run) => {
    run.wakeAt = 4_000_000_000_000;
  }),
  'a callback leaves a grown grace': afterCallback((run, before) => {
    run.graceMs = before.graceMs;
  }),
  'a time-out does not ask for the deadline': beforeCommit((commit, run) => {
    for (const { taskId, reason } of commit.tokens.closed) {
      const row = run.tokens.get(taskId);
      if (row !== undefined && reason === 'timed-out') row.timeoutAt = 0;
    }
  }),
  'a time-out does not ask whether the token is open': beforeCommit((commit, run) => {
    for (const { taskId, reason } of commit.tokens.closed) {
      const row = run.tokens.get(taskId);
      if (row?.status === 'accepted' && reason === 'timed-out') row.status = 'open';
    }
  }),
  'an abort swallows an unread result': beforeCommit((commit, run) => {
    for (const { taskId } of commit.tokens.closed) {
      const row = run.tokens.get(taskId);
      if (row !== undefined) row.acceptedNumber = 0;
    }
  }),
  'an abort is refused although its result was read': beforeCommit((commit, run) => {
    for (const { taskId, reason } of commit.tokens.closed) {
      const row = run.tokens.get(taskId);
      if (row?.status === 'accepted' && reason === 'aborted') row.acceptedNumber = commit.consumed + 1;
    }
  }),
  'a heartbeat moves nothing': (store, state) => ({
    async heartbeatTask(request) {
      const row = tokenOf(state, request);
      const before = row?.heartbeatAt ?? null;
      const outcome = await store.heartbeatTask(request);
      if (row !== undefined) row.heartbeatAt = before;
      return outcome;
    },
  }),
  'a heartbeat is counted as a signal': (store, state) => ({
    async heartbeatTask(request) {
      const run = state.runs.get(request.executionId);
      const outcome = await store.heartbeatTask(request);
      if (run !== undefined) run.inbox.push({ number: ++run.signals, activation: '"beat"' });
      return outcome;
    },
  }),
  'an activity hands out the youngest task': (store, state) => ({
    takeActivityTask(request) {
      const queue = state.untaken.get(request.activityArn);
      if (queue !== undefined) state.untaken.set(request.activityArn, new Map([...queue].toReversed()));
      return store.takeActivityTask(request);
    },
  }),
  'a taken task is handed out again': (store, state) => ({
    async takeActivityTask(request) {
      const before = new Map(state.untaken.get(request.activityArn));
      const task = await store.takeActivityTask(request);
      if (task !== null) state.untaken.set(request.activityArn, before);
      return task;
    },
  }),
  'a taken task counts no signal': (store, state) => ({
    async takeActivityTask(request) {
      const task = await store.takeActivityTask(request);
      const run = task === null ? undefined : state.runs.get(task.executionId);
      if (run !== undefined) {
        run.signals--;
        run.inbox.pop();
      }
      return task;
    },
  }),
  'an activity’s limits start with its schedule': beforeCommit((commit) => {
    const opened = commit.tokens.opened.map((token) => ({ ...token, timeoutAt: token.timeoutAt ?? 1 }));
    return { ...commit, tokens: { ...commit.tokens, opened } };
  }),
};

describePlantedBugs('callbacks and activities', plantAll(tokenBugs));
