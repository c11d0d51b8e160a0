import type { StateGraph, StateStatus } from '@everstep/graph';
import { type Paint, printable, type Style } from '../terminal/styles.ts';

const SIGNS: Readonly<Record<StateStatus, readonly [sign: string, style: Style]>> = {
  succeeded: ['✓', 'green'],
  running: ['●', 'blue'],
  failed: ['✗', 'red'],
};

/** The states one a line, in their groups, with where each leads. */
export function graphText(graph: StateGraph, statuses: ReadonlyMap<string, StateStatus>, paint: Paint): string {
  const width = Math.max(0, ...graph.nodes.map(({ label }) => label.length));
  const names = new Map(
    graph.nodes.map(({ id, label, type }) => [id, type === 'join' ? id.slice('join:'.length) : label]),
  );
  const follow = (id: string): string[] =>
    graph.edges
      .filter(({ from, to }) => from === id && !to.startsWith('join:'))
      .map(({ to, label }) => `${label === '' ? '' : `${label}: `}${names.get(to) ?? to}`);
  const linesOf = (group: string | null, indent: string): string[] =>
    graph.nodes
      .filter((node) => node.group === group && node.type !== 'end' && node.type !== 'join')
      .flatMap(({ id, label, type }) => {
        const status = statuses.get(id);
        const [sign, style] = status === undefined ? [' ', 'reset' as const] : SIGNS[status];
        const hasGroup = graph.groups.some((inner) => inner.id === `group:${id}`);
        const targets = hasGroup ? follow(`join:${id}`) : follow(id);
        const catches = hasGroup ? follow(id).filter((text) => text.includes(': ')) : [];
        const where = [...targets, ...catches].map(printable).join(', ');
        const kind = type === 'start' ? '' : type;
        const line = `${sign} ${indent}${printable(label).padEnd(width)}  ${kind.padEnd(8)}  ${where === '' ? '' : `→ ${where}`}`;
        const shown = status === undefined ? line.trimEnd() : paint(style, line.trimEnd());
        return [shown, ...(hasGroup ? linesOf(`group:${id}`, `${indent}  `) : [])];
      });
  return linesOf(null, '').join('\n');
}
