import { ecsRunTask } from './ecs.ts';
import { elasticMapReduce } from './elasticmapreduce.ts';
import { emrServerless } from './emr-serverless.ts';
import { eks } from './eks.ts';
import { type JobKind, byAnswer, byParameters, named, stopWith, valueAt, wholeAnswer, wordedJob } from './job-kind.ts';
import { sageMaker } from './sagemaker.ts';

const NOT_WANTED = 'The state that has started this job no longer waits for it.';

const athena = wordedJob({
  identify: byAnswer('QueryExecutionId'),
  describe: 'getQueryExecution',
  within: ['QueryExecution'],
  state: ['Status', 'State'],
  succeeded: ['SUCCEEDED'],
  failed: ['FAILED', 'CANCELLED'],
  output: wholeAnswer,
  stop: stopWith('stopQueryExecution'),
});

const batch = wordedJob({
  identify: ({ JobId }) => named({ Jobs: JobId === undefined ? undefined : [JobId] }),
  describe: 'describeJobs',
  within: ['Jobs', 0],
  state: ['Status'],
  succeeded: ['SUCCEEDED'],
  failed: ['FAILED'],
  stop: {
    operation: 'terminateJob',
    parameters: (job) => ({ JobId: valueAt(job, ['Jobs', 0]) ?? null, Reason: NOT_WANTED }),
  },
});

const bedrockCustomization = wordedJob({
  identify: ({ JobArn }) => named({ JobIdentifier: JobArn }),
  describe: 'getModelCustomizationJob',
  state: ['Status'],
  succeeded: ['Completed'],
  failed: ['Failed', 'Stopped'],
  stop: stopWith('stopModelCustomizationJob'),
});

const BUILD_FAILED = ['FAILED', 'FAULT', 'TIMED_OUT', 'STOPPED'];

const build = wordedJob({
  identify: (answer) => identifiedBy(valueAt(answer, ['Build', 'Id'])),
  describe: 'batchGetBuilds',
  within: ['Builds', 0],
  state: ['BuildStatus'],
  succeeded: ['SUCCEEDED'],
  failed: BUILD_FAILED,
  output: (Build) => ({ Build }),
  stop: { operation: 'stopBuild', parameters: (job) => ({ Id: valueAt(job, ['Ids', 0]) ?? null }) },
});

const buildBatch = wordedJob({
  identify: (answer) => identifiedBy(valueAt(answer, ['BuildBatch', 'Id'])),
  describe: 'batchGetBuildBatches',
  within: ['BuildBatches', 0],
  state: ['BuildBatchStatus'],
  succeeded: ['SUCCEEDED'],
  failed: BUILD_FAILED,
  output: (BuildBatch) => ({ BuildBatch }),
  stop: { operation: 'stopBuildBatch', parameters: (job) => ({ Id: valueAt(job, ['Ids', 0]) ?? null }) },
});

function identifiedBy(id: ReturnType<typeof valueAt>) {
  return named({ Ids: id === undefined ? undefined : [id] });
}

const dataBrew = wordedJob({
  identify: ({ RunId }, { Name }) => named({ Name, RunId }),
  describe: 'describeJobRun',
  state: ['State'],
  succeeded: ['SUCCEEDED'],
  failed: ['FAILED', 'STOPPED', 'TIMEOUT'],
  stop: stopWith('stopJobRun'),
});

const emrOnEks = wordedJob({
  identify: byAnswer('Id', 'VirtualClusterId'),
  describe: 'describeJobRun',
  within: ['JobRun'],
  state: ['State'],
  succeeded: ['COMPLETED'],
  failed: ['FAILED', 'CANCELLED'],
  stop: stopWith('cancelJobRun'),
});

const virtualClusterDeletion = wordedJob({
  identify: byParameters('Id'),
  describe: 'describeVirtualCluster',
  within: ['VirtualCluster'],
  state: ['State'],
  succeeded: ['TERMINATED'],
  failed: ['ARRESTED'],
  output: wholeAnswer,
});

const glue = wordedJob({
  identify: ({ JobRunId }, { JobName }) => named({ JobName, RunId: JobRunId }),
  describe: 'getJobRun',
  within: ['JobRun'],
  state: ['JobRunState'],
  succeeded: ['SUCCEEDED'],
  failed: ['FAILED', 'STOPPED', 'TIMEOUT', 'ERROR', 'EXPIRED'],
  stop: {
    operation: 'batchStopJobRun',
    parameters: ({ JobName, RunId }) => ({ JobName: JobName ?? null, JobRunIds: [RunId ?? null] }),
  },
});

const mediaConvert = wordedJob({
  identify: (answer) => named({ Id: valueAt(answer, ['Job', 'Id']) }),
  describe: 'getJob',
  within: ['Job'],
  state: ['Status'],
  succeeded: ['COMPLETE'],
  failed: ['ERROR', 'CANCELED'],
  output: wholeAnswer,
  stop: stopWith('cancelJob'),
});

/** Everything that AWS waits for with `.sync`, by `service:operation` of the Resource. */
export const JOBS: ReadonlyMap<string, JobKind> = new Map([
  ['athena:startQueryExecution', athena],
  ['batch:submitJob', batch],
  ['bedrock:createModelCustomizationJob', bedrockCustomization],
  ['codebuild:startBuild', build],
  ['codebuild:startBuildBatch', buildBatch],
  ['codebuild:retryBuildBatch', buildBatch],
  ['databrew:startJobRun', dataBrew],
  ['ecs:runTask', ecsRunTask],
  ...eks,
  ...elasticMapReduce,
  ['emr-containers:startJobRun', emrOnEks],
  ['emr-containers:deleteVirtualCluster', virtualClusterDeletion],
  ...emrServerless,
  ['glue:startJobRun', glue],
  ['mediaconvert:createJob', mediaConvert],
  ...sageMaker,
]);
