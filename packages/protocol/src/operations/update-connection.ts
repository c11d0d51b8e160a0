import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import {
  authParameters,
  checkConnection,
  CONNECTION_AUTHORIZATION_TYPE,
  CONNECTION_DESCRIPTION,
  CONNECTION_NAME,
  type ConnectionAuthorizationType,
  type ConnectionAuthParameters,
  type ConnectionSummary,
  CONNECTIVITY_PARAMETERS,
  KMS_KEY_IDENTIFIER,
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
    Name: member('Name', required(CONNECTION_NAME, '')),
    Description: member('Description', CONNECTION_DESCRIPTION),
    AuthorizationType: member('AuthorizationType', CONNECTION_AUTHORIZATION_TYPE),
    AuthParameters: member('AuthParameters', authParameters(false)),
    InvocationConnectivityParameters: member('InvocationConnectivityParameters', CONNECTIVITY_PARAMETERS),
    KmsKeyIdentifier: member('KmsKeyIdentifier', KMS_KEY_IDENTIFIER),
  }),
  check: checkConnection,
});
