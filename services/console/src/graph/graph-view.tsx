import type { GraphNode, PlacedEdge, PlacedGraph, StateGraph } from '@everstep/graph';
import {
  Background,
  Controls,
  MiniMap,
  type Node,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  ViewportPortal,
} from '@xyflow/react';
import { type ReactElement, useEffect, useMemo } from 'react';
import '@xyflow/react/dist/base.css';
import { useTheme } from '../theme/theme.ts';
import './graph.css';
import { GraphNodes, type ShownNode, type StateLook } from './graph-nodes.tsx';
import { useLayout } from './use-layout.ts';

export interface GraphViewProps {
  readonly graph: StateGraph;
  /** How states look that look otherwise than plain. */
  readonly looks: ReadonlyMap<string, StateLook>;
  readonly selected: string | null;
  readonly onSelect: (state: string | null) => void;
  readonly label: string;
}

/** From this many states on, a map of the whole helps. */
const MAPPED = 25;
const PLAIN: StateLook = {};
/** What the name of a group adds to its box, in pixels. */
const TITLE = 12;

/** A graph of states that can be moved, zoomed and walked through by keyboard. */
export function GraphView(props: GraphViewProps): ReactElement {
  const latest = useLayout(props.graph);
  if (latest === null) return <div className="graph empty">Laying out …</div>;
  return (
    <ReactFlowProvider>
      <Flow {...props} graph={latest.graph} placed={latest.placed} />
    </ReactFlowProvider>
  );
}

function Flow({
  graph,
  placed,
  looks,
  selected,
  onSelect,
  label,
}: GraphViewProps & { placed: PlacedGraph }): ReactElement {
  const theme = useTheme();
  const { fitView } = useReactFlow();
  const nodes = useMemo(() => nodesOf(graph, placed, looks, selected), [graph, placed, looks, selected]);
  useEffect(() => {
    void fitView({ maxZoom: 1.1, padding: 0.08 });
  }, [placed, fitView]);
  return (
    <div className="graph" role="region" aria-label={label}>
      <ReactFlow
        nodes={nodes}
        edges={[]}
        nodeTypes={GraphNodes}
        colorMode={theme}
        minZoom={0.05}
        maxZoom={2}
        fitView
        fitViewOptions={{ maxZoom: 1.1, padding: 0.08 }}
        nodesDraggable={false}
        nodesConnectable={false}
        deleteKeyCode={null}
        onlyRenderVisibleElements={nodes.length > 150}
        proOptions={{ hideAttribution: true }}
        onPaneClick={() => onSelect(null)}
        onNodesChange={(changes) => {
          for (const change of changes) {
            if (change.type === 'select' && change.selected) onSelect(change.id);
          }
        }}
      >
        <ViewportPortal>
          <Edges placed={placed} />
        </ViewportPortal>
        <Background gap={20} />
        <Controls showInteractive={false} />
        {graph.nodes.length > MAPPED && (
          <MiniMap pannable zoomable nodeClassName={miniClass} ariaLabel="Map of the graph" />
        )}
      </ReactFlow>
    </div>
  );
}

function miniClass(node: Node): string {
  const data: { look?: StateLook } = node.data;
  return `mini-${data.look?.status ?? 'plain'}`;
}

function nodesOf(
  graph: StateGraph,
  { boxes }: PlacedGraph,
  looks: ReadonlyMap<string, StateLook>,
  selected: string | null,
): ShownNode[] {
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
      ...{ data: { label, type: 'group', look: PLAIN }, selectable: false, focusable: false, zIndex: 0 },
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
      ...{ selected: node.id === selected, data: { label: node.label, type: node.type, look } },
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

function Edges({ placed }: { readonly placed: PlacedGraph }): ReactElement {
  return (
    <svg className="edges" width={placed.width} height={placed.height} aria-hidden="true">
      <defs>
        <marker id="arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path d="M0,0 L8,4 L0,8 z" className="arrow" />
        </marker>
      </defs>
      {placed.edges.map((edge, index) => (
        <g key={index}>
          <path d={pathOf(edge)} className="edge" markerEnd="url(#arrow)" />
          {edge.label !== '' && (
            <text x={edge.labelAt.x} y={edge.labelAt.y + 4} textAnchor="middle" className="edge-label">
              {edge.label.length > 42 ? `${edge.label.slice(0, 40)}…` : edge.label}
            </text>
          )}
        </g>
      ))}
    </svg>
  );
}

/** Through the middles between the points, bent at each: a line without corners. */
function pathOf({ points }: PlacedEdge): string {
  const [first, ...others] = points;
  if (first === undefined) return '';
  const last = others.at(-1) ?? first;
  const bends = others.slice(0, -1).map((point, index) => {
    const next = others[index + 1] ?? last;
    const isLast = index === others.length - 2;
    const end = isLast ? last : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${point.x.toFixed(1)},${point.y.toFixed(1)} ${end.x.toFixed(1)},${end.y.toFixed(1)}`;
  });
  const start = `M${first.x.toFixed(1)},${first.y.toFixed(1)}`;
  return bends.length === 0 ? `${start} L${last.x.toFixed(1)},${last.y.toFixed(1)}` : `${start} ${bends.join(' ')}`;
}
