/** Where the keys of a queue lie. */
export interface QueuePlace {
  readonly name: string;
  readonly prefix: string;
}

/**
 * So many queues under a prefix. All keys of one queue must be in one slot of a cluster, which the braces see to. There
 * each queue has a slot of its own, so that the nodes share the work; one server keeps the prefix as it is.
 */
export function queuePlaces(prefix: string, count: number, isCluster: boolean): QueuePlace[] {
  const tag = /^\{(.+)\}$/.exec(prefix)?.[1] ?? prefix;
  return Array.from({ length: count }, (_, index) => ({
    name: `hints-${index}`,
    prefix: isCluster ? `{${tag}-${index}}` : prefix,
  }));
}
