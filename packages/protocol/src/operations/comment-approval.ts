import { APPROVAL_ARN, APPROVAL_COMMENT, requireApprovalArn } from '../approvals.ts';
import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';

export interface CommentApprovalInput {
  readonly approvalArn: string;
  readonly comment: string;
}

/** Everstep's own: says something about it. Errors: ApprovalDoesNotExist, ApprovalClosed, LimitExceededException, InvalidArn. */
export const commentApproval = defineOperation<CommentApprovalInput, object>({
  name: 'CommentApproval',
  members: (member) => ({
    approvalArn: member('approvalArn', APPROVAL_ARN),
    comment: member('comment', required(APPROVAL_COMMENT, '')),
  }),
  check: requireApprovalArn,
});
