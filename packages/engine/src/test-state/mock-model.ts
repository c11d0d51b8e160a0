import type { TaskResource } from '@everstep/language';

/** A service as the AWS SDK names it, and the operation whose answer is a task's result. */
export interface AnswerModel {
  readonly service: string;
  readonly operation: string;
}

/** Optimized integrations whose service the AWS SDK names otherwise; null: what they answer is no API's answer. */
const SDK_NAMES: ReadonlyMap<string, string | null> = new Map([
  ['apigateway', null],
  ['elasticmapreduce', 'emr'],
  ['emr-containers', 'emrcontainers'],
  ['emr-serverless', 'emrserverless'],
  ['events', 'eventbridge'],
  ['http', null],
  ['states', 'sfn'],
]);

/**
 * The operation that Step Functions asks until a `.sync` job has ended: its answer is the task's result.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html
 */
const POLLED: ReadonlyMap<string, string> = new Map([
  ['athena:startQueryExecution', 'getQueryExecution'],
  ['codebuild:startBuild', 'batchGetBuilds'],
  ['codebuild:startBuildBatch', 'batchGetBuildBatches'],
  ['databrew:startJobRun', 'describeJobRun'],
  ['eks:createCluster', 'describeCluster'],
  ['eks:createFargateProfile', 'describeFargateProfile'],
  ['eks:createNodegroup', 'describeNodegroup'],
  ['emr-containers:startJobRun', 'describeJobRun'],
  ['emr-serverless:startJobRun', 'getJobRun'],
  ['glue:startJobRun', 'getJobRun'],
  ['mediaconvert:createJob', 'getJob'],
  ['sagemaker:createHyperParameterTuningJob', 'describeHyperParameterTuningJob'],
  ['sagemaker:createLabelingJob', 'describeLabelingJob'],
  ['sagemaker:createProcessingJob', 'describeProcessingJob'],
  ['sagemaker:createTrainingJob', 'describeTrainingJob'],
  ['sagemaker:createTransformJob', 'describeTransformJob'],
  ['states:startExecution', 'describeExecution'],
]);

const AWS_SDK = 'aws-sdk:';

/** What a mocked result of a task is held against; null: any JSON may come. */
export function answerModel(resource: TaskResource): AnswerModel | null {
  const { kind, service, operation, pattern } = resource;
  // A callback's output is whatever SendTaskSuccess brings.
  if (kind !== 'integration' || pattern === 'waitForTaskToken') return null;
  if (service.startsWith(AWS_SDK)) return { service: service.slice(AWS_SDK.length), operation };
  const named = SDK_NAMES.get(service);
  if (named === null) return null;
  const answers = pattern === 'sync' ? POLLED.get(`${service}:${operation}`) : operation;
  return answers === undefined ? null : { service: named ?? service, operation: answers };
}
