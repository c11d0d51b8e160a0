import type { Bucket, LimiterRecord, Need, QueuePlace } from '@everstep/engine';

export interface LimiterRow {
  record: LimiterRecord;
  bucket: Bucket | null;
  /** When a rate may give permits again. */
  lookAt: number | null;
  /** The key that had the last turn. */
  cursor: string;
}

export interface KeyBucketRow extends Bucket {
  readonly need: Need;
  readonly lookAt: number | null;
  readonly fullAt: number;
}

export interface LimitedTaskRow {
  readonly executionId: string;
  readonly taskId: number;
  readonly stateName: string | null;
  readonly limits: ReadonlyArray<Need & { readonly priority: number }>;
  readonly since: number;
  /** The order of coming. */
  readonly sequence: number;
  /** Where it waits; null once it has its permits. */
  place: QueuePlace | null;
  grantedAt: number | null;
}

/** Limiters, and what tasks need and hold of them. */
export interface PermitTables {
  readonly limiters: Map<string, LimiterRow>;
  /** By {@link bucketKey}. */
  readonly keyBuckets: Map<string, KeyBucketRow>;
  /** By {@link taskRowKey}. */
  readonly tasks: Map<string, LimitedTaskRow>;
  /** What must be looked at, as it came. */
  wakes: Need[];
}

export function newPermitTables(): PermitTables {
  return { limiters: new Map(), keyBuckets: new Map(), tasks: new Map(), wakes: [] };
}

export function bucketKey({ limiterArn, key }: Need): string {
  return JSON.stringify([limiterArn, key]);
}

export function taskRowKey(executionId: string, taskId: number): string {
  return `${executionId}:${taskId}`;
}
