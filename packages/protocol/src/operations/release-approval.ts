import { APPROVAL_ARN, requireApprovalArn } from '../approvals.ts';
import { defineOperation } from '../operation.ts';

export interface ReleaseApprovalInput {
  readonly approvalArn: string;
}

/** Everstep's own: lets others decide what the caller has claimed. Errors: ApprovalDoesNotExist, ApprovalClosed, ApprovalConflict. */
export const releaseApproval = defineOperation<ReleaseApprovalInput, object>({
  name: 'ReleaseApproval',
  members: (member) => ({ approvalArn: member('approvalArn', APPROVAL_ARN) }),
  check: requireApprovalArn,
});
