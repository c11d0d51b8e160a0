import type { PlacedGraph, StateGraph } from '@everstep/graph';
import {
  Background,
  Controls,
  MiniMap,
  type Node,
  type NodeChange,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  ViewportPortal,
} from '@xyflow/react';
import { type DragEvent, type ReactElement, useEffect, useMemo } from 'react';
import '@xyflow/react/dist/base.css';
import { useTheme } from '../theme/theme.ts';
import './graph.css';
import { Edges } from './graph-edges.tsx';
import { GraphNodes, type StateLook } from './graph-nodes.tsx';
import { nodesOf } from './shown-nodes.ts';
import { useLayout } from './use-layout.ts';

export interface GraphViewProps {
  readonly graph: StateGraph;
  /** How states look that look otherwise than plain. */
  readonly looks: ReadonlyMap<string, StateLook>;
  readonly selected: string | null;
  readonly onSelect: (state: string | null) => void;
  readonly label: string;
  /** What people may do to it; absent: they only look. */
  readonly editing?: GraphEditing;
}

export interface GraphEditing {
  /** `from` null: what it begins with. */
  readonly onConnect: (from: string | null, to: string) => void;
  /** Something from the palette was let go over a state, or beside all of them. */
  readonly onDrop: (what: string, over: string | null) => void;
  readonly onDelete: (state: string) => void;
}

/** The type of what is dragged from the palette. */
export const DRAGGED = 'application/x-everstep-state';

/** From this many states on, a map of the whole helps. */
const MAPPED = 25;
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

type FlowProps = GraphViewProps & { readonly placed: PlacedGraph };

function Flow({ graph, placed, looks, selected, onSelect, label, editing }: FlowProps): ReactElement {
  const theme = useTheme();
  const { fitView } = useReactFlow();
  const isEditable = editing !== undefined;
  const nodes = useMemo(
    () => nodesOf({ graph, placed, looks, selected, isEditable }),
    [graph, placed, looks, selected, isEditable],
  );
  useEffect(() => {
    void fitView({ maxZoom: 1.1, padding: 0.08 });
  }, [placed, fitView]);
  const change = (changes: readonly NodeChange[]): void => {
    for (const one of changes) {
      if (one.type === 'select' && one.selected) onSelect(one.id);
      if (one.type === 'remove') editing?.onDelete(one.id);
    }
  };
  return (
    <div
      className="graph"
      role="region"
      aria-label={label}
      onDragOver={(event) => {
        if (isEditable && event.dataTransfer.types.includes(DRAGGED)) event.preventDefault();
      }}
      onDrop={(event) => {
        event.preventDefault();
        editing?.onDrop(event.dataTransfer.getData(DRAGGED), stateUnder(event, graph));
      }}
    >
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
        nodesConnectable={isEditable}
        deleteKeyCode={isEditable ? ['Delete', 'Backspace'] : null}
        onlyRenderVisibleElements={nodes.length > 150}
        proOptions={{ hideAttribution: true }}
        onPaneClick={() => onSelect(null)}
        onNodesChange={change}
        onConnect={({ source, target }) => editing?.onConnect(source.startsWith('start:') ? null : source, target)}
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

/** The state that something was let go over. */
function stateUnder({ target }: DragEvent, graph: StateGraph): string | null {
  const node = target instanceof Element ? target.closest('.react-flow__node') : null;
  const id = node?.getAttribute('data-id') ?? null;
  return graph.nodes.some((one) => one.id === id && one.type !== 'start' && one.type !== 'end' && one.type !== 'join')
    ? id
    : null;
}

function miniClass(node: Node): string {
  const data: { look?: StateLook } = node.data;
  return `mini-${data.look?.status ?? 'plain'}`;
}
