import type { PlacedEdge, PlacedGraph } from '@everstep/graph';
import type { ReactElement } from 'react';

/** What leads where, as the layout has drawn it. */
export function Edges({ placed }: { readonly placed: PlacedGraph }): ReactElement {
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
