import { defineOperation } from '../operation.ts';
import { PAGE_SIZE, PAGE_TOKEN } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface ListActivitiesInput {
  readonly maxResults?: number;
  readonly nextToken?: string;
}

export interface ListActivitiesOutput {
  readonly activities: readonly ActivityListItem[];
  readonly nextToken?: string;
}

export interface ActivityListItem {
  readonly activityArn: string;
  readonly name: string;
  readonly creationDate: EpochSeconds;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListActivities.html */
export const listActivities = defineOperation<ListActivitiesInput, ListActivitiesOutput>({
  name: 'ListActivities',
  members: (member) => ({
    maxResults: member('maxResults', PAGE_SIZE),
    nextToken: member('nextToken', PAGE_TOKEN),
  }),
});
