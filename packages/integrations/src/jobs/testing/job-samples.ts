import type { Json } from '@everstep/language';

interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One job of each kind as its service tells of it, on the wire. */
export interface JobSample {
  readonly resource: string;
  readonly parameters: Json;
  readonly started: object;
  readonly job: Json;
  readonly describe: string;
  readonly running: readonly object[];
  readonly succeeded: { readonly answer: WireAnswer; readonly output: Json };
  readonly failed: readonly object[];
  readonly stop: { readonly operation: string; readonly body?: object } | null;
}

const AT_SECONDS = 1_700_000_000.5;
const AT_MS = 1_700_000_000_500;

const answer = (body: object, status = 200): WireAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const eksResource = (name: string, named: Json, more: object, path: string): JobSample[] => {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  const described = (status: string): object => ({ [member]: { status } });
  const shared = { started: described('CREATING'), job: named, describe: `GET ${path}`, stop: null };
  return [
    {
      ...shared,
      resource: `eks:create${name}`,
      parameters: { ...Object(named), ...more },
      running: [described('CREATING')],
      succeeded: { answer: answer(described('ACTIVE')), output: { [name]: { Status: 'ACTIVE' } } },
      failed: [described(name === 'Cluster' ? 'FAILED' : 'CREATE_FAILED')],
    },
    {
      ...shared,
      resource: `eks:delete${name}`,
      parameters: named,
      running: [described('DELETING'), described('ACTIVE')],
      succeeded: { answer: answer({ __type: 'ResourceNotFoundException', message: 'gone' }, 404), output: {} },
      failed: [described(name === 'Cluster' ? 'FAILED' : 'DELETE_FAILED')],
    },
  ];
};

const sageMakerJob = (name: string, parameters: object): JobSample => {
  const named = { [`${name}Name`]: 'j' };
  const described = (status: string): object => ({ ...named, [`${name}Status`]: status });
  return {
    resource: `sagemaker:create${name}`,
    parameters: { ...named, ...parameters },
    started: { [`${name}Arn`]: 'arn' },
    job: named,
    describe: `Describe${name}`,
    running: [described('InProgress'), described('Stopping')],
    succeeded: { answer: answer(described('Completed')), output: { ...named, [`${name}Status`]: 'Completed' } },
    failed: [described('Failed'), described('Stopped')],
    stop: { operation: `Stop${name}`, body: named },
  };
};

const role = { RoleArn: 'arn:aws:iam::1:role/r' };

const application = (state: string): object => ({ application: { applicationId: 'a', state } });
const serverless = { job: { ApplicationId: 'a' }, describe: 'GET /applications/a', stop: null };
const serverlessRun = (state: string): object => ({ jobRun: { applicationId: 'a', jobRunId: 'r', state } });
const serverlessOutput = (state: string): Json => ({ ApplicationId: 'a', JobRunId: 'r', State: state });

const cluster = (state: string): object => ({ Cluster: { Id: 'j-1', ClusterArn: 'arn', Status: { State: state } } });
const step = (state: string): object => ({ Step: { Id: 's-1', Status: { State: state } } });
const build = (status: string): object => ({ builds: [{ id: 'b:1', buildStatus: status, startTime: AT_SECONDS }] });
const buildBatch = (status: string): object => ({ buildBatches: [{ id: 'b:1', buildBatchStatus: status }] });

const buildBatchSample = (operation: string, parameters: Json): JobSample => ({
  resource: `codebuild:${operation}`,
  parameters,
  started: { buildBatch: { id: 'b:1' } },
  job: { Ids: ['b:1'] },
  describe: 'BatchGetBuildBatches',
  running: [buildBatch('IN_PROGRESS')],
  succeeded: {
    answer: answer(buildBatch('SUCCEEDED')),
    output: { BuildBatch: { Id: 'b:1', BuildBatchStatus: 'SUCCEEDED' } },
  },
  failed: [buildBatch('FAILED'), buildBatch('STOPPED')],
  stop: { operation: 'StopBuildBatch', body: { id: 'b:1' } },
});

export const SAMPLES: readonly JobSample[] = [
  {
    resource: 'athena:startQueryExecution',
    parameters: { QueryString: 'select 1' },
    started: { QueryExecutionId: 'q' },
    job: { QueryExecutionId: 'q' },
    describe: 'GetQueryExecution',
    running: [
      { QueryExecution: { Status: { State: 'QUEUED' } } },
      { QueryExecution: { Status: { State: 'RUNNING' } } },
    ],
    succeeded: {
      answer: answer({ QueryExecution: { Status: { State: 'SUCCEEDED', SubmissionDateTime: AT_SECONDS } } }),
      output: { QueryExecution: { Status: { State: 'SUCCEEDED', SubmissionDateTime: AT_MS } } },
    },
    failed: [
      { QueryExecution: { Status: { State: 'FAILED' } } },
      { QueryExecution: { Status: { State: 'CANCELLED' } } },
    ],
    stop: { operation: 'StopQueryExecution', body: { QueryExecutionId: 'q' } },
  },
  {
    resource: 'batch:submitJob',
    parameters: { JobName: 'n', JobQueue: 'q', JobDefinition: 'd' },
    started: { jobName: 'n', jobId: 'i' },
    job: { Jobs: ['i'] },
    describe: 'POST /v1/describejobs',
    running: ['SUBMITTED', 'RUNNABLE', 'RUNNING'].map((status) => ({ jobs: [{ jobId: 'i', status }] })),
    succeeded: {
      answer: answer({ jobs: [{ jobId: 'i', status: 'SUCCEEDED', startedAt: AT_MS }] }),
      output: { JobId: 'i', Status: 'SUCCEEDED', StartedAt: AT_MS },
    },
    failed: [{ jobs: [{ jobId: 'i', status: 'FAILED', statusReason: 'Essential container in task exited' }] }],
    stop: { operation: 'POST /v1/terminatejob', body: { jobId: 'i' } },
  },
  {
    resource: 'bedrock:createModelCustomizationJob',
    parameters: {
      JobName: 'n',
      CustomModelName: 'm',
      BaseModelIdentifier: 'b',
      ...role,
      TrainingDataConfig: {},
      OutputDataConfig: { S3Uri: 's3://b/k' },
    },
    started: { jobArn: 'job' },
    job: { JobIdentifier: 'job' },
    describe: 'GET /model-customization-jobs/job',
    running: [{ status: 'InProgress' }, { status: 'Stopping' }],
    succeeded: { answer: answer({ status: 'Completed' }), output: { Status: 'Completed' } },
    failed: [{ status: 'Failed' }, { status: 'Stopped' }],
    stop: { operation: 'POST /model-customization-jobs/job/stop' },
  },
  {
    resource: 'codebuild:startBuild',
    parameters: { ProjectName: 'p' },
    started: { build: { id: 'b:1' } },
    job: { Ids: ['b:1'] },
    describe: 'BatchGetBuilds',
    running: [build('IN_PROGRESS')],
    succeeded: {
      answer: answer(build('SUCCEEDED')),
      output: { Build: { Id: 'b:1', BuildStatus: 'SUCCEEDED', StartTime: AT_MS } },
    },
    failed: ['FAILED', 'FAULT', 'TIMED_OUT', 'STOPPED'].map(build),
    stop: { operation: 'StopBuild', body: { id: 'b:1' } },
  },
  buildBatchSample('startBuildBatch', { ProjectName: 'p' }),
  buildBatchSample('retryBuildBatch', { Id: 'b:0' }),
  {
    resource: 'databrew:startJobRun',
    parameters: { Name: 'n' },
    started: { RunId: 'r' },
    job: { Name: 'n', RunId: 'r' },
    describe: 'GET /jobs/n/jobRun/r',
    running: [{ JobName: 'n', State: 'STARTING' }],
    succeeded: { answer: answer({ JobName: 'n', State: 'SUCCEEDED' }), output: { JobName: 'n', State: 'SUCCEEDED' } },
    failed: ['FAILED', 'STOPPED', 'TIMEOUT'].map((State) => ({ JobName: 'n', State })),
    stop: { operation: 'POST /jobs/n/jobRun/r/stopJobRun' },
  },
  {
    resource: 'ecs:runTask',
    parameters: { TaskDefinition: 'resize', Cluster: 'c' },
    started: { tasks: [{ taskArn: 'arn:1', clusterArn: 'arn:c' }], failures: [] },
    job: { Cluster: 'arn:c', Tasks: ['arn:1'] },
    describe: 'DescribeTasks',
    running: [
      { tasks: [{ taskArn: 'arn:1', lastStatus: 'PROVISIONING' }], failures: [] },
      { tasks: [{ taskArn: 'arn:1', lastStatus: 'DEPROVISIONING' }], failures: [] },
    ],
    succeeded: {
      answer: answer({
        tasks: [
          { taskArn: 'arn:1', lastStatus: 'STOPPED', stoppedAt: AT_SECONDS, containers: [{ name: 'm', exitCode: 0 }] },
        ],
        failures: [],
      }),
      output: {
        TaskArn: 'arn:1',
        LastStatus: 'STOPPED',
        StoppedAt: AT_MS,
        Containers: [{ Name: 'm', ExitCode: 0 }],
      },
    },
    failed: [{ tasks: [{ taskArn: 'arn:1', lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart' }], failures: [] }],
    stop: { operation: 'StopTask', body: { cluster: 'arn:c', task: 'arn:1' } },
  },
  ...eksResource('Cluster', { Name: 'c' }, { ...role, ResourcesVpcConfig: {} }, '/clusters/c'),
  ...eksResource(
    'Nodegroup',
    { ClusterName: 'c', NodegroupName: 'n' },
    { Subnets: [], NodeRole: 'r' },
    '/clusters/c/node-groups/n',
  ),
  ...eksResource(
    'FargateProfile',
    { ClusterName: 'c', FargateProfileName: 'f' },
    { PodExecutionRoleArn: 'r' },
    '/clusters/c/fargate-profiles/f',
  ),
  {
    resource: 'elasticmapreduce:createCluster',
    parameters: { Name: 'n', Instances: {} },
    started: { JobFlowId: 'j-1', ClusterArn: 'arn' },
    job: { ClusterId: 'j-1' },
    describe: 'DescribeCluster',
    running: [cluster('STARTING'), cluster('BOOTSTRAPPING')],
    succeeded: { answer: answer(cluster('WAITING')), output: { ClusterId: 'j-1', ClusterArn: 'arn' } },
    failed: [cluster('TERMINATED_WITH_ERRORS')],
    stop: { operation: 'TerminateJobFlows', body: { JobFlowIds: ['j-1'] } },
  },
  {
    resource: 'elasticmapreduce:terminateCluster',
    parameters: { ClusterId: 'j-1' },
    started: {},
    job: { ClusterId: 'j-1' },
    describe: 'DescribeCluster',
    running: [cluster('TERMINATING')],
    succeeded: {
      answer: answer(cluster('TERMINATED')),
      output: { Cluster: { Id: 'j-1', ClusterArn: 'arn', Status: { State: 'TERMINATED' } } },
    },
    failed: [],
    stop: null,
  },
  {
    resource: 'elasticmapreduce:addStep',
    parameters: { ClusterId: 'j-1', Step: { Name: 'n', HadoopJarStep: { Jar: 'j' } } },
    started: { StepIds: ['s-1'] },
    job: { ClusterId: 'j-1', StepId: 's-1' },
    describe: 'DescribeStep',
    running: [step('PENDING'), step('RUNNING')],
    succeeded: { answer: answer(step('COMPLETED')), output: { Step: { Id: 's-1', Status: { State: 'COMPLETED' } } } },
    failed: [step('FAILED'), step('CANCELLED'), step('INTERRUPTED')],
    stop: { operation: 'CancelSteps', body: { ClusterId: 'j-1', StepIds: ['s-1'] } },
  },
  {
    ...serverless,
    resource: 'emr-serverless:createApplication',
    parameters: { Name: 'n', ReleaseLabel: 'emr-7', Type: 'SPARK' },
    started: { applicationId: 'a' },
    running: [application('CREATING')],
    succeeded: { answer: answer(application('CREATED')), output: { ApplicationId: 'a', State: 'CREATED' } },
    failed: [application('TERMINATED')],
  },
  {
    ...serverless,
    resource: 'emr-serverless:startApplication',
    parameters: { ApplicationId: 'a' },
    started: {},
    running: [application('STARTING')],
    succeeded: { answer: answer(application('STARTED')), output: { ApplicationId: 'a', State: 'STARTED' } },
    failed: [application('STOPPED')],
  },
  {
    ...serverless,
    resource: 'emr-serverless:stopApplication',
    parameters: { ApplicationId: 'a' },
    started: {},
    running: [application('STOPPING')],
    succeeded: { answer: answer(application('STOPPED')), output: { ApplicationId: 'a', State: 'STOPPED' } },
    failed: [application('TERMINATED')],
  },
  {
    ...serverless,
    resource: 'emr-serverless:deleteApplication',
    parameters: { ApplicationId: 'a' },
    started: {},
    running: [application('STOPPED')],
    succeeded: { answer: answer({ __type: 'ResourceNotFoundException', message: 'gone' }, 404), output: {} },
    failed: [],
  },
  {
    resource: 'emr-serverless:startJobRun',
    parameters: { ApplicationId: 'a', ExecutionRoleArn: 'r' },
    started: { applicationId: 'a', jobRunId: 'r' },
    job: { ApplicationId: 'a', JobRunId: 'r' },
    describe: 'GET /applications/a/jobruns/r',
    running: [serverlessRun('RUNNING')],
    succeeded: { answer: answer(serverlessRun('SUCCESS')), output: serverlessOutput('SUCCESS') },
    failed: [serverlessRun('FAILED'), serverlessRun('CANCELLED')],
    stop: { operation: 'DELETE /applications/a/jobruns/r' },
  },
  {
    resource: 'emr-serverless:cancelJobRun',
    parameters: { ApplicationId: 'a', JobRunId: 'r' },
    started: { applicationId: 'a', jobRunId: 'r' },
    job: { ApplicationId: 'a', JobRunId: 'r' },
    describe: 'GET /applications/a/jobruns/r',
    running: [serverlessRun('CANCELLING')],
    succeeded: { answer: answer(serverlessRun('CANCELLED')), output: serverlessOutput('CANCELLED') },
    failed: [serverlessRun('SUCCESS')],
    stop: null,
  },
  {
    resource: 'glue:startJobRun',
    parameters: { JobName: 'nightly' },
    started: { JobRunId: 'jr_1' },
    job: { JobName: 'nightly', RunId: 'jr_1' },
    describe: 'GetJobRun',
    running: ['WAITING', 'STARTING', 'RUNNING', 'STOPPING'].map((JobRunState) => ({ JobRun: { JobRunState } })),
    succeeded: {
      answer: answer({ JobRun: { Id: 'jr_1', JobRunState: 'SUCCEEDED', CompletedOn: AT_SECONDS } }),
      output: { Id: 'jr_1', JobRunState: 'SUCCEEDED', CompletedOn: AT_MS },
    },
    failed: ['FAILED', 'STOPPED', 'TIMEOUT', 'ERROR'].map((JobRunState) => ({ JobRun: { JobRunState } })),
    stop: { operation: 'BatchStopJobRun', body: { JobName: 'nightly', JobRunIds: ['jr_1'] } },
  },
  {
    resource: 'mediaconvert:createJob',
    parameters: { Role: 'r', Settings: {} },
    started: { job: { id: 'i' } },
    job: { Id: 'i' },
    describe: 'GET /2017-08-29/jobs/i',
    running: [{ job: { id: 'i', status: 'PROGRESSING' } }],
    succeeded: {
      answer: answer({ job: { id: 'i', status: 'COMPLETE' } }),
      output: { Job: { Id: 'i', Status: 'COMPLETE' } },
    },
    failed: [{ job: { status: 'ERROR' } }, { job: { status: 'CANCELED' } }],
    stop: { operation: 'DELETE /2017-08-29/jobs/i' },
  },
  sageMakerJob('HyperParameterTuningJob', {
    HyperParameterTuningJobConfig: { Strategy: 'Random', ResourceLimits: { MaxParallelTrainingJobs: 1 } },
  }),
  sageMakerJob('LabelingJob', {
    LabelAttributeName: 'l',
    InputConfig: { DataSource: {} },
    OutputConfig: { S3OutputPath: 's3://b/k' },
    ...role,
    HumanTaskConfig: {
      WorkteamArn: 'w',
      UiConfig: {},
      TaskTitle: 't',
      TaskDescription: 'd',
      NumberOfHumanWorkersPerDataObject: 1,
      TaskTimeLimitInSeconds: 60,
    },
  }),
  sageMakerJob('ProcessingJob', {
    ProcessingResources: { ClusterConfig: { InstanceCount: 1, InstanceType: 't', VolumeSizeInGB: 1 } },
    AppSpecification: { ImageUri: 'i' },
    ...role,
  }),
  sageMakerJob('TrainingJob', {
    ...role,
    OutputDataConfig: { S3OutputPath: 's3://b/k' },
    StoppingCondition: {},
    AlgorithmSpecification: { TrainingInputMode: 'File' },
  }),
  sageMakerJob('TransformJob', {
    ModelName: 'm',
    TransformInput: { DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://b/k' } } },
    TransformOutput: { S3OutputPath: 's3://b/k' },
    TransformResources: { InstanceType: 't', InstanceCount: 1 },
  }),
];
