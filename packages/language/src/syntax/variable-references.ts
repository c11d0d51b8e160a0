import type { StateGraph } from './state-machine.ts';

/**
 * Which variables the states of a machine read, by the names of the states that read any, over all nested graphs: what
 * DescribeStateMachine answers as `variableReferences`. Null where no state reads one.
 */
export function variableReferences(machine: StateGraph): Readonly<Record<string, readonly string[]>> | null {
  const references = new Map<string, readonly string[]>();
  collect(machine, references);
  return references.size === 0 ? null : Object.fromEntries(references);
}

function collect(graph: StateGraph, references: Map<string, readonly string[]>): void {
  for (const [name, state] of graph.states) {
    if (state.variableReferences.size > 0) references.set(name, [...state.variableReferences].sort());
    if (state.type === 'Map') collect(state.processor, references);
    if (state.type === 'Parallel') for (const branch of state.branches) collect(branch, references);
  }
}
