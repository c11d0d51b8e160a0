import type { CallbackOutcome } from './token-store.ts';

export type ApprovalStatus =
  /** Somebody is to decide. */
  | 'OPEN'
  /** It was decided, and its task answered. */
  | 'DECIDED'
  /** Its task ended before: by a time-out, or because its branch was given up. */
  | 'EXPIRED'
  /** Its execution was stopped. */
  | 'CANCELLED';

/** What a person decides: it belongs to a task that waits for its token, and is known by that. */
export interface ApprovalRecord {
  readonly executionId: string;
  readonly taskId: number;
  readonly accountId: string;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly stateName: string;
  /** JSON text of an ApprovalRequest; it never changes. */
  readonly request: string;
  /** JSON text of an ApprovalProgress. */
  readonly progress: string;
  readonly status: ApprovalStatus;
  /** Whose it is: `user:<name>`, `group:<name>`, `*` for everybody. */
  readonly people: readonly string[];
  /** Grows with each change, from 1. */
  readonly version: number;
  readonly createdAt: number;
  readonly closedAt: number | null;
  /** Its place in a list, ascending: of the open ones by when they are due, of the others the last one closed first. */
  readonly rank: number;
  /** When the scheduler has something to do for it; null: never. */
  readonly lookAt: number | null;
}

/** Its key. */
export interface ApprovalKey {
  readonly executionId: string;
  readonly taskId: number;
}

/** Where a page goes on. */
export interface ApprovalPlace extends ApprovalKey {
  readonly rank: number;
}

export interface ApprovalQuery {
  readonly accountId: string;
  /** Open ones only whose task accepts a result still. */
  readonly open: boolean;
  /** Of any of these people; absent: all. */
  readonly people?: readonly string[];
  readonly stateMachineArn?: string;
  readonly executionId?: string;
  readonly after?: ApprovalPlace;
  readonly limit: number;
}

/** What changes of an approval. */
export type ApprovalChange = Pick<
  ApprovalRecord,
  'executionId' | 'taskId' | 'progress' | 'status' | 'people' | 'closedAt' | 'rank' | 'lookAt'
>;

/** A change by which an approval is decided, and what its task is told. */
export interface ApprovalDecision {
  readonly change: ApprovalChange;
  /** The version that is changed. */
  readonly version: number;
  /** For the task's run. */
  readonly activation: string;
  readonly graceMs: number;
}

/** As of a callback; `conflict`: the task would take a result, but the approval has another version by now. */
export type DecisionOutcome = CallbackOutcome | { readonly kind: 'conflict' };

/** Approvals: rows beside the tasks that they belong to. The token's row decides whether a decision still counts. */
export interface ApprovalStore {
  /** False where the task has one already: performing a task twice asks once. */
  createApproval(record: ApprovalRecord): Promise<boolean>;
  findApproval(key: ApprovalKey): Promise<ApprovalRecord | null>;
  /** By rank, execution and task. */
  listApprovals(query: ApprovalQuery): Promise<ApprovalRecord[]>;
  /** Changes it, and counts its version up. False where its version is not `version` any more, or it is gone. */
  changeApproval(change: ApprovalChange, version: number): Promise<boolean>;
  /** Completes the task, as `completeTask` does, and changes its approval, as `changeApproval` does: both or neither. */
  decideApproval(decision: ApprovalDecision): Promise<DecisionOutcome>;
  /**
   * Those whose `lookAt` has come, the earliest first; nobody else gets them within the lease, in milliseconds, unless
   * they change meanwhile.
   */
  takeApprovals(request: { readonly limit: number; readonly leaseMs: number }): Promise<ApprovalRecord[]>;
  /** Open ones whose task accepts no result any more; `after` goes on from one. */
  listForsakenApprovals(page: { readonly after?: ApprovalKey; readonly limit: number }): Promise<ApprovalRecord[]>;
}
