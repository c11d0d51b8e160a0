import type { ArnScope } from '@everstep/protocol';
import type { TagRecord } from './tag-store.ts';
import type { PublishOutcome, VersionDraft, VersionRecord } from './version-store.ts';

export interface StateMachineRecord {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly type: 'STANDARD' | 'EXPRESS';
  readonly status: 'ACTIVE' | 'DELETING';
  readonly createdAt: number;
  readonly revision: RevisionRecord;
  /** How many revisions there have been: AWS tells a revisionId only after an update. */
  readonly revisionNumber: number;
  /** What the request that created it asked to publish: a part of what its repetition must say. */
  readonly publishedAtCreation: VersionDraft | null;
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
  /** Its first revision becomes version 1. */
  readonly publish?: VersionDraft;
  readonly tags?: readonly TagRecord[];
}

/** What an update changes, and what it publishes; a revision that is left out stays the current one. */
export interface MachineUpdate {
  readonly revision?: Omit<RevisionRecord, 'stateMachineArn'>;
  readonly publish?: VersionDraft & { readonly createdAt: number; readonly limit: number };
}

export type UpdateOutcome =
  | { readonly kind: 'updated'; readonly stateMachine: StateMachineRecord; readonly version: VersionRecord | null }
  | Exclude<PublishOutcome, { kind: 'published' }>;

export interface CatalogStore {
  /** `created: false` with the machine that already has the ARN; the caller decides whether that is the same. */
  createStateMachine(machine: NewStateMachine): Promise<{ created: boolean; stateMachine: StateMachineRecord }>;
  findStateMachine(stateMachineArn: string): Promise<StateMachineRecord | null>;
  findRevision(revisionId: string): Promise<RevisionRecord | null>;
  /** Makes a revision the current one, and publishes what is current then: both or neither. */
  updateStateMachine(stateMachineArn: string, update: MachineUpdate): Promise<UpdateOutcome>;
  /** To status DELETING: no new execution starts. True where there was an active machine. */
  markStateMachineDeleting(stateMachineArn: string): Promise<boolean>;
  /** Machines in status DELETING, for the scheduler's duty. */
  listDeletingStateMachines(limit: number): Promise<string[]>;
  /** Removes a DELETING machine without open executions, with its versions, aliases and tags; false while one is open. */
  purgeStateMachine(stateMachineArn: string): Promise<boolean>;
  /** Those of one account in one region, by name, ascending by code point; ACTIVE and DELETING ones. */
  listStateMachines(page: ArnScope & { afterName?: string; limit: number }): Promise<StateMachineRecord[]>;
}
