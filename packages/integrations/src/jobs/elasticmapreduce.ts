import type { Json, JsonObject } from '@everstep/language';
import { type JobKind, named, valueAt, wholeAnswer, wordedJob } from './job-kind.ts';

/** AWS gives operations of EMR names of its own, and takes one thing where the API takes lists. */
export interface Translation {
  /** The API's operation. */
  readonly operation: string;
  readonly parameters?: (given: JsonObject) => JsonObject;
  readonly answer?: (answer: JsonObject) => JsonObject;
}

const asList = (value: Json | undefined): Json => (value === undefined ? null : [value]);

export const ELASTICMAPREDUCE: ReadonlyMap<string, Translation> = new Map<string, Translation>([
  [
    'createCluster',
    {
      operation: 'runJobFlow',
      answer: ({ JobFlowId = null, ...more }) => ({ ClusterId: JobFlowId, ...more }),
    },
  ],
  [
    'addStep',
    {
      operation: 'addJobFlowSteps',
      parameters: ({ ClusterId = null, Step, ...more }) => ({ JobFlowId: ClusterId, Steps: asList(Step), ...more }),
      answer: (answer) => ({ StepId: valueAt(answer, ['StepIds', 0]) ?? null }),
    },
  ],
  [
    'terminateCluster',
    {
      operation: 'terminateJobFlows',
      parameters: ({ ClusterId, ...more }) => ({ JobFlowIds: asList(ClusterId), ...more }),
    },
  ],
  [
    'cancelStep',
    {
      operation: 'cancelSteps',
      parameters: ({ StepId, ...more }) => ({ StepIds: asList(StepId), ...more }),
      answer: (answer) => ({ CancelStepsInfo: valueAt(answer, ['CancelStepsInfoList', 0]) ?? null }),
    },
  ],
  [
    'setClusterTerminationProtection',
    {
      operation: 'setTerminationProtection',
      parameters: ({ ClusterId, ...more }) => ({ JobFlowIds: asList(ClusterId), ...more }),
    },
  ],
]);

const cluster = { describe: 'describeCluster', within: ['Cluster'], state: ['Status', 'State'] };

const creation = wordedJob({
  ...cluster,
  identify: ({ ClusterId }) => named({ ClusterId }),
  succeeded: ['RUNNING', 'WAITING'],
  failed: ['TERMINATING', 'TERMINATED', 'TERMINATED_WITH_ERRORS'],
  output: ({ Id, ClusterArn }, answer) => named({ ClusterId: Id, ClusterArn }) ?? answer,
  stop: { operation: 'terminateJobFlows', parameters: ({ ClusterId }) => ({ JobFlowIds: asList(ClusterId) }) },
});

const termination = wordedJob({
  ...cluster,
  identify: (_answer, { ClusterId }) => named({ ClusterId }),
  succeeded: ['TERMINATED', 'TERMINATED_WITH_ERRORS'],
  failed: [],
  output: wholeAnswer,
});

const step = wordedJob({
  identify: ({ StepId }, { ClusterId }) => named({ ClusterId, StepId }),
  describe: 'describeStep',
  within: ['Step'],
  state: ['Status', 'State'],
  succeeded: ['COMPLETED'],
  failed: ['CANCELLED', 'FAILED', 'INTERRUPTED'],
  output: wholeAnswer,
  stop: {
    operation: 'cancelSteps',
    parameters: ({ ClusterId = null, StepId }) => ({ ClusterId, StepIds: asList(StepId) }),
  },
});

export const elasticMapReduce: ReadonlyArray<readonly [string, JobKind]> = [
  ['elasticmapreduce:createCluster', creation],
  ['elasticmapreduce:terminateCluster', termination],
  ['elasticmapreduce:addStep', step],
];
