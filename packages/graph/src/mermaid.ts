import type { GraphNode, StateGraph } from './state-graph.ts';
import type { StateStatus } from './state-status.ts';

/** A Mermaid flowchart. */
export function mermaidText(graph: StateGraph, statuses: ReadonlyMap<string, StateStatus>): string {
  const ids = new Map(graph.nodes.map(({ id }, index) => [id, `n${index}`]));
  const nodesIn = (group: string | null, indent: string): string[] => [
    ...graph.nodes.filter((node) => node.group === group).map((node) => `${indent}${ids.get(node.id)}${shape(node)}`),
    ...graph.groups
      .filter((inner) => inner.group === group)
      .flatMap(({ id, label }) => [
        `${indent}subgraph g${graph.groups.findIndex((one) => one.id === id)}["${escaped(label)}"]`,
        ...nodesIn(id, `${indent}  `),
        `${indent}end`,
      ]),
  ];
  const edges = graph.edges.flatMap(({ from, to, label }) => {
    const [left, right] = [ids.get(from), ids.get(to)];
    if (left === undefined || right === undefined) return [];
    return [`  ${left} -->${label === '' ? '' : `|"${escaped(label)}"|`} ${right}`];
  });
  const classes = [...statuses].flatMap(([name, status]) => {
    const id = ids.get(name);
    return id === undefined ? [] : [`  class ${id} ${status}`];
  });
  const styles = [
    '  classDef succeeded fill:#d5f0dc,stroke:#1f883d',
    '  classDef running fill:#d6e8ff,stroke:#0969da',
    '  classDef failed fill:#ffdcd7,stroke:#cf222e',
  ];
  return [
    'flowchart TD',
    ...nodesIn(null, '  '),
    ...edges,
    ...(classes.length === 0 ? [] : [...styles, ...classes]),
  ].join('\n');
}

function shape({ type, label }: GraphNode): string {
  const text = `"${escaped(label)}"`;
  if (type === 'start' || type === 'end') return `((${text}))`;
  if (type === 'join') return '(( ))';
  return type === 'Choice' ? `{${text}}` : `[${text}]`;
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"#;]/g, (character) => `#${character.charCodeAt(0)};`);
}
