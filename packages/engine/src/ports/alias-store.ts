/** A name for one or two versions of a machine. */
export interface AliasRecord {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly description: string | null;
  /** One or two; their weights sum to 100. */
  readonly routes: readonly AliasRoute[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface AliasRoute {
  readonly version: number;
  /** Percent of the starts that go there. */
  readonly weight: number;
}

export type AliasRefusal =
  | { readonly kind: 'no-machine' }
  | { readonly kind: 'deleting' }
  /** A route names a version that is not there. */
  | { readonly kind: 'no-version'; readonly version: number };

export type CreateAliasOutcome =
  | { readonly kind: 'created'; readonly alias: AliasRecord }
  /** The name is taken; the caller decides whether that is the same. */
  | { readonly kind: 'existing'; readonly alias: AliasRecord }
  | { readonly kind: 'limit' }
  | AliasRefusal;

export interface AliasChange {
  /** What is left out stays. */
  readonly description?: string;
  readonly routes?: readonly AliasRoute[];
  readonly updatedAt: number;
}

export type UpdateAliasOutcome =
  | { readonly kind: 'updated'; readonly alias: AliasRecord }
  | { readonly kind: 'no-alias' }
  | AliasRefusal;

export interface AliasStore {
  /** `limit`: how many aliases a machine may have. */
  createAlias(alias: AliasRecord, limit: number): Promise<CreateAliasOutcome>;
  findAlias(stateMachineArn: string, name: string): Promise<AliasRecord | null>;
  updateAlias(stateMachineArn: string, name: string, change: AliasChange): Promise<UpdateAliasOutcome>;
  /** Whether or not it was there. */
  deleteAlias(stateMachineArn: string, name: string): Promise<void>;
  /** By name, ascending by code point; with a version, those that route to it. */
  listAliases(query: {
    readonly stateMachineArn: string;
    readonly version?: number;
    readonly afterName?: string;
    readonly limit: number;
  }): Promise<AliasRecord[]>;
}
