import {
  APPROVAL_ARN,
  type ApprovalChoiceItem,
  type ApprovalListItem,
  type ApprovalTrailItem,
  requireApprovalArn,
} from '../approvals.ts';
import { defineOperation } from '../operation.ts';

export interface DescribeApprovalInput {
  readonly approvalArn: string;
}

export interface DescribeApprovalOutput extends ApprovalListItem {
  /** Markdown. */
  readonly description?: string;
  /** JSON text of a JSON Schema. */
  readonly form?: string;
  /** JSON text: what the form begins with. */
  readonly data?: string;
  /** JSON text. */
  readonly context?: string;
  readonly choices: readonly ApprovalChoiceItem[];
  /** Whether the caller may decide it now. */
  readonly mayDecide: boolean;
  /** Why not. */
  readonly reason?: string;
  /** What happened to it, in its order. */
  readonly trail: readonly ApprovalTrailItem[];
  /** JSON text: what the task was answered, as its output or its cause. */
  readonly output?: string;
}

/** Everstep's own: an approval with all that is needed to decide it. Errors: ApprovalDoesNotExist, InvalidArn. */
export const describeApproval = defineOperation<DescribeApprovalInput, DescribeApprovalOutput>({
  name: 'DescribeApproval',
  members: (member) => ({ approvalArn: member('approvalArn', APPROVAL_ARN) }),
  check: requireApprovalArn,
});
