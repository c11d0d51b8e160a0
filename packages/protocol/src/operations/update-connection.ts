import { defineOperation } from '../operation.ts';
import {
  authParameters,
  checkConnection,
  CONNECTION_AUTHORIZATION_TYPE,
  type ConnectionAuthorizationType,
  type ConnectionAuthParameters,
  type ConnectionSummary,
  describedMembers,
  type NotOffered,
} from './connection-shapes.ts';

export interface UpdateConnectionInput extends NotOffered {
  readonly Name: string;
  readonly Description?: string;
  readonly AuthorizationType?: ConnectionAuthorizationType;
  readonly AuthParameters?: ConnectionAuthParameters;
}

export type UpdateConnectionOutput = ConnectionSummary;

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateConnection.html */
export const updateConnection = defineOperation<UpdateConnectionInput, UpdateConnectionOutput>({
  name: 'UpdateConnection',
  members: (member) => ({
    ...describedMembers(member),
    AuthorizationType: member('AuthorizationType', CONNECTION_AUTHORIZATION_TYPE),
    AuthParameters: member('AuthParameters', authParameters(false)),
  }),
  check: checkConnection,
});
