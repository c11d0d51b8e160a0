import { requireArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { requireName } from '../names.ts';
import { defineOperation } from '../operation.ts';
import { ARN, NAME } from '../shapes.ts';

export interface GetActivityTaskInput {
  readonly activityArn: string;
  readonly workerName?: string;
}

export interface GetActivityTaskOutput {
  /** null: no task came in time. */
  readonly taskToken: string | null;
  /** JSON text. */
  readonly input?: string;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html */
export const getActivityTask = defineOperation<GetActivityTaskInput, GetActivityTaskOutput>({
  name: 'GetActivityTask',
  members: (member) => ({
    activityArn: member('activityArn', required(ARN, '')),
    workerName: member('workerName', NAME),
  }),
  check(input) {
    requireArn(input.activityArn, 'activity');
    if (input.workerName !== undefined) requireName(input.workerName);
  },
});
