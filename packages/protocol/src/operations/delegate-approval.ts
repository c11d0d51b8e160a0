import { APPROVAL_ARN, APPROVAL_COMMENT, PERSON, requireApprovalArn } from '../approvals.ts';
import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';

export interface DelegateApprovalInput {
  readonly approvalArn: string;
  /** The name of a user. */
  readonly to: string;
  readonly comment?: string;
}

/**
 * Everstep's own: somebody else decides in the caller's place. Errors: ApprovalDoesNotExist, ApprovalClosed,
 * ApprovalConflict, AccessDeniedException, ValidationException, InvalidArn.
 */
export const delegateApproval = defineOperation<DelegateApprovalInput, object>({
  name: 'DelegateApproval',
  members: (member) => ({
    approvalArn: member('approvalArn', APPROVAL_ARN),
    to: member('to', required(PERSON, '')),
    comment: member('comment', APPROVAL_COMMENT),
  }),
  check: requireApprovalArn,
});
