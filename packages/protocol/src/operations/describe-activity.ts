import { requireArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { ARN, type EncryptionConfiguration } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface DescribeActivityInput {
  readonly activityArn: string;
}

export interface DescribeActivityOutput {
  readonly activityArn: string;
  readonly name: string;
  readonly creationDate: EpochSeconds;
  readonly encryptionConfiguration: EncryptionConfiguration;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeActivity.html */
export const describeActivity = defineOperation<DescribeActivityInput, DescribeActivityOutput>({
  name: 'DescribeActivity',
  members: (member) => ({ activityArn: member('activityArn', required(ARN, '')) }),
  check: (input) => requireArn(input.activityArn, 'activity'),
});
