import { required } from '../constraints.ts';
import { type EmptyOutput, defineOperation } from '../operation.ts';
import { TASK_TOKEN } from '../shapes.ts';

export interface SendTaskHeartbeatInput {
  readonly taskToken: string;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskHeartbeat.html */
export const sendTaskHeartbeat = defineOperation<SendTaskHeartbeatInput, EmptyOutput>({
  name: 'SendTaskHeartbeat',
  members: (member) => ({ taskToken: member('taskToken', required(TASK_TOKEN, '')) }),
});
