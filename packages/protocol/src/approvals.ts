import { approvalOfArn } from './arn.ts';
import { oneOf, required, string } from './constraints.ts';
import { ApiError } from './errors.ts';
import { QUOTAS } from './quotas.ts';
import { ARN } from './shapes.ts';
import type { EpochSeconds } from './timestamps.ts';

/** The shapes that the operations on approvals share. Everstep's own: at AWS people are asked by whatever one builds. */
export const APPROVAL_ARN = required(ARN, '');
export const PERSON = string({ min: 1, max: 256 });
export const APPROVAL_COMMENT = string({ min: 1, max: 4_096, sensitive: true });
export const APPROVAL_FORM = string({ max: QUOTAS.inputBytes, sensitive: true });

export type ApprovalScope = 'MINE' | 'GROUPS' | 'ALL';
export const APPROVAL_SCOPE = oneOf<ApprovalScope>(['MINE', 'GROUPS', 'ALL']);

export type ApprovalListStatus = 'OPEN' | 'CLOSED';
export const APPROVAL_LIST_STATUS = oneOf<ApprovalListStatus>(['OPEN', 'CLOSED']);

/** Errors: InvalidArn. */
export function requireApprovalArn({ approvalArn }: { readonly approvalArn: string }): void {
  if (approvalOfArn(approvalArn) === null) throw new ApiError('InvalidArn', `Invalid Arn: '${approvalArn}'`);
}

/** As lists show it. */
export interface ApprovalListItem {
  readonly approvalArn: string;
  /** Absent where the key is gone that it is sealed with. */
  readonly title?: string;
  readonly status: 'OPEN' | 'DECIDED' | 'EXPIRED' | 'CANCELLED';
  readonly stateMachineArn: string;
  readonly executionArn: string;
  readonly stateName: string;
  readonly creationDate: EpochSeconds;
  readonly dueDate?: EpochSeconds;
  readonly closeDate?: EpochSeconds;
  /** User names; with `groups` empty, too: everybody. */
  readonly assignees: readonly string[];
  readonly groups: readonly string[];
  readonly claimedBy?: string;
  /** How it was decided; absent where it is not, or where no choice found its quorum. */
  readonly choice?: string;
  /** Votes so far. */
  readonly decisions: number;
  /** The most votes that a choice needs. */
  readonly quorum: number;
  readonly escalated: boolean;
}

export interface ApprovalChoiceItem {
  readonly name: string;
  readonly label: string;
  readonly style: 'primary' | 'danger' | 'default';
  /** The task fails with it; absent: it succeeds. */
  readonly error?: string;
  readonly commentRequired: boolean;
  readonly quorum: number;
  readonly votes: number;
}

export interface ApprovalTrailItem {
  readonly date: EpochSeconds;
  /** Absent: by itself. */
  readonly user?: string;
  readonly action: string;
  readonly comment?: string;
  readonly choice?: string;
  readonly to?: string;
  readonly via?: 'LINK';
}
