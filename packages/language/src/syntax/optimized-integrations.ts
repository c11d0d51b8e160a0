type Suffix = '' | '.sync' | '.sync:2' | '.waitForTaskToken';

const CALL: ReadonlySet<string> = new Set<Suffix>(['']);
const CALL_OR_JOB: ReadonlySet<string> = new Set<Suffix>(['', '.sync']);
const CALL_OR_CALLBACK: ReadonlySet<string> = new Set<Suffix>(['', '.waitForTaskToken']);
const JOB_OR_CALLBACK: ReadonlySet<string> = new Set<Suffix>(['', '.sync', '.waitForTaskToken']);
const EXECUTION: ReadonlySet<string> = new Set<Suffix>(['', '.sync', '.sync:2', '.waitForTaskToken']);

function service(
  name: string,
  operations: { readonly [operation: string]: ReadonlySet<string> },
): readonly [string, ReadonlyMap<string, ReadonlySet<string>>] {
  return [name, new Map(Object.entries(operations))];
}

/**
 * AWS's optimized integrations: service, operation, and which suffixes its Resource may carry.
 * See https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
 */
export const OPTIMIZED_INTEGRATIONS: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>> = new Map([
  service('apigateway', { invoke: CALL_OR_CALLBACK }),
  service('athena', {
    startQueryExecution: CALL_OR_JOB,
    stopQueryExecution: CALL,
    getQueryExecution: CALL,
    getQueryResults: CALL,
  }),
  service('batch', { submitJob: CALL_OR_JOB }),
  service('bedrock', {
    invokeModel: CALL_OR_CALLBACK,
    createModelCustomizationJob: CALL_OR_JOB,
  }),
  service('codebuild', {
    startBuild: CALL_OR_JOB,
    stopBuild: CALL,
    batchDeleteBuilds: CALL,
    batchGetReports: CALL,
    startBuildBatch: CALL_OR_JOB,
    stopBuildBatch: CALL,
    retryBuildBatch: CALL_OR_JOB,
    deleteBuildBatch: CALL,
  }),
  service('databrew', { startJobRun: CALL_OR_JOB }),
  service('dynamodb', { getItem: CALL, putItem: CALL, deleteItem: CALL, updateItem: CALL }),
  service('ecs', { runTask: JOB_OR_CALLBACK }),
  service('eks', {
    call: CALL,
    createCluster: CALL_OR_JOB,
    deleteCluster: CALL_OR_JOB,
    createNodegroup: CALL_OR_JOB,
    deleteNodegroup: CALL_OR_JOB,
    createFargateProfile: CALL_OR_JOB,
    deleteFargateProfile: CALL_OR_JOB,
    runJob: JOB_OR_CALLBACK,
  }),
  service('elasticmapreduce', {
    createCluster: CALL_OR_JOB,
    setClusterTerminationProtection: CALL,
    terminateCluster: CALL_OR_JOB,
    addStep: CALL_OR_JOB,
    cancelStep: CALL,
    modifyInstanceFleetByName: CALL,
    modifyInstanceGroupByName: CALL,
  }),
  service('emr-containers', {
    createVirtualCluster: CALL,
    deleteVirtualCluster: CALL_OR_JOB,
    startJobRun: CALL_OR_JOB,
  }),
  service('emr-serverless', {
    createApplication: CALL_OR_JOB,
    startApplication: CALL_OR_JOB,
    stopApplication: CALL_OR_JOB,
    deleteApplication: CALL_OR_JOB,
    startJobRun: CALL_OR_JOB,
    cancelJobRun: CALL_OR_JOB,
  }),
  service('events', { putEvents: CALL_OR_CALLBACK }),
  service('glue', { startJobRun: CALL_OR_JOB }),
  service('http', { invoke: CALL }),
  service('lambda', { invoke: CALL_OR_CALLBACK }),
  service('mediaconvert', { createJob: CALL_OR_JOB }),
  service('sagemaker', {
    createEndpoint: CALL,
    createEndpointConfig: CALL,
    createHyperParameterTuningJob: CALL_OR_JOB,
    createLabelingJob: CALL_OR_JOB,
    createModel: CALL,
    createProcessingJob: CALL_OR_JOB,
    createTrainingJob: CALL_OR_JOB,
    createTransformJob: CALL_OR_JOB,
    updateEndpoint: CALL,
  }),
  service('sns', { publish: CALL_OR_CALLBACK }),
  service('sqs', { sendMessage: CALL_OR_CALLBACK }),
  service('states', { startExecution: EXECUTION }),
]);
