/** A version as it is asked for. */
export interface VersionDraft {
  readonly description: string | null;
}

/** An immutable, numbered pointer to one revision of a machine. */
export interface VersionRecord extends VersionDraft {
  readonly stateMachineArn: string;
  /** From 1; a number is never given twice, not after a deletion either. */
  readonly version: number;
  readonly revisionId: string;
  readonly createdAt: number;
}

export interface PublishRequest extends VersionDraft {
  readonly stateMachineArn: string;
  /** Refused unless this is the current revision; `INITIAL` is the machine's first one. Absent: whatever is current. */
  readonly revisionId?: string;
  readonly createdAt: number;
  /** How many versions a machine may have. */
  readonly limit: number;
}

export type PublishOutcome =
  /** A revision has one version at most: publishing it again answers the one there is. */
  | { readonly kind: 'published'; readonly version: VersionRecord }
  | { readonly kind: 'no-machine' }
  | { readonly kind: 'deleting' }
  /** Another revision is current: `INITIAL`, or its id. */
  | { readonly kind: 'revision'; readonly current: string }
  | { readonly kind: 'limit' };

export type DeleteVersionOutcome =
  /** Whether or not it was there. */
  | { readonly kind: 'deleted' }
  /** Names of the aliases that route to it, ascending. */
  | { readonly kind: 'in-use'; readonly aliases: readonly string[] };

export interface VersionStore {
  publishVersion(request: PublishRequest): Promise<PublishOutcome>;
  findVersion(stateMachineArn: string, version: number): Promise<VersionRecord | null>;
  /** The greatest number first. */
  listVersions(query: {
    readonly stateMachineArn: string;
    readonly beforeVersion?: number;
    readonly limit: number;
  }): Promise<VersionRecord[]>;
  deleteVersion(stateMachineArn: string, version: number): Promise<DeleteVersionOutcome>;
}

/** What the text for a machine's first revision is, which AWS gives no id. */
export const INITIAL_REVISION = 'INITIAL';
