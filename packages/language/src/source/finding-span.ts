import type { Place, Span } from './source-node.ts';

/** What to point at: a field that the message names, a scalar itself, the key of an object or a list. */
export function spanOf({ node, key }: Place, message: string): Span {
  const { members } = node;
  if (members !== null) {
    for (const name of namedIn(message)) {
      const member = members.get(name);
      if (member !== undefined) return member.key;
    }
  }
  if (members === null && node.items === null && node.end > node.start) return node;
  return key ?? { start: node.start, end: node.start + 1 };
}

/** Names in quotes, and those of a list in brackets. */
function namedIn(message: string): string[] {
  const quoted = [...message.matchAll(/'([^']+)'/g)].map(([, name]) => name ?? '');
  const listed = [...message.matchAll(/\[([^\]]+)\]/g)].flatMap(([, names]) => (names ?? '').split(', '));
  return [...quoted, ...listed];
}
