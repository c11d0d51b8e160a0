import type { TagRecord, TagStore } from '@everstep/engine';
import { compareText } from './sorted-list.ts';
import type { MemoryState } from './state.ts';

export function tagVerbs(state: MemoryState): TagStore {
  const exists = (resourceArn: string): boolean => state.machines.has(resourceArn) || state.activities.has(resourceArn);
  return {
    async listTags(resourceArn) {
      if (!exists(resourceArn)) return null;
      return [...(state.tags.get(resourceArn) ?? [])]
        .map(([key, value]) => ({ key, value }))
        .toSorted((left, right) => compareText(left.key, right.key));
    },
    async tagResource(resourceArn, tags, limit) {
      if (!exists(resourceArn)) return 'no-resource';
      const keys = new Set([...(state.tags.get(resourceArn)?.keys() ?? []), ...tags.map(({ key }) => key)]);
      if (keys.size > limit) return 'too-many';
      putTags(state, resourceArn, tags);
      return 'tagged';
    },
    async untagResource(resourceArn, keys) {
      if (!exists(resourceArn)) return false;
      for (const key of keys) state.tags.get(resourceArn)?.delete(key);
      return true;
    },
  };
}

export function putTags(state: MemoryState, resourceArn: string, tags: readonly TagRecord[]): void {
  if (tags.length === 0) return;
  const all = state.tags.get(resourceArn) ?? new Map<string, string>();
  for (const { key, value } of tags) all.set(key, value);
  state.tags.set(resourceArn, all);
}
