import { required } from '../constraints.ts';
import { type EmptyOutput, defineOperation } from '../operation.ts';
import { SENSITIVE_DATA, TASK_TOKEN } from '../shapes.ts';

export interface SendTaskSuccessInput {
  readonly taskToken: string;
  /** JSON text. */
  readonly output: string;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html */
export const sendTaskSuccess = defineOperation<SendTaskSuccessInput, EmptyOutput>({
  name: 'SendTaskSuccess',
  members: (member) => ({
    taskToken: member('taskToken', required(TASK_TOKEN, '')),
    output: member('output', required(SENSITIVE_DATA, '')),
  }),
});
