import type { ApprovalNotify } from '../approvals/approval-request.ts';

/** What people are told of an approval. */
export interface ApprovalNotice {
  /** Stable over repetitions: a receiver that knows it has had the notice before. */
  readonly id: string;
  readonly type: 'approval.opened' | 'approval.reminder' | 'approval.delegated' | 'approval.escalated';
  readonly approvalArn: string;
  readonly title: string;
  /** Markdown. */
  readonly description: string | null;
  readonly dueAt: number | null;
  readonly executionArn: string;
  readonly stateName: string;
  /** Where each recipient decides; empty where the installation has no address of its own. */
  readonly links: ReadonlyArray<{ readonly recipient: string; readonly url: string }>;
}

/** Sends notices one way; throws what keeps one from being sent. */
export interface ApprovalNotifier {
  send(notice: ApprovalNotice, way: ApprovalNotify, signal: AbortSignal): Promise<void>;
}
