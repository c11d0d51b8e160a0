import { requireVersionArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { type EmptyOutput, defineOperation } from '../operation.ts';
import { LONG_ARN } from '../shapes.ts';

export interface DeleteStateMachineVersionInput {
  readonly stateMachineVersionArn: string;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineVersion.html */
export const deleteStateMachineVersion = defineOperation<DeleteStateMachineVersionInput, EmptyOutput>({
  name: 'DeleteStateMachineVersion',
  members: (member) => ({ stateMachineVersionArn: member('stateMachineVersionArn', required(LONG_ARN, '')) }),
  check: (input) => requireVersionArn(input.stateMachineVersionArn),
});
