import type { ArnScope } from '@everstep/protocol';

export interface ActivityRecord {
  readonly activityArn: string;
  readonly name: string;
  readonly createdAt: number;
}

export interface ActivityStore {
  /** Idempotent: the activity that has the ARN, old or new. */
  createActivity(activity: ActivityRecord): Promise<ActivityRecord>;
  findActivity(activityArn: string): Promise<ActivityRecord | null>;
  deleteActivity(activityArn: string): Promise<void>;
  /** Those of one account in one region, by name, ascending by code point. */
  listActivities(page: ArnScope & { afterName?: string; limit: number }): Promise<ActivityRecord[]>;
}
