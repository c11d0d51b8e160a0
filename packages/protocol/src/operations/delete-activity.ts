import { requireArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { type EmptyOutput, defineOperation } from '../operation.ts';
import { ARN } from '../shapes.ts';

export interface DeleteActivityInput {
  readonly activityArn: string;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteActivity.html */
export const deleteActivity = defineOperation<DeleteActivityInput, EmptyOutput>({
  name: 'DeleteActivity',
  members: (member) => ({ activityArn: member('activityArn', required(ARN, '')) }),
  check: (input) => requireArn(input.activityArn, 'activity'),
});
