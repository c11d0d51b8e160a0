import { type JobKind, byParameters, stopWith, wordedJob } from './job-kind.ts';

/** SageMaker's jobs are known by the names that their starts give them. */
function job(name: string): [string, JobKind] {
  return [
    `sagemaker:create${name}`,
    wordedJob({
      identify: byParameters(`${name}Name`),
      describe: `describe${name}`,
      state: [`${name}Status`],
      succeeded: ['Completed'],
      failed: ['Failed', 'Stopped'],
      stop: stopWith(`stop${name}`),
    }),
  ];
}

export const sageMaker: ReadonlyArray<readonly [string, JobKind]> = [
  job('HyperParameterTuningJob'),
  job('LabelingJob'),
  job('ProcessingJob'),
  job('TrainingJob'),
  job('TransformJob'),
];
