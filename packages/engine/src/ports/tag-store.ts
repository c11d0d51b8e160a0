export interface TagRecord {
  readonly key: string;
  readonly value: string;
}

export type TagOutcome = 'tagged' | 'no-resource' | 'too-many';

/** Tags of state machines and activities, by their ARN. */
export interface TagStore {
  /** By key, ascending by code point. null: no machine and no activity has the ARN. */
  listTags(resourceArn: string): Promise<TagRecord[] | null>;
  /** A key that is there gets the new value. Nothing is written where there would be more than `limit`. */
  tagResource(resourceArn: string, tags: readonly TagRecord[], limit: number): Promise<TagOutcome>;
  /** False: no machine and no activity has the ARN. Keys that are not there are ignored. */
  untagResource(resourceArn: string, keys: readonly string[]): Promise<boolean>;
}
