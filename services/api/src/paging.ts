import { QUOTAS } from '@everstep/protocol';

/** Absent and 0 mean AWS's default. */
export function pageSize(maxResults: number | undefined): number {
  return maxResults === undefined || maxResults === 0 ? QUOTAS.defaultPageSize : maxResults;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** The last item of a page that is not the last one. */
  readonly last: Item | null;
}

/** Cuts what was read with a limit of one more than the page. */
export function cutPage<Item>(read: readonly Item[], size: number): Page<Item> {
  if (read.length <= size) return { items: read, last: null };
  const items = read.slice(0, size);
  return { items, last: items.at(-1) ?? null };
}
