import type { State, StateGraph } from './state-machine.ts';

/** A state of a machine by its name, however deep it lies in Parallels and Maps; names are unique over the machine. */
export function findState(graph: StateGraph, name: string): State | null {
  const found = graph.states.get(name);
  if (found !== undefined) return found;
  for (const state of graph.states.values()) {
    for (const nested of graphsIn(state)) {
      const inside = findState(nested, name);
      if (inside !== null) return inside;
    }
  }
  return null;
}

/** The graphs that a state holds: a Parallel's branches, a Map's processor. */
function graphsIn(state: State): readonly StateGraph[] {
  if (state.type === 'Parallel') return state.branches;
  return state.type === 'Map' ? [state.processor] : [];
}
