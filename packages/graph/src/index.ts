export {
  type Box,
  type GraphSizes,
  type PlacedEdge,
  type PlacedGraph,
  placeGraph,
  type Point,
} from './graph-layout.ts';
export { mermaidText } from './mermaid.ts';
export { type GraphEdge, type GraphGroup, type GraphNode, type StateGraph, stateGraph } from './state-graph.ts';
export { type StateEvent, type StateStatus, stateStatuses } from './state-status.ts';
export { svgText } from './svg.ts';
