import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { CONNECTION_NAME, type ConnectionSummary } from './connection-shapes.ts';

export interface DeleteConnectionInput {
  readonly Name: string;
}

export type DeleteConnectionOutput = ConnectionSummary;

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteConnection.html */
export const deleteConnection = defineOperation<DeleteConnectionInput, DeleteConnectionOutput>({
  name: 'DeleteConnection',
  members: (member) => ({ Name: member('Name', required(CONNECTION_NAME, '')) }),
});
