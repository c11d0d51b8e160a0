import type { CommitOutcome } from '@everstep/engine';
import type { TokenRow } from '@everstep/store-memory';
import type { BugTools } from './planted-bug.ts';
import { atStore, beforeCommit, setWakeAt, pauseIn, BUSY, UNTOLD, besides, type Made } from './planted-at-store.ts';
import { type SimulatedBug, describeSimulatedBugs } from './simulated-bugs.ts';

// Stores that lose sight of what has arrived, beside those of store-teeth.test.ts.

function ignoringSignals(kind: 'park' | 'end'): Made {
  return beforeCommit((commit, run) => {
    if (commit.then.kind !== kind || run.epoch !== commit.epoch) return undefined;
    const { signals } = run;
    run.signals = commit.consumed;
    return () => {
      run.signals = signals;
    };
  });
}

/** Changes the token rows that a commit closes, for as long as it is decided. */
function onClosing(reason: 'timed-out' | 'aborted', change: (row: TokenRow) => () => void): Made {
  return beforeCommit((commit, run) => {
    const rows = commit.tokens.closed
      .filter((closed) => (closed.reason === 'timed-out') === (reason === 'timed-out'))
      .flatMap(({ taskId }) => run.tokens.get(taskId) ?? []);
    const undo = rows.map(change);
    return () => {
      for (const back of undo) back();
    };
  });
}

const parkBugs: Record<string, SimulatedBug> = {
  'the park does not compare what has arrived': {
    ...ignoringSignals('park'),
    profile: BUSY,
    by: ['acknowledged', 'parked'],
  },
  'the end does not compare what has arrived': {
    ...ignoringSignals('end'),
    profile: UNTOLD,
    by: ['acknowledged'],
  },
  'the park looks at the inbox, before it locks the run': {
    ...atStore((store, { state, stage }) => ({
      async commit(workerId, batch) {
        const empty = new Set(
          batch.filter(({ executionId, consumed, then }) => {
            const run = state.runs.get(executionId);
            return then.kind === 'park' && run?.inbox.every(({ number }) => number <= consumed) === true;
          }),
        );
        await pauseIn(stage, 3);
        const outcomes: CommitOutcome[] = [];
        for (const commit of batch) {
          const run = state.runs.get(commit.executionId);
          const signals = run?.signals ?? 0;
          if (run !== undefined && empty.has(commit)) run.signals = commit.consumed;
          outcomes.push(...(await store.commit(workerId, [commit])));
          if (run !== undefined) run.signals = signals;
        }
        return outcomes;
      },
    })),
    profile: BUSY,
    by: ['acknowledged', 'parked'],
  },
  'the park forgets wake_at': {
    ...beforeCommit((commit) =>
      commit.then.kind === 'park' ? { ...commit, then: { kind: 'park', wakeAt: null } } : undefined,
    ),
    profile: BUSY,
    by: ['parked'],
  },
  'an arrival forgets wake_at': {
    ...atStore((store, { state }) => ({
      async completeTask(request) {
        const outcome = await store.completeTask(request);
        setWakeAt(state, request.executionId, null);
        return outcome;
      },
    })),
    profile: BUSY,
    by: ['parked'],
  },
  'a start forgets wake_at': {
    ...atStore((store, { state }) => ({
      async startExecutions(batch) {
        const outcomes = await store.startExecutions(batch);
        for (const { executionId } of batch) setWakeAt(state, executionId, null);
        return outcomes;
      },
    })),
    profile: { ...BUSY, drop: 0.5 },
    by: ['parked'],
  },
  'a stop by force takes two transactions, with nobody in between': {
    ...atStore((store, { state, stage }) => ({
      async force(executionId, decide) {
        const run = state.runs.get(executionId);
        if (run !== undefined) {
          run.owner?.runs.delete(run);
          Object.assign(run, { owner: null, epoch: run.epoch + 1 });
          setWakeAt(state, executionId, null);
          await pauseIn(stage, 700);
        }
        return await store.force(executionId, decide);
      },
    })),
    profile: { ...BUSY, stop: 0.8 },
    by: ['parked', 'served', 'ended'],
  },
};

const redriveBugs: Record<string, SimulatedBug> = {
  'a redrive begins with the first epoch': {
    ...atStore((store, { state }) => ({
      async redriveExecution(redrive) {
        const outcome = await store.redriveExecution(redrive);
        const run = state.runs.get(redrive.executionId);
        if (outcome.kind === 'redriven' && run !== undefined) run.epoch = 0;
        return outcome;
      },
    })),
    profile: { ...BUSY, stop: 0.8, redrive: 1 },
    by: ['fence', 'engine'],
  },
  'a redrive forgets the frames': {
    ...atStore((store, { state }) => ({
      async redriveExecution(redrive) {
        const outcome = await store.redriveExecution(redrive);
        if (outcome.kind === 'redriven') state.runs.get(redrive.executionId)?.frames.clear();
        return outcome;
      },
    })),
    profile: { ...BUSY, stop: 0.8, redrive: 1 },
    by: ['replay', 'engine', 'parked', 'ended', 'served'],
  },
  'an execution that is open is redriven': {
    ...atStore((store, { state }) => ({
      async redriveExecution(redrive) {
        const outcome = await store.redriveExecution(redrive);
        const run = state.runs.get(redrive.executionId);
        if (outcome.kind !== 'refused' || run === undefined) return outcome;
        Object.assign(run, { epoch: run.epoch + 1, signals: 1, consumed: 0 });
        run.inbox = [{ number: 1, activation: redrive.activation }];
        return { kind: 'redriven' };
      },
    })),
    profile: { ...BUSY, stop: 0.8, redrive: 1, unknown: 0.1 },
    by: ['fence', 'acknowledged', 'engine', 'rows'],
  },
};

const tokenBugs: Record<string, SimulatedBug> = {
  'a time-out does not ask for the deadline in the row': {
    ...onClosing('timed-out', (row) => {
      const { timeoutAt } = row;
      row.timeoutAt = 0;
      return () => {
        row.timeoutAt = timeoutAt;
      };
    }),
    profile: BUSY,
    by: ['tokens'],
  },
  'a time-out does not ask whether the token is open': {
    ...onClosing('timed-out', (row) => {
      const { status } = row;
      row.status = 'open';
      return () => {
        row.status = status;
      };
    }),
    profile: UNTOLD,
    definition: besides({ takesMs: 900 }, { takesMs: 2_000 }, { TimeoutSeconds: 1 }),
    by: ['tokens', 'acknowledged'],
  },
  'an abort swallows a result that was accepted': {
    ...onClosing('aborted', (row) => {
      const { status } = row;
      row.status = 'open';
      return () => {
        row.status = status;
      };
    }),
    profile: UNTOLD,
    definition: besides({ takesMs: 300 }, { takesMs: 400, fails: 9, error: 'Red' }),
    by: ['tokens', 'acknowledged'],
  },
  'an abort is refused although the result was read': {
    ...onClosing('aborted', (row) => {
      const { acceptedNumber } = row;
      if (row.status === 'accepted') row.acceptedNumber = Number.MAX_SAFE_INTEGER;
      return () => {
        row.acceptedNumber = acceptedNumber;
      };
    }),
    profile: { ...BUSY, maxSkewMs: 0 },
    by: ['served', 'ended'],
  },
  'a result is accepted after the commit of its time-out': {
    ...atStore((store, { state }) => ({
      async completeTask(request) {
        const outcome = await store.completeTask(request);
        const run = state.runs.get(request.executionId);
        if (outcome.kind !== 'gone' || run === undefined) return outcome;
        run.signals += 1;
        run.inbox.push({ number: run.signals, activation: request.activation });
        setWakeAt(state, request.executionId, state.now());
        return { kind: 'accepted', owner: run.owner?.workerId ?? null };
      },
    })),
    profile: BUSY,
    by: ['tokens'],
  },
  'two results of one task are accepted': {
    ...atStore((store, { state }) => ({
      completeTask(request) {
        const row = state.runs.get(request.executionId)?.tokens.get(request.taskId);
        if (row !== undefined) row.status = 'open';
        return store.completeTask(request);
      },
    })),
    profile: BUSY,
    by: ['tokens'],
  },
  'an acknowledged heartbeat moves nothing': {
    ...atStore((store, { state }) => ({
      async heartbeatTask(request) {
        const row = state.runs.get(request.executionId)?.tokens.get(request.taskId);
        const before = row?.heartbeatAt ?? null;
        const outcome = await store.heartbeatTask(request);
        if (row !== undefined) row.heartbeatAt = before;
        return outcome;
      },
    })),
    profile: BUSY,
    by: ['acknowledged'],
  },
  'an acknowledged start is lost': {
    ...atStore((store, { state }: BugTools) => ({
      async startExecutions(batch) {
        const outcomes = await store.startExecutions(batch);
        for (const { executionId, executionArn } of batch) {
          state.runs.delete(executionId);
          state.executions.delete(executionId);
          state.idsByArn.delete(executionArn);
        }
        return outcomes;
      },
    })),
    by: ['acknowledged', 'rows', 'engine'],
  },
};

describeSimulatedBugs('parking and stopping', parkBugs);
describeSimulatedBugs('redrives', redriveBugs);
describeSimulatedBugs('callbacks', tokenBugs);
