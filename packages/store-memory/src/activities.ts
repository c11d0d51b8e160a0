import type { ActivityStore } from '@everstep/engine';
import { activityArn } from '@everstep/protocol';
import { compareText } from './sorted-list.ts';
import type { MemoryState } from './state.ts';
import { putTags } from './tags.ts';

export function activityVerbs(state: MemoryState): ActivityStore {
  return {
    async createActivity(activity, tags = []) {
      const existing = state.activities.get(activity.activityArn);
      if (existing !== undefined) return existing;
      const { activityArn, name, createdAt, encryption } = activity;
      const created = { activityArn, name, createdAt, encryption };
      state.activities.set(activityArn, created);
      putTags(state, activityArn, tags);
      return created;
    },
    async findActivity(activityArn) {
      return state.activities.get(activityArn) ?? null;
    },
    async deleteActivity(activityArn) {
      state.activities.delete(activityArn);
      state.tags.delete(activityArn);
    },
    async listActivities({ afterName, limit, ...scope }) {
      return [...state.activities.values()]
        .filter((activity) => activity.activityArn === activityArn(scope, activity.name))
        .filter((activity) => afterName === undefined || compareText(activity.name, afterName) > 0)
        .toSorted((left, right) => compareText(left.name, right.name))
        .slice(0, limit);
    },
  };
}
