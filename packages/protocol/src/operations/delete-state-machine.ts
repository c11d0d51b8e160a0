import { requireMachineArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { type EmptyOutput, defineOperation } from '../operation.ts';
import { ARN } from '../shapes.ts';

export interface DeleteStateMachineInput {
  readonly stateMachineArn: string;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html */
export const deleteStateMachine = defineOperation<DeleteStateMachineInput, EmptyOutput>({
  name: 'DeleteStateMachine',
  members: (member) => ({ stateMachineArn: member('stateMachineArn', required(ARN, '')) }),
  check: (input) => requireMachineArn(input.stateMachineArn),
});
