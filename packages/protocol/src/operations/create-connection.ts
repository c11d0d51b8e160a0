import { required } from '../constraints.ts';
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

export interface CreateConnectionInput extends NotOffered {
  readonly Name: string;
  readonly Description?: string;
  readonly AuthorizationType: ConnectionAuthorizationType;
  readonly AuthParameters: ConnectionAuthParameters;
}

export type CreateConnectionOutput = ConnectionSummary;

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateConnection.html */
export const createConnection = defineOperation<CreateConnectionInput, CreateConnectionOutput>({
  name: 'CreateConnection',
  members: (member) => ({
    ...describedMembers(member),
    AuthorizationType: member('AuthorizationType', required(CONNECTION_AUTHORIZATION_TYPE, 'BASIC')),
    AuthParameters: member('AuthParameters', required(authParameters(true), {})),
  }),
  check: checkConnection,
});
