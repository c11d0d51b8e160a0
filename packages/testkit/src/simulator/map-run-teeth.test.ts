import { atStore, beforeCommit, BUSY, KILLS } from './planted-at-store.ts';
import { EXPRESS_LABEL } from './map-ledger.ts';
import { type SimulatedBug, describeSimulatedBugs } from './simulated-bugs.ts';

// Sentences of the protocol of Map Runs, each left out.

const work = (takesMs: number) => ({
  StartAt: 'Work',
  States: {
    Work: {
      Type: 'Task',
      Resource: 'arn:aws:lambda:us-east-1:123456789012:function:work',
      Parameters: { does: { takesMs }, 'retry.$': '$$.State.RetryCount' },
      End: true,
    },
  },
});

function distributed(executionType: 'STANDARD' | 'EXPRESS', fields: object = {}): object {
  const label = executionType === 'EXPRESS' ? `${EXPRESS_LABEL}All` : 'All';
  return {
    StartAt: 'All',
    States: {
      All: {
        Type: 'Map',
        Label: label,
        ItemsPath: '$.lists[4]',
        MaxConcurrency: 2,
        ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: executionType }, ...work(400) },
        End: true,
        ...fields,
      },
    },
  };
}

const mapRunBugs: Record<string, SimulatedBug> = {
  'children begin in another commit than the one that says so': {
    ...beforeCommit((commit, run) =>
      (commit.mapRuns?.own?.children.length ?? 0) > 0 ? { ...commit, checkpoint: run.checkpoint } : undefined,
    ),
    profile: KILLS,
    definition: distributed('STANDARD'),
    by: ['map-runs'],
  },
  'the end of a child is told twice': {
    ...beforeCommit((commit) => ({
      ...commit,
      arrivals: commit.arrivals.flatMap((arrival) =>
        arrival.activation.includes('ChildEnded') ? [arrival, arrival] : [arrival],
      ),
    })),
    profile: BUSY,
    definition: distributed('STANDARD'),
    by: ['map-runs', 'acknowledged'],
  },
  'the end of a child is not told': {
    ...beforeCommit((commit) => ({
      ...commit,
      arrivals: commit.arrivals.filter(({ activation }) => !activation.includes('ChildEnded')),
    })),
    profile: BUSY,
    definition: distributed('STANDARD'),
    by: ['map-runs', 'acknowledged', 'ended'],
  },
  'the end of a Map Run is not told': {
    ...beforeCommit((commit) => ({
      ...commit,
      arrivals: commit.arrivals.filter(({ activation }) => !activation.includes('MapRunEnded')),
    })),
    profile: BUSY,
    definition: distributed('EXPRESS'),
    by: ['parked', 'acknowledged', 'ended'],
  },
  'that a Map Run could not go on is forgotten': {
    ...beforeCommit((commit) => ({
      ...commit,
      frames: { ...commit.frames, written: commit.frames.written.filter(({ id }) => id !== 'failure') },
    })),
    profile: { ...KILLS, unreadable: 0.5, redrive: 0.8 },
    definition: distributed('STANDARD'),
    by: ['map-runs', 'parked', 'ended'],
  },
  'a redrive of a Map Run that is still there leaves it the task of before': {
    ...atStore((store, { state }) => ({
      async commit(workerId, batch) {
        const before = new Map([...state.runs].map(([id, { execution }]) => [id, execution.record]));
        const outcomes = await store.commit(workerId, batch);
        for (const { execution } of batch.flatMap(({ mapRuns }) => mapRuns?.redriven ?? [])) {
          const [run, record] = [state.runs.get(execution.executionId), before.get(execution.executionId)];
          if (run !== undefined && record !== undefined) run.execution.record = record;
        }
        return outcomes;
      },
    })),
    profile: { ...BUSY, unreadable: 0.6, stop: 0.8, redrive: 0.9 },
    definition: distributed('STANDARD'),
    by: ['parked', 'ended', 'acknowledged'],
  },
  'more children run than may': {
    ...atStore((store) => ({
      async claim(request) {
        const runs = await store.claim(request);
        return runs.map((run) =>
          run.mapRun ? { ...run, checkpoint: run.checkpoint.replace('"maxConcurrency":2', '"maxConcurrency":0') } : run,
        );
      },
    })),
    profile: BUSY,
    definition: distributed('STANDARD'),
    by: ['map-runs'],
  },
  'outcomes are committed without their counts': {
    ...beforeCommit((commit, run) =>
      (commit.mapRuns?.own?.outcomes.length ?? 0) > 0 && commit.then.kind === 'keep'
        ? { ...commit, checkpoint: run.checkpoint }
        : undefined,
    ),
    profile: KILLS,
    definition: distributed('EXPRESS'),
    by: ['map-runs', 'ended'],
  },
};

describeSimulatedBugs('of Map Runs', mapRunBugs);
