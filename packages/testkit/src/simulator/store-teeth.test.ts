import type { CommitOutcome, RunCommit, Store } from '@everstep/engine';
import type { MemoryState, RunRow, TokenRow } from '@everstep/store-memory';
import type { BugTools, PlantedBug } from './planted-bug.ts';
import { type SimulatedBug, describeSimulatedBugs } from './simulated-bugs.ts';
import type { Stage } from './stage.ts';

// Stores that leave out one sentence of the protocol. What a store alone must keep, whoever asks, is in the teeth of the
// contract suite (store-memory); here are those that the runtime as a whole suffers from.

type Made = Pick<SimulatedBug, 'bug'>;

function atStore(store: NonNullable<PlantedBug['store']>): Made {
  return { bug: { store } };
}

/** Changes the tables before each commit of a batch is decided, and puts them right afterwards. */
function beforeCommit(prepare: (commit: RunCommit, run: RunRow) => RunCommit | (() => void) | undefined): Made {
  return atStore((store, { state }) => ({
    async commit(workerId, batch) {
      const outcomes: CommitOutcome[] = [];
      for (const commit of batch) {
        const run = state.runs.get(commit.executionId);
        const prepared = run === undefined ? undefined : prepare(commit, run);
        outcomes.push(...(await store.commit(workerId, [typeof prepared === 'object' ? prepared : commit])));
        if (typeof prepared === 'function') prepared();
      }
      return outcomes;
    },
  }));
}

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

function setWakeAt(state: MemoryState, executionId: string, wakeAt: number | null): void {
  const run = state.runs.get(executionId);
  if (run === undefined || run.owner !== null) return;
  run.wakeAt = wakeAt;
  state.sleeping.place(run);
}

const pauseIn = (stage: Stage, milliseconds: number): Promise<void> => stage.timeline.sleep(milliseconds);

const withoutNotHeld = (store: Store): Pick<Store, 'renewLease'> => ({
  renewLease: async (request) => ({ ...(await store.renewLease(request)), notHeld: [] }),
});

const BUSY = { executions: 4, machines: 2, workers: 2 };
/** What arrives is seen late. */
const UNTOLD = { ...BUSY, drop: 1, freeze: 0, crash: 0 };

const answering = (does: object) => ({ does, 'retry.$': '$$.State.RetryCount' });

/** A callback beside a call, six times one after the other, whatever comes of them. */
function besides(callback: object, call: object, limit: object = {}): object {
  const asked = {
    Type: 'Task',
    Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
    Parameters: answering(callback),
    ...limit,
    End: true,
  };
  const called = {
    Type: 'Task',
    Resource: 'arn:aws:lambda:us-east-1:123456789012:function:work',
    Parameters: answering(call),
    End: true,
  };
  const names = ['A', 'B', 'C', 'D', 'E', 'F'];
  const states = names.map((name, index) => {
    const [one, other, following] = [`${name}1`, `${name}2`, names[index + 1] ?? 'End'];
    const branches = [
      { StartAt: one, States: { [one]: asked } },
      { StartAt: other, States: { [other]: called } },
    ];
    const caught = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.caught', Next: following }];
    return [name, { Type: 'Parallel', Branches: branches, ResultPath: '$.both', Catch: caught, Next: following }];
  });
  return { StartAt: 'A', States: { ...Object.fromEntries(states), End: { Type: 'Succeed' } } };
}

const KILLS = { ...BUSY, crash: 0.02, moments: 4 };

const leaseBugs: Record<string, SimulatedBug> = {
  'an identity is used again after a restart': {
    bug: {
      store: (store, { state }) => ({
        async registerWorker(worker) {
          const former = state.workers.get(worker.workerId);
          if (former === undefined) return await store.registerWorker(worker);
          Object.assign(former, { dead: false, leaseUntil: state.now() + worker.leaseMs });
          state.watchedWorkers.add(former);
        },
        ...withoutNotHeld(store),
      }),
      ids: (ids, { name }) => ({ ...ids, uuid: () => name.split('.')[0] ?? name }),
    },
    profile: KILLS,
    by: ['served', 'ended'],
  },
  'arrivals are told by hints alone': {
    bug: {
      store: (store) => ({
        renewLease: async (request) => ({ ...(await store.renewLease(request)), unseen: [] }),
      }),
      hints: () => ({ sendToWorker: () => undefined }),
    },
    profile: {
      faultsMs: 1_000,
      ...BUSY,
      leaseMs: 3_000,
      maxGraceMs: 2_000,
      maxConcurrentCalls: 200,
      maxResidentExecutions: 2_000,
    },
    definition: besides({ takesMs: 300 }, { takesMs: 15_000 }),
    by: ['served', 'ended'],
  },
  'a renewal does not tell of runs that are not in memory': {
    ...atStore(withoutNotHeld),
    profile: { ...BUSY, unknown: 0.2, crash: 0, freeze: 0 },
    by: ['served', 'ended'],
  },
  'what the dead leave behind is not due': {
    ...atStore((store, { state }) => ({
      async releaseLapsed(limit) {
        const released = await store.releaseLapsed(limit);
        for (const executionId of released) setWakeAt(state, executionId, null);
        return released;
      },
    })),
    profile: KILLS,
    by: ['parked'],
  },
  'the living are taken for dead': {
    ...atStore((store, { state }) => ({
      async releaseLapsed(limit) {
        const [worker] = [...state.workers.values()].filter(({ dead, runs }) => !dead && runs.size > 0);
        const until = worker?.leaseUntil;
        if (worker !== undefined) worker.leaseUntil = 0;
        const released = await store.releaseLapsed(limit);
        if (worker !== undefined) Object.assign(worker, { leaseUntil: until, dead: false });
        return released;
      },
    })),
    profile: BUSY,
    by: ['effects', 'fence', 'lease'],
  },
  'who leaves keeps its runs': {
    ...atStore((_store, { state }) => ({
      async unregisterWorker(workerId) {
        const worker = state.workers.get(workerId);
        if (worker === undefined) return;
        worker.dead = true;
        state.watchedWorkers.delete(worker);
      },
    })),
    profile: { ...BUSY, drains: 3 },
    by: ['served', 'ended', 'rows'],
  },
};

const claimBugs: Record<string, SimulatedBug> = {
  'nobody can claim its own run': {
    ...atStore((store, { state }) => ({
      claim(request) {
        const executionIds = request.executionIds.filter(
          (executionId) => state.runs.get(executionId)?.owner?.workerId !== request.workerId,
        );
        return store.claim({ ...request, executionIds });
      },
    })),
    profile: { ...BUSY, unknown: 0.1 },
    by: ['served', 'ended'],
  },
  'a claim reads its rows before it locks the run': {
    ...atStore((store, { state, stage }) => ({
      async claim(request) {
        const before = new Map(
          request.executionIds.map((executionId) => {
            const run = state.runs.get(executionId);
            const frames = [...(run?.frames ?? [])].map(([id, data]) => ({ id, data }));
            return [executionId, { frames, inbox: [...(run?.inbox ?? [])], checkpoint: run?.checkpoint ?? '' }];
          }),
        );
        await pauseIn(stage, 3);
        return (await store.claim(request)).map((run) => ({ ...run, ...before.get(run.execution.executionId) }));
      },
    })),
    profile: { ...BUSY, double: 0.5, graceMs: 300 },
    by: ['replay', 'engine', 'acknowledged', 'ended', 'served', 'history'],
  },
  'rows that were never read count as consumed': {
    ...atStore((store, { state, stage }) => ({
      async claim(request) {
        const before = new Map(request.executionIds.map((id) => [id, [...(state.runs.get(id)?.inbox ?? [])]]));
        await pauseIn(stage, 3);
        return (await store.claim(request)).map((run) => {
          const inbox = before.get(run.execution.executionId) ?? [];
          const isWhole = inbox.length === run.inbox.length;
          const signals = state.runs.get(run.execution.executionId)?.signals ?? run.consumed;
          return isWhole ? run : { ...run, inbox: [], consumed: signals };
        });
      },
    })),
    profile: { ...BUSY, double: 0.5 },
    by: ['replay', 'engine', 'acknowledged', 'ended', 'served', 'parked'],
  },
  'a claim of unknown outcome is given up': {
    bug: {
      store: withoutNotHeld,
      client: (store) => ({ claim: (request) => store.claim(request).catch(() => []) }),
    },
    profile: { ...BUSY, unknown: 0.1, crash: 0, freeze: 0 },
    by: ['served', 'ended', 'effects'],
  },
  'a claim does not read the deadlines': {
    ...atStore((store) => ({
      claim: async (request) => (await store.claim(request)).map((run) => ({ ...run, tokens: [] })),
    })),
    profile: { ...BUSY, maxSkewMs: 0 },
    by: ['served'],
  },
  'an epoch starts again': {
    ...atStore((store, { state }) => ({
      async claim(request) {
        for (const executionId of request.executionIds) {
          const run = state.runs.get(executionId);
          if (run?.owner === null) run.epoch = 0;
        }
        return await store.claim(request);
      },
    })),
    profile: BUSY,
    by: ['fence'],
  },
};

const commitBugs: Record<string, SimulatedBug> = {
  'the fence is left out': {
    ...beforeCommit((commit, run) => ({ ...commit, epoch: run.epoch })),
    profile: { ...BUSY, freeze: 0.02, unknown: 0.05 },
    by: ['fence', 'acknowledged', 'engine', 'replay'],
  },
  'effects come before their commit': {
    bug: {
      client: (store, { stage }) => ({
        async commit(workerId, batch) {
          void pauseIn(stage, 60).then(() => store.commit(workerId, batch).catch(() => undefined));
          return batch.map((): CommitOutcome => ({ kind: 'committed', told: [] }));
        },
      }),
    },
    profile: BUSY,
    by: ['effects'],
  },
  'a commit of unknown outcome is sent again': {
    bug: {
      client: (store) => ({
        commit: (workerId, batch) => store.commit(workerId, batch).catch(() => store.commit(workerId, batch)),
      }),
    },
    profile: { ...BUSY, unknown: 0.2, unavailable: 0 },
    by: ['engine', 'replay', 'fence', 'acknowledged', 'tokens'],
  },
  'a commit is taken for done that never came': {
    bug: {
      client: (store, { stage }) => ({
        async commit(workerId, batch) {
          if (stage.chance.happens(0.9)) return await store.commit(workerId, batch);
          return batch.map((): CommitOutcome => ({ kind: 'committed', told: [] }));
        },
      }),
    },
    profile: BUSY,
    by: ['engine', 'effects', 'replay', 'served', 'ended', 'acknowledged', 'tokens'],
  },
  'a refused commit leaves its history': {
    ...atStore((store, { state }) => ({
      async commit(workerId, batch) {
        const outcomes = await store.commit(workerId, batch);
        for (const [index, { executionId, history }] of batch.entries()) {
          const isRefused = outcomes[index]?.kind === 'signals' || outcomes[index]?.kind === 'token';
          if (isRefused && history !== null) state.executions.get(executionId)?.chunks.push(history);
        }
        return outcomes;
      },
    })),
    profile: BUSY,
    by: ['engine', 'history'],
  },
  'an event id is used again': {
    ...atStore((store) => ({
      claim: async (request) =>
        (await store.claim(request)).map((run) => ({
          ...run,
          checkpoint: run.checkpoint.replace(
            /"lastEventId":(\d+)/,
            (_text, id) => `"lastEventId":${Math.max(0, Number(id) - 1)}`,
          ),
        })),
    })),
    profile: BUSY,
    by: ['engine', 'replay', 'history'],
  },
  'history goes missing': {
    ...atStore((store, { state, stage }) => ({
      async commit(workerId, batch) {
        const outcomes = await store.commit(workerId, batch);
        for (const { executionId, then } of batch) {
          const { chunks } = state.executions.get(executionId) ?? { chunks: [] };
          if (then.kind === 'end' && chunks.length > 2 && stage.chance.happens(0.5)) chunks.splice(1, 1);
        }
        return outcomes;
      },
    })),
    profile: BUSY,
    by: ['history'],
  },
  'written frames go missing': {
    ...beforeCommit((commit) => ({ ...commit, frames: { ...commit.frames, written: [] } })),
    profile: { ...BUSY, maxResidentExecutions: 1 },
    by: ['engine', 'replay', 'ended', 'served', 'parked'],
  },
  'parents never hear of their children': {
    ...beforeCommit((commit) => ({ ...commit, arrivals: [] })),
    profile: BUSY,
    by: ['ended', 'served', 'parked', 'acknowledged'],
  },
};

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

describeSimulatedBugs('leases', leaseBugs);
describeSimulatedBugs('claims', claimBugs);
describeSimulatedBugs('commits', commitBugs);
describeSimulatedBugs('parking and stopping', parkBugs);
describeSimulatedBugs('callbacks', tokenBugs);
