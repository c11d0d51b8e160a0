import type { RunCommit } from '@everstep/engine';
import { atStore, KILLS } from './planted-at-store.ts';
import { type SimulatedBug, describeSimulatedBugs } from './simulated-bugs.ts';

// What is begun by executions that cannot go on, each time left running.

const AGAIN = { ...KILLS, drop: 0, stop: 0, maxResidentExecutions: 2_000, maxConcurrentCalls: 200, faultsMs: 14_000 };
const SEALED = { ...AGAIN, unreadableExecutions: 0.3 };
const FOREIGN = { ...AGAIN, moments: 8, foreign: 0.5 };
const answering = (does: object) => ({ does, 'retry.$': '$$.State.RetryCount' });
const wait = (Next: string) => ({ Type: 'Wait', Seconds: 2, Next });

/** Beside it the execution has to be looked at now and then. */
const beside = (name: string, state: object) => ({
  Type: 'Parallel',
  Branches: [
    { StartAt: name, States: { [name]: { ...state, End: true } } },
    { StartAt: 'A', States: { A: wait('B'), B: wait('C'), C: wait('D'), D: { Type: 'Succeed' } } },
  ],
  End: true,
});

/** A machine that starts itself, once. */
const PARENT = {
  StartAt: 'Which',
  States: {
    Which: { Type: 'Choice', Choices: [{ Variable: '$.isChild', IsPresent: true, Next: 'Child' }], Default: 'Parent' },
    Child: { Type: 'Wait', Seconds: 30, End: true },
    Parent: beside('Start', {
      Type: 'Task',
      Resource: 'arn:aws:states:::states:startExecution.sync',
      Parameters: {
        StateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:machine-0',
        Input: { isChild: true },
      },
    }),
  },
};

const MAP = {
  StartAt: 'Both',
  States: {
    Both: beside('All', {
      Type: 'Map',
      Label: 'All',
      ItemsPath: '$.lists',
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'Late',
        States: { Late: { Type: 'Wait', Seconds: 30, End: true } },
      },
    }),
  },
};

const JOB = {
  StartAt: 'Both',
  States: {
    Both: beside('Job', {
      Type: 'Task',
      Resource: 'arn:aws:states:::glue:startJobRun.sync',
      Parameters: answering({ takesMs: 120_000 }),
    }),
  },
};

const isFailure = ({ then }: RunCommit): boolean =>
  then.kind === 'end' && then.cause?.startsWith('This execution cannot go on') === true;

/** What the commit that fails an execution is without a part of it. */
const failingWithout = (leaveOut: (commit: RunCommit) => Partial<RunCommit>): Pick<SimulatedBug, 'bug'> => ({
  bug: {
    client: (store) => ({
      commit: (workerId, batch) =>
        store.commit(
          workerId,
          batch.map((commit) => (isFailure(commit) ? { ...commit, ...leaveOut(commit) } : commit)),
        ),
    }),
  },
});

const withoutStops = failingWithout(({ arrivals }) => ({
  arrivals: arrivals.filter(({ activation }) => !activation.includes('"Stop"')),
}));

const failureBugs: Record<string, SimulatedBug> = {
  'children of one whose definition cannot be read run on': {
    ...withoutStops,
    profile: FOREIGN,
    definition: PARENT,
    by: ['abandoned'],
  },
  'children of one that nobody can read run on': {
    ...atStore(() => ({ listChildren: async () => [] })),
    profile: SEALED,
    definition: PARENT,
    by: ['abandoned'],
  },
  'Map Runs of one whose definition cannot be read run on': {
    ...withoutStops,
    profile: FOREIGN,
    definition: MAP,
    by: ['abandoned'],
  },
  'Map Runs of one that nobody can read run on': {
    ...atStore(() => ({ listMapRuns: async () => [] })),
    profile: SEALED,
    definition: MAP,
    by: ['abandoned'],
  },
  'jobs of one whose definition cannot be read run on': {
    ...failingWithout(() => ({ jobStops: [] })),
    profile: { ...FOREIGN, jobs: 1, crash: 0.03, effectFault: 0.4 },
    definition: JOB,
    by: ['jobs'],
  },
};

describeSimulatedBugs('executions that cannot go on', failureBugs);
