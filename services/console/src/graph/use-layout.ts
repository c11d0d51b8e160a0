import type { PlacedGraph, StateGraph } from '@everstep/graph';
import { useEffect, useState } from 'react';

interface Placed {
  readonly graph: StateGraph;
  readonly placed: PlacedGraph;
}

let worker: Worker | null = null;
let count = 0;

/** Where everything of a graph lies; the latest layout while the next one is computed, null before the first. */
export function useLayout(graph: StateGraph | null): Placed | null {
  const [latest, setLatest] = useState<Placed | null>(null);
  useEffect(() => {
    if (graph === null) return;
    worker ??= new Worker(new URL('./layout-worker.ts', import.meta.url), { type: 'module' });
    const mine = worker;
    count += 1;
    const id = count;
    const take = ({ data }: MessageEvent<{ readonly id: number; readonly placed: PlacedGraph }>): void => {
      if (data.id === id) setLatest({ graph, placed: data.placed });
    };
    mine.addEventListener('message', take);
    // The reading is a class: only what it read goes to the worker.
    mine.postMessage({ id, graph: { nodes: graph.nodes, edges: graph.edges, groups: graph.groups } });
    return () => mine.removeEventListener('message', take);
  }, [graph]);
  return latest;
}
