import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { CONNECTION_NAME, type ConnectionSummary } from './connection-shapes.ts';

export interface DeauthorizeConnectionInput {
  readonly Name: string;
}

export type DeauthorizeConnectionOutput = ConnectionSummary;

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeauthorizeConnection.html */
export const deauthorizeConnection = defineOperation<DeauthorizeConnectionInput, DeauthorizeConnectionOutput>({
  name: 'DeauthorizeConnection',
  members: (member) => ({ Name: member('Name', required(CONNECTION_NAME, '')) }),
});
