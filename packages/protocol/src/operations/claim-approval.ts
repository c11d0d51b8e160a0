import { APPROVAL_ARN, requireApprovalArn } from '../approvals.ts';
import { boolean } from '../constraints.ts';
import { defineOperation } from '../operation.ts';

export interface ClaimApprovalInput {
  readonly approvalArn: string;
  /** Takes it over from whoever has claimed it. */
  readonly force?: boolean;
}

/**
 * Everstep's own: nobody but the caller decides it until it is released. Errors: ApprovalDoesNotExist, ApprovalClosed,
 * ApprovalConflict, AccessDeniedException, InvalidArn.
 */
export const claimApproval = defineOperation<ClaimApprovalInput, object>({
  name: 'ClaimApproval',
  members: (member) => ({
    approvalArn: member('approvalArn', APPROVAL_ARN),
    force: member('force', boolean()),
  }),
  check: requireApprovalArn,
});
