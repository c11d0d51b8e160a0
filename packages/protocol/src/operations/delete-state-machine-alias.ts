import { requireAliasArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { type EmptyOutput, defineOperation } from '../operation.ts';
import { ARN } from '../shapes.ts';

export interface DeleteStateMachineAliasInput {
  readonly stateMachineAliasArn: string;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineAlias.html */
export const deleteStateMachineAlias = defineOperation<DeleteStateMachineAliasInput, EmptyOutput>({
  name: 'DeleteStateMachineAlias',
  members: (member) => ({ stateMachineAliasArn: member('stateMachineAliasArn', required(ARN, '')) }),
  check: (input) => requireAliasArn(input.stateMachineAliasArn),
});
