import type { ArnScope } from '@everstep/protocol';

export interface StateMachineRecord {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly type: 'STANDARD' | 'EXPRESS';
  readonly status: 'ACTIVE' | 'DELETING';
  readonly createdAt: number;
  readonly revision: RevisionRecord;
  /** How many revisions there have been: AWS tells a revisionId only after an update. */
  readonly revisionNumber: number;
}

/** One immutable revision of a state machine. */
export interface RevisionRecord {
  /** UUID. */
  readonly revisionId: string;
  readonly stateMachineArn: string;
  readonly definition: string;
  readonly roleArn: string;
  /** JSON text of loggingConfiguration, tracingConfiguration and encryptionConfiguration as given. */
  readonly configuration: string;
  readonly createdAt: number;
}

export interface NewStateMachine {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly type: 'STANDARD' | 'EXPRESS';
  readonly createdAt: number;
  readonly revision: Omit<RevisionRecord, 'stateMachineArn' | 'createdAt'>;
}

export interface CatalogStore {
  /** `created: false` with the machine that already has the ARN; the caller decides whether that is the same. */
  createStateMachine(machine: NewStateMachine): Promise<{ created: boolean; stateMachine: StateMachineRecord }>;
  findStateMachine(stateMachineArn: string): Promise<StateMachineRecord | null>;
  findRevision(revisionId: string): Promise<RevisionRecord | null>;
  /** Makes a revision the current one. null: no such machine, or it is being deleted (`find` tells which). */
  updateStateMachine(
    stateMachineArn: string,
    revision: Omit<RevisionRecord, 'stateMachineArn'>,
  ): Promise<StateMachineRecord | null>;
  /** To status DELETING: no new execution starts. True where there was an active machine. */
  markStateMachineDeleting(stateMachineArn: string): Promise<boolean>;
  /** Machines in status DELETING, for the scheduler's duty. */
  listDeletingStateMachines(limit: number): Promise<string[]>;
  /** Removes a DELETING machine without open executions; false while one is open. */
  purgeStateMachine(stateMachineArn: string): Promise<boolean>;
  /** Those of one account in one region, by name, ascending by code point; ACTIVE and DELETING ones. */
  listStateMachines(page: ArnScope & { afterName?: string; limit: number }): Promise<StateMachineRecord[]>;
}
