import { APPROVAL_LIST_STATUS, APPROVAL_SCOPE, type ApprovalListItem, type ApprovalScope } from '../approvals.ts';
import { requireArn } from '../arn.ts';
import { defineOperation } from '../operation.ts';
import { ARN, PAGE_SIZE, PAGE_TOKEN } from '../shapes.ts';

export interface ListApprovalsInput {
  /** MINE: for the caller by name; GROUPS: for one of the caller's groups, or for everybody; ALL (the default). */
  readonly scope?: ApprovalScope;
  /** OPEN where absent. */
  readonly status?: 'OPEN' | 'CLOSED';
  readonly stateMachineArn?: string;
  readonly executionArn?: string;
  readonly maxResults?: number;
  readonly nextToken?: string;
}

export interface ListApprovalsOutput {
  readonly approvals: readonly ApprovalListItem[];
  readonly nextToken?: string;
}

/**
 * Everstep's own: what people are asked for. Open ones by when they are due, so overdue ones first, then those that are
 * never due by age; closed ones with the last one first.
 */
export const listApprovals = defineOperation<ListApprovalsInput, ListApprovalsOutput>({
  name: 'ListApprovals',
  members: (member) => ({
    scope: member('scope', APPROVAL_SCOPE),
    status: member('status', APPROVAL_LIST_STATUS),
    stateMachineArn: member('stateMachineArn', ARN),
    executionArn: member('executionArn', ARN),
    maxResults: member('maxResults', PAGE_SIZE),
    nextToken: member('nextToken', PAGE_TOKEN),
  }),
  check: ({ stateMachineArn, executionArn }) => {
    if (stateMachineArn !== undefined) requireArn(stateMachineArn, 'stateMachine');
    if (executionArn !== undefined) requireArn(executionArn, 'execution');
  },
});
