import { required } from '../constraints.ts';
import { type EmptyOutput, defineOperation } from '../operation.ts';
import { SENSITIVE_CAUSE, SENSITIVE_ERROR, TASK_TOKEN } from '../shapes.ts';

export interface SendTaskFailureInput {
  readonly taskToken: string;
  readonly error?: string;
  readonly cause?: string;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html */
export const sendTaskFailure = defineOperation<SendTaskFailureInput, EmptyOutput>({
  name: 'SendTaskFailure',
  members: (member) => ({
    taskToken: member('taskToken', required(TASK_TOKEN, '')),
    error: member('error', SENSITIVE_ERROR),
    cause: member('cause', SENSITIVE_CAUSE),
  }),
});
