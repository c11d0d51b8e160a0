import { type JobKind, byAnswer, byParameters, stopWith, wordedJob } from './job-kind.ts';

const application = { describe: 'getApplication', within: ['Application'], state: ['State'] };
const jobRun = { describe: 'getJobRun', within: ['JobRun'], state: ['State'] };

export const emrServerless: ReadonlyArray<readonly [string, JobKind]> = [
  [
    'emr-serverless:createApplication',
    wordedJob({
      ...application,
      identify: byAnswer('ApplicationId'),
      succeeded: ['CREATED', 'STARTING', 'STARTED', 'STOPPED'],
      failed: ['TERMINATED'],
    }),
  ],
  [
    'emr-serverless:startApplication',
    wordedJob({
      ...application,
      identify: byParameters('ApplicationId'),
      succeeded: ['STARTED'],
      failed: ['STOPPING', 'STOPPED', 'TERMINATED'],
    }),
  ],
  [
    'emr-serverless:stopApplication',
    wordedJob({
      ...application,
      identify: byParameters('ApplicationId'),
      succeeded: ['STOPPED'],
      failed: ['TERMINATED'],
    }),
  ],
  [
    'emr-serverless:deleteApplication',
    wordedJob({
      ...application,
      identify: byParameters('ApplicationId'),
      succeeded: ['TERMINATED'],
      failed: [],
      endsByGoing: true,
    }),
  ],
  [
    'emr-serverless:startJobRun',
    wordedJob({
      ...jobRun,
      identify: byAnswer('ApplicationId', 'JobRunId'),
      succeeded: ['SUCCESS'],
      failed: ['FAILED', 'CANCELLED'],
      stop: stopWith('cancelJobRun'),
    }),
  ],
  [
    'emr-serverless:cancelJobRun',
    wordedJob({
      ...jobRun,
      identify: byParameters('ApplicationId', 'JobRunId'),
      succeeded: ['CANCELLED'],
      failed: ['SUCCESS', 'FAILED'],
    }),
  ],
];
