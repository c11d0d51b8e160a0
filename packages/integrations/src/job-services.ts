import type { Integration } from '@everstep/engine';
import type { SdkCaller } from './aws-sdk/sdk-caller.ts';
import { type OptimizedService, createOptimizedIntegration } from './optimized.ts';

/**
 * Services that AWS optimised for the jobs they run, by the name in a Resource: what starts and stops a job is an
 * operation of their API.
 * https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
 */
const JOB_SERVICES: ReadonlyMap<string, OptimizedService> = new Map([
  ['athena', named('athena', 'Athena', 'AmazonAthena')],
  ['batch', named('batch', 'Batch', 'AWSBatch')],
  ['codebuild', named('codebuild', 'CodeBuild', 'AWSCodeBuild')],
  ['databrew', named('databrew', 'DataBrew', 'AWSGlueDataBrew')],
  ['ecs', named('ecs', 'ECS', 'AmazonECS')],
  ['eks', named('eks', 'EKS', 'AmazonEKS')],
  ['emr-containers', named('emrcontainers', 'EMRContainers', 'AmazonEMRContainers')],
  ['emr-serverless', named('emrserverless', 'EMRServerless', 'AWSEMRServerless')],
  ['glue', named('glue', 'Glue', 'AWSGlue')],
  ['mediaconvert', named('mediaconvert', 'MediaConvert', 'AWSMediaConvert')],
  ['sagemaker', named('sagemaker', 'SageMaker', 'AmazonSageMaker')],
]);

function named(client: string, prefix: string, service: string): OptimizedService {
  return { client, prefix, service, exception: `${service}Exception` };
}

/** null: the service is none of these. */
export function createJobServiceIntegration(caller: SdkCaller, service: string, operation: string): Integration | null {
  const found = JOB_SERVICES.get(service);
  return found === undefined ? null : createOptimizedIntegration(caller, found, operation);
}
