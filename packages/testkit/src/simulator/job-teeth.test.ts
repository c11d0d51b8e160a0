import { atStore, beforeCommit, BUSY, KILLS } from './planted-at-store.ts';
import { type SimulatedBug, describeSimulatedBugs } from './simulated-bugs.ts';

// What jobs rest on whose end is asked for, each left out.

const JOBS = { jobs: 1, stop: 0.3, maxResidentExecutions: 2_000, maxConcurrentCalls: 200 };

const job = (does: object, fields: object = {}) => ({
  StartAt: 'Job',
  States: {
    Job: {
      Type: 'Task',
      Resource: 'arn:aws:states:::glue:startJobRun.sync',
      Parameters: { does, 'retry.$': '$$.State.RetryCount' },
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'End' }],
      Next: 'End',
      ...fields,
    },
    End: { Type: 'Succeed' },
  },
});

const jobBugs: Record<string, SimulatedBug> = {
  'that a job is to be stopped is not written down': {
    ...beforeCommit((commit) => (commit.jobStops === undefined ? undefined : { ...commit, jobStops: [] })),
    profile: { ...KILLS, ...JOBS, crash: 0.03, moments: 8, effectFault: 0.4 },
    definition: job({ silent: true }, { TimeoutSeconds: 2 }),
    by: ['jobs'],
  },
  'what is to be stopped is forgotten once it was taken': {
    ...atStore((store) => ({
      async takeJobStops(request) {
        const taken = await store.takeJobStops(request);
        for (const stop of taken) await store.deleteJobStop(stop);
        return [];
      },
    })),
    profile: { ...KILLS, ...JOBS, crash: 0.03, moments: 8, effectFault: 0.4 },
    definition: job({ silent: true }, { TimeoutSeconds: 2 }),
    by: ['jobs'],
  },
  'nobody works off what is to be stopped': {
    ...atStore(() => ({ takeJobStops: async () => [] })),
    profile: { ...KILLS, ...JOBS, crash: 0.03, moments: 8, effectFault: 0.4 },
    definition: job({ silent: true }, { TimeoutSeconds: 2 }),
    by: ['jobs'],
  },
  'a job is stopped while its task waits': {
    ...beforeCommit((commit) => {
      const [, id] = /"poll":\{"job":"(job-[^"]*)"/.exec(commit.checkpoint) ?? [];
      if (id === undefined || commit.then.kind === 'end') return undefined;
      const request = JSON.stringify({
        ...{ executionArn: '', stateMachineArn: '', stateName: 'Job', roleArn: null, parameters: {}, job: id },
        resource: { kind: 'integration', arn: '', service: 'glue', operation: 'startJobRun', pattern: 'sync' },
      });
      return { ...commit, jobStops: [{ taskId: 1, request, dueInMs: 0 }] };
    }),
    profile: { ...BUSY, ...JOBS },
    definition: job({ takesMs: 15_000 }),
    by: ['jobs'],
  },
  'a job that was started is forgotten': {
    ...atStore((store) => ({
      async claim(request) {
        const runs = await store.claim(request);
        return runs.map((run) => ({ ...run, checkpoint: run.checkpoint.replace(/"poll":\{[^}]*\}/, '"poll":null') }));
      },
    })),
    profile: { ...KILLS, ...JOBS },
    definition: job({ takesMs: 3_000 }),
    by: ['replay', 'ended', 'served', 'engine'],
  },
};

describeSimulatedBugs('jobs', jobBugs);
