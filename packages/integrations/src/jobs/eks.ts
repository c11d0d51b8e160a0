import { type JobKind, byParameters, wholeAnswer, wordedJob } from './job-kind.ts';

function resource(name: string, keys: readonly string[]): ReadonlyArray<readonly [string, JobKind]> {
  const described = {
    identify: byParameters(...keys),
    describe: `describe${name}`,
    within: [name],
    state: ['Status'],
    output: wholeAnswer,
  };
  const created = wordedJob({ ...described, succeeded: ['ACTIVE'], failed: ['FAILED', 'CREATE_FAILED'] });
  const deleted = wordedJob({ ...described, succeeded: [], failed: ['FAILED', 'DELETE_FAILED'], endsByGoing: true });
  return [
    [`eks:create${name}`, created],
    [`eks:delete${name}`, deleted],
  ];
}

/** Clusters and their parts: nobody cancels their making, as with AWS. */
export const eks: ReadonlyArray<readonly [string, JobKind]> = [
  ...resource('Cluster', ['Name']),
  ...resource('Nodegroup', ['ClusterName', 'NodegroupName']),
  ...resource('FargateProfile', ['ClusterName', 'FargateProfileName']),
];
