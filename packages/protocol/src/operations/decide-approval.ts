import { APPROVAL_ARN, APPROVAL_COMMENT, APPROVAL_FORM, PERSON, requireApprovalArn } from '../approvals.ts';
import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';

export interface DecideApprovalInput {
  readonly approvalArn: string;
  /** The name of one of its choices. */
  readonly choice: string;
  readonly comment?: string;
  /** JSON text that its schema accepts; absent: its data as they are. */
  readonly form?: string;
}

export interface DecideApprovalOutput {
  readonly status: 'OPEN' | 'DECIDED';
  /** What it is decided for; absent where more votes are needed, or no choice can find its quorum any more. */
  readonly choice?: string;
  /** Votes that the taken choice still needs. */
  readonly remaining: number;
}

/**
 * Everstep's own: takes a choice in the caller's name. Errors: ApprovalDoesNotExist, ApprovalClosed, ApprovalConflict,
 * AccessDeniedException, ValidationException, InvalidArn.
 */
export const decideApproval = defineOperation<DecideApprovalInput, DecideApprovalOutput>({
  name: 'DecideApproval',
  members: (member) => ({
    approvalArn: member('approvalArn', APPROVAL_ARN),
    choice: member('choice', required(PERSON, '')),
    comment: member('comment', APPROVAL_COMMENT),
    form: member('form', APPROVAL_FORM),
  }),
  check: requireApprovalArn,
});
