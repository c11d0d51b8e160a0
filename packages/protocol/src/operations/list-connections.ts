import { integer, string } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { QUOTAS } from '../quotas.ts';
import {
  CONNECTION_NAME,
  CONNECTION_STATE,
  type ConnectionAuthorizationType,
  type ConnectionState,
  type ConnectionSummary,
} from './connection-shapes.ts';

export interface ListConnectionsInput {
  readonly NamePrefix?: string;
  readonly ConnectionState?: ConnectionState;
  readonly NextToken?: string;
  /** 100 where absent. */
  readonly Limit?: number;
}

export interface ListConnectionsOutput {
  readonly Connections: readonly ConnectionListItem[];
  readonly NextToken?: string;
}

export interface ConnectionListItem extends ConnectionSummary {
  readonly Name: string;
  readonly StateReason?: string;
  readonly AuthorizationType: ConnectionAuthorizationType;
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListConnections.html */
export const listConnections = defineOperation<ListConnectionsInput, ListConnectionsOutput>({
  name: 'ListConnections',
  members: (member) => ({
    NamePrefix: member('NamePrefix', CONNECTION_NAME),
    ConnectionState: member('ConnectionState', CONNECTION_STATE),
    NextToken: member('NextToken', string({ min: 1, max: 2_048 })),
    Limit: member('Limit', integer({ min: 1, max: QUOTAS.defaultPageSize })),
  }),
});
