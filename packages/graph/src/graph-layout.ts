import { type EdgeLabel, Graph, type GraphLabel, layout, type NodeLabel, type Point } from '@dagrejs/dagre';
import type { GraphNode, StateGraph } from './state-graph.ts';

export type { Point };

/** Where something lies: its upper left corner and its size, in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly points: readonly Point[];
  /** The middle of its label. */
  readonly labelAt: Point;
}

export interface PlacedGraph {
  readonly width: number;
  readonly height: number;
  /** By the node's or the group's id. */
  readonly boxes: ReadonlyMap<string, Box>;
  readonly edges: readonly PlacedEdge[];
}

/** How large the text is in the boxes, and how far apart things lie, in pixels. */
export interface GraphSizes {
  readonly character: number;
  /** Beside a state's name, both sides together. */
  readonly padding: number;
  readonly leastWidth: number;
  readonly rankDistance: number;
}

const USUAL: GraphSizes = { character: 7.6, padding: 28, leastWidth: 90, rankDistance: 40 };
const HEIGHT = 44;
const ROUND = 36;
/** Across a join. */
export const JOIN = 12;
/** Wide characters would make a box as wide as the picture. */
const LONGEST_LABEL = 40;

/** The layers of a graph, from the top down. Plain data: a worker may do it for a page. */
export function placeGraph(graph: StateGraph, sizes: GraphSizes = USUAL): PlacedGraph {
  const placed: Graph<GraphLabel, NodeLabel, EdgeLabel> = new Graph({ compound: true, multigraph: true });
  placed.setGraph({ rankdir: 'TB', nodesep: 30, ranksep: sizes.rankDistance, edgesep: 16 });
  placed.setDefaultEdgeLabel(() => ({}));
  for (const { id, label } of graph.groups) placed.setNode(id, { label });
  for (const node of graph.nodes) placed.setNode(node.id, sizeOf(node, sizes));
  for (const { id, group } of [...graph.groups, ...graph.nodes]) if (group !== null) placed.setParent(id, group);
  const known = new Set(graph.nodes.map(({ id }) => id));
  const edges = graph.edges.filter(({ from, to }) => known.has(from) && known.has(to));
  for (const [index, { from, to, label }] of edges.entries()) {
    const width = Math.min(label.length, LONGEST_LABEL) * sizes.character * 0.8;
    placed.setEdge(from, to, label === '' ? {} : { width, height: 14, labelpos: 'c' }, String(index));
  }
  layout(placed);
  const { width = 0, height = 0 } = placed.graph();
  const boxes = [...graph.groups, ...graph.nodes].map(({ id }): [string, Box] => [id, boxOf(placed.node(id))]);
  return {
    width,
    height,
    boxes: new Map(boxes),
    edges: edges.map((edge, index) => {
      const { points = [], x = 0, y = 0 } = placed.edge(edge.from, edge.to, String(index));
      return { ...edge, points: points.map((point: Point) => ({ x: point.x, y: point.y })), labelAt: { x, y } };
    }),
  };
}

function boxOf({ x = 0, y = 0, width = 0, height = 0 }: NodeLabel): Box {
  return { x: x - width / 2, y: y - height / 2, width, height };
}

function sizeOf(
  { type, label }: GraphNode,
  { character, padding, leastWidth }: GraphSizes,
): { width: number; height: number } {
  if (type === 'join') return { width: JOIN, height: JOIN };
  if (type === 'start' || type === 'end') return { width: ROUND * 1.6, height: ROUND };
  const characters = Math.min(Array.from(label).length, LONGEST_LABEL);
  return { width: Math.max(leastWidth, characters * character + padding), height: HEIGHT };
}
