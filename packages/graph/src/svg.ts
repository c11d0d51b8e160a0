import { type Box, JOIN, type PlacedEdge, placeGraph } from './graph-layout.ts';
import type { GraphNode, StateGraph } from './state-graph.ts';
import type { StateStatus } from './state-status.ts';

const MARGIN = 24;
/** Of something that has no place: nothing is drawn of it. */
const NOWHERE: Box = { x: 0, y: 0, width: 0, height: 0 };

interface Colours {
  readonly fill: string;
  readonly stroke: string;
}

const COLOURS: Readonly<Record<StateStatus, Colours>> = {
  succeeded: { fill: '#d5f0dc', stroke: '#1f883d' },
  running: { fill: '#d6e8ff', stroke: '#0969da' },
  failed: { fill: '#ffdcd7', stroke: '#cf222e' },
};
const PLAIN: Colours = { fill: '#ffffff', stroke: '#57606a' };

/** A picture of the graph that stands by itself: no script, no outside font. */
export function svgText(graph: StateGraph, statuses: ReadonlyMap<string, StateStatus>): string {
  const { width, height, boxes, edges: placed } = placeGraph(graph);
  const groups = graph.groups.map(({ id, label }) => groupShape(boxes.get(id) ?? NOWHERE, label));
  const edges = placed.map(edgeShape);
  const nodes = graph.nodes.map((node) => {
    const status = statuses.get(node.id);
    return nodeShape(boxes.get(node.id) ?? NOWHERE, node, status === undefined ? PLAIN : COLOURS[status]);
  });
  const size = [width + 2 * MARGIN, height + 2 * MARGIN].map(Math.ceil);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size[0]}" height="${size[1]}" viewBox="${-MARGIN} ${-MARGIN} ${size[0]} ${size[1]}" font-family="system-ui, 'DejaVu Sans', Helvetica, Arial, sans-serif" font-size="13">`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#57606a"/></marker></defs>',
    `<rect x="${-MARGIN}" y="${-MARGIN}" width="${size[0]}" height="${size[1]}" fill="#ffffff"/>`,
    ...groups,
    ...edges,
    ...nodes,
    '</svg>',
  ].join('\n');
}

function groupShape({ x, y, width, height }: Box, label: string): string {
  const box = `x="${x}" y="${y}" width="${width}" height="${height}"`;
  const title = `<title>${escaped(label)}</title>`;
  return `<rect ${box} rx="8" fill="#f6f8fa" stroke="#d0d7de" stroke-dasharray="4 3">${title}</rect>`;
}

function nodeShape(place: Box, node: GraphNode, colours: Colours): string {
  const { width, height } = place;
  const [x, y] = [place.x + width / 2, place.y + height / 2];
  const { fill, stroke } = colours;
  const box = `x="${place.x}" y="${place.y}" width="${width}" height="${height}"`;
  if (node.type === 'join') return `<circle cx="${x}" cy="${y}" r="${JOIN / 2}" fill="#57606a"/>`;
  const isState = node.type !== 'start' && node.type !== 'end';
  const shape = `<rect ${box} rx="${isState ? 6 : height / 2}" fill="${fill}" stroke="${stroke}" stroke-width="1.4"/>`;
  const label = `<text x="${x}" y="${y + (isState ? -1 : 4.5)}" text-anchor="middle">${escaped(node.label)}</text>`;
  const type = `<text x="${x}" y="${y + 14}" text-anchor="middle" font-size="10" fill="#57606a">${escaped(node.type)}</text>`;
  return `<g>${shape}${label}${isState ? type : ''}</g>`;
}

function edgeShape({ points, labelAt, label }: PlacedEdge): string {
  const path = points.map((point, index) => `${index === 0 ? 'M' : 'L'}${point.x.toFixed(1)},${point.y.toFixed(1)}`);
  const line = `<path d="${path.join(' ')}" fill="none" stroke="#57606a" marker-end="url(#arrow)"/>`;
  if (label === '') return line;
  const style =
    'text-anchor="middle" font-size="10" fill="#57606a" stroke="#ffffff" stroke-width="3" paint-order="stroke"';
  return `${line}<text x="${labelAt.x}" y="${labelAt.y + 4}" ${style}>${escaped(label)}</text>`;
}

/** Text in XML, without the control characters that XML does not have. */
function escaped(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\uFFFE\uFFFF]/gu, '\uFFFD')
    .replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
