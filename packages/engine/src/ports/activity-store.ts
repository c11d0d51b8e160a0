import type { ArnScope } from '@everstep/protocol';
import type { TagRecord } from './tag-store.ts';

export interface ActivityRecord {
  readonly activityArn: string;
  readonly name: string;
  readonly createdAt: number;
  /** JSON text of the encryptionConfiguration; null: an AWS owned key. It never changes. */
  readonly encryption: string | null;
}

export interface ActivityStore {
  /** Idempotent: the activity that has the ARN, old or new. Tags are those of a new one. */
  createActivity(activity: ActivityRecord, tags?: readonly TagRecord[]): Promise<ActivityRecord>;
  findActivity(activityArn: string): Promise<ActivityRecord | null>;
  /** With its tags. */
  deleteActivity(activityArn: string): Promise<void>;
  /** Those of one account in one region, by name, ascending by code point. */
  listActivities(page: ArnScope & { afterName?: string; limit: number }): Promise<ActivityRecord[]>;
}
