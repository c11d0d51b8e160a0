import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import {
  CONNECTION_NAME,
  type ConnectionAuthorizationType,
  type ConnectionAuthParameters,
  type ConnectionSummary,
} from './connection-shapes.ts';

export interface DescribeConnectionInput {
  readonly Name: string;
}

/** AWS's SecretArn is absent: the secrets lie in the installation's own store. */
export interface DescribeConnectionOutput extends ConnectionSummary {
  readonly Name: string;
  readonly Description?: string;
  readonly StateReason?: string;
  readonly AuthorizationType: ConnectionAuthorizationType;
  /** Without secrets. */
  readonly AuthParameters: ConnectionAuthParameters;
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeConnection.html */
export const describeConnection = defineOperation<DescribeConnectionInput, DescribeConnectionOutput>({
  name: 'DescribeConnection',
  members: (member) => ({ Name: member('Name', required(CONNECTION_NAME, '')) }),
});
