import type { GraphNode, PlacedGraph, StateGraph } from '@everstep/graph';
import type { ShownNode, StateLook } from './graph-nodes.tsx';

const PLAIN: StateLook = {};
/** What the name of a group adds to its box, in pixels. */
const TITLE = 12;

export interface ShownGraph {
  readonly graph: StateGraph;
  readonly placed: PlacedGraph;
  readonly looks: ReadonlyMap<string, StateLook>;
  readonly selected: string | null;
  /** Whether states can be connected and taken away. */
  readonly isEditable: boolean;
}

export function nodesOf({ graph, placed, looks, selected, isEditable }: ShownGraph): ShownNode[] {
  const { boxes } = placed;
  const shown: ShownNode[] = [];
  for (const { id, label } of graph.groups) {
    const box = boxes.get(id);
    if (box === undefined) continue;
    shown.push({
      ...{
        id,
        type: 'container',
        position: { x: box.x, y: box.y - TITLE },
        width: box.width,
        height: box.height + TITLE,
      },
      ...{
        data: { label, type: 'group', look: PLAIN, isEditable: false },
        selectable: false,
        focusable: false,
        deletable: false,
        zIndex: 0,
      },
    });
  }
  for (const node of graph.nodes) {
    const box = boxes.get(node.id);
    if (box === undefined) continue;
    const look = looks.get(node.id) ?? PLAIN;
    const isState = !isSign(node);
    shown.push({
      ...{ id: node.id, type: isState ? 'state' : 'sign', position: { x: box.x, y: box.y } },
      ...{ width: box.width, height: box.height, zIndex: 2, selectable: isState, focusable: isState },
      deletable: isState && isEditable,
      ...{ selected: node.id === selected, data: { label: node.label, type: node.type, look, isEditable } },
      ariaLabel: isState ? spoken(node, look) : node.label,
    });
  }
  return shown;
}

function isSign({ type }: GraphNode): boolean {
  return type === 'start' || type === 'end' || type === 'join';
}

function spoken({ label, type }: GraphNode, { status, counts }: StateLook): string {
  const facts = [label, type, status?.toLowerCase().replaceAll('_', ' '), counts];
  return facts.filter((fact) => fact !== undefined && fact !== '').join(', ');
}
