import type { CommitOutcome, RunCommit, Store } from '@everstep/engine';
import type { MemoryState, RunRow } from '@everstep/store-memory';
import type { PlantedBug } from './planted-bug.ts';
import type { SimulatedBug } from './simulated-bugs.ts';
import type { Stage } from './stage.ts';

export type Made = Pick<SimulatedBug, 'bug'>;

export function atStore(store: NonNullable<PlantedBug['store']>): Made {
  return { bug: { store } };
}

/** Changes the tables before each commit of a batch is decided, and puts them right afterwards. */
export function beforeCommit(prepare: (commit: RunCommit, run: RunRow) => RunCommit | (() => void) | undefined): Made {
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

export function setWakeAt(state: MemoryState, executionId: string, wakeAt: number | null): void {
  const run = state.runs.get(executionId);
  if (run === undefined || run.owner !== null) return;
  run.wakeAt = wakeAt;
  state.sleeping.place(run);
}

export const pauseIn = (stage: Stage, milliseconds: number): Promise<void> => stage.timeline.sleep(milliseconds);

export const withoutNotHeld = (store: Store): Pick<Store, 'renewLease'> => ({
  renewLease: async (request) => ({ ...(await store.renewLease(request)), notHeld: [] }),
});

export const BUSY = { executions: 4, machines: 2, workers: 2 };
/** What arrives is seen late. */
export const UNTOLD = { ...BUSY, drop: 1, freeze: 0, crash: 0 };

export const KILLS = { ...BUSY, crash: 0.02, moments: 4 };

const answering = (does: object) => ({ does, 'retry.$': '$$.State.RetryCount' });

/** A callback beside a call, six times one after the other, whatever comes of them. */
export function besides(callback: object, call: object, limit: object = {}): object {
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
