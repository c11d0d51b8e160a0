import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { MapState, StateGraph } from './state-machine.ts';

/** What tells a Distributed Map within its machine in the ARNs of its Map Runs and children: its Label, or one made of its place. */
export function labelOf(state: Pick<MapState, 'label' | 'location'>): string {
  return state.label ?? uuidLike(bytesToHex(sha256(utf8ToBytes(state.location))));
}

/** A UUID's form, version 4, of 32 hexadecimal digits. */
function uuidLike(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The Distributed Map with a label, however deep it lies. */
export function findMapState(graph: StateGraph, label: string): MapState | null {
  for (const state of graph.states.values()) {
    if (state.type === 'Map' && state.mode === 'DISTRIBUTED' && labelOf(state) === label) return state;
    const nested = state.type === 'Map' ? [state.processor] : state.type === 'Parallel' ? state.branches : [];
    for (const inner of nested) {
      const found = findMapState(inner, label);
      if (found !== null) return found;
    }
  }
  return null;
}
