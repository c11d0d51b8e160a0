import { type GraphSizes, placeGraph, type StateGraph } from '@everstep/graph';

/** As graph.css draws them, with room for a sign before the name. */
const SIZES: GraphSizes = { character: 8.3, padding: 50, leastWidth: 130, rankDistance: 32 };

/** Lays graphs out beside the page, which stays quick meanwhile. */
addEventListener('message', ({ data }: MessageEvent<{ readonly id: number; readonly graph: StateGraph }>) => {
  postMessage({ id: data.id, placed: placeGraph(data.graph, SIZES) });
});
