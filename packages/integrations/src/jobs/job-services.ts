import type { Integration, JobOutcome, JobRequest, TaskOutcome, TaskRequest } from '@everstep/engine';
import { type Json, type JsonObject, isObject, jsonText } from '@everstep/language';
import type { SdkCall, SdkCaller } from '../aws-sdk/sdk-caller.ts';
import type { SdkRefusal } from '../aws-sdk/sdk-refusal.ts';
import { type OptimizedService, optimizedOutput, optimizedRefusal } from '../optimized.ts';
import { NOTHING_STARTED } from './ecs.ts';
import { ELASTICMAPREDUCE, type Translation } from './elasticmapreduce.ts';
import type { JobKind } from './job-kind.ts';
import { JOBS } from './job-table.ts';

/**
 * Services that AWS optimised for the jobs they run, by the name in a Resource: what starts and stops a job is an
 * operation of their API.
 * https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
 */
const JOB_SERVICES: ReadonlyMap<string, OptimizedService> = new Map([
  ['athena', service('athena', 'Athena', 'AmazonAthena')],
  ['batch', service('batch', 'Batch', 'AWSBatch')],
  ['codebuild', service('codebuild', 'CodeBuild', 'AWSCodeBuild')],
  ['databrew', service('databrew', 'DataBrew', 'AWSGlueDataBrew')],
  ['ecs', service('ecs', 'ECS', 'AmazonECS')],
  ['eks', service('eks', 'EKS', 'AmazonEKS')],
  ['elasticmapreduce', service('emr', 'ElasticMapReduce', 'AmazonElasticMapReduce')],
  ['emr-containers', service('emrcontainers', 'EMRContainers', 'AmazonEMRContainers')],
  ['emr-serverless', service('emrserverless', 'EMRServerless', 'AWSEMRServerless')],
  ['glue', service('glue', 'Glue', 'AWSGlue')],
  ['mediaconvert', service('mediaconvert', 'MediaConvert', 'AWSMediaConvert')],
  ['sagemaker', service('sagemaker', 'SageMaker', 'AmazonSageMaker')],
]);
const BEDROCK = service('bedrock', 'Bedrock', 'AmazonBedrock');

function service(client: string, prefix: string, name: string): OptimizedService {
  return { client, prefix, service: name, exception: `${name}Exception` };
}

/** null: the service is none of these. */
export function createJobServiceIntegration(
  caller: SdkCaller,
  serviceName: string,
  operation: string,
): Integration | null {
  const job = JOBS.get(`${serviceName}:${operation}`) ?? null;
  // The models of Bedrock are called by another API than its jobs.
  const optimized = JOB_SERVICES.get(serviceName) ?? (serviceName === 'bedrock' && job !== null ? BEDROCK : undefined);
  const translation = serviceName === 'elasticmapreduce' ? ELASTICMAPREDUCE.get(operation) : { operation };
  if (optimized === undefined || translation === undefined) return null;
  return new JobService(caller, { optimized, translation, job });
}

const NEVER = new AbortController().signal;

interface JobOperation {
  readonly optimized: OptimizedService;
  readonly translation: Translation;
  /** null: there is nothing to wait for. */
  readonly job: JobKind | null;
}

/** Starts jobs, and with `.sync` asks for them until they have ended. */
class JobService implements Integration {
  readonly #caller: SdkCaller;
  readonly #operation: JobOperation;

  constructor(caller: SdkCaller, operation: JobOperation) {
    this.#caller = caller;
    this.#operation = operation;
  }

  async perform(request: TaskRequest): Promise<TaskOutcome> {
    const { optimized, translation, job } = this.#operation;
    const { operation, parameters: translate } = translation;
    const { parameters, resource } = request;
    // A start that is broken off may have started a job all the same, and nobody would know which.
    const asked = resource.pattern === 'sync' && !request.signal.aborted ? { ...request, signal: NEVER } : request;
    const given = translate !== undefined && isObject(parameters) ? translate(parameters) : parameters;
    const called = await this.#caller.call(asked, optimized.client, operation, given);
    if (called.type === 'failed') return called.outcome;
    if (called.type === 'refused') return optimizedRefusal(optimized, called.refusal);
    const answer = translation.answer?.(called.output) ?? called.output;
    const output = optimizedOutput(answer, called.response);
    if (resource.pattern === 'requestResponse') return { type: 'succeeded', output };
    if (resource.pattern === 'waitForTaskToken') return { type: 'submitted', output };
    const identity = job?.identify(answer, isObject(parameters) ? parameters : {}) ?? null;
    if (identity !== null) return { type: 'submitted', output, job: identity };
    const error = resource.service === 'ecs' ? NOTHING_STARTED : `${optimized.prefix}.Unknown`;
    return { type: 'failed', error, cause: jsonText(answer) };
  }

  async poll(request: JobRequest): Promise<JobOutcome> {
    const { job } = this.#operation;
    if (job === null) return { type: 'failed', error: 'States.Runtime', cause: 'There is nothing to wait for.' };
    const called = await this.#call(request, job.describe, request.job);
    switch (called.type) {
      case 'failed':
        return asJobOutcome(called.outcome);
      case 'refused':
        return this.#refused(called.refusal, job);
      case 'answered': {
        const state = job.read(called.output, request.asked);
        return state.type === 'failed'
          ? { type: 'failed', error: 'States.TaskFailed', cause: jsonText(state.output) }
          : state;
      }
    }
  }

  async stop(request: JobRequest): Promise<void> {
    const stop = this.#operation.job?.stop;
    if (stop === undefined || !isObject(request.job)) return;
    const called = await this.#call(request, stop.operation, stop.parameters(request.job));
    // A job that has ended meanwhile cannot be stopped: that is no error.
    if (called.type === 'refused' && isPassing(called.refusal)) throw new Error(troubleOf(called.refusal));
    if (called.type === 'failed') throw new Error(jsonText({ ...called.outcome }));
  }

  #call(request: JobRequest, operation: string, parameters: Json): Promise<SdkCall> {
    const { client } = this.#operation.optimized;
    return this.#caller.call(request, client, operation, parameters, 'milliseconds');
  }

  #refused(refusal: SdkRefusal, job: JobKind): JobOutcome {
    if (job.endsByGoing === true && refusal.code.startsWith('ResourceNotFound')) {
      const gone: JsonObject = {};
      return { type: 'succeeded', output: gone };
    }
    if (isPassing(refusal)) return { type: 'running', trouble: troubleOf(refusal) };
    return asJobOutcome(optimizedRefusal(this.#operation.optimized, refusal));
  }
}

function asJobOutcome(outcome: TaskOutcome): JobOutcome {
  if (outcome.type !== 'failed') return { type: 'running' };
  const { error, cause } = outcome;
  return { type: 'failed', error, cause };
}

const TOO_MANY_REQUESTS = 429;
const SERVER_ERRORS = 500;

/** The job may be well though nobody could tell: the service has enough, is out of order, or is not reached. */
function isPassing({ statusCode, code }: SdkRefusal): boolean {
  if (statusCode === null || statusCode === TOO_MANY_REQUESTS || statusCode >= SERVER_ERRORS) return true;
  return /throttl|toomanyrequests|requestlimitexceeded|limitexceeded|slowdown|expiredtoken/i.test(code);
}

function troubleOf({ code, message, statusCode }: SdkRefusal): string {
  return statusCode === null ? message : `${code}: ${message}`;
}
