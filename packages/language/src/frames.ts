import { invariant } from './errors.ts';
import type { ExecutionState, Frame } from './execution-state.ts';
import { getOwn, type Json, jsonText, utf8Length } from './json.ts';
import type { State, StateGraph, StateMachine } from './syntax/state-machine.ts';

export const ROOT_FRAME = '0';

/** A frame about to enter `state`. */
export function newFrame(
  place: { readonly parent: Frame | null; readonly index: number },
  state: string,
  input: Json,
  lastEventId: number,
): Frame {
  const { parent, index } = place;
  return {
    id: parent === null ? ROOT_FRAME : `${parent.id}.${index}`,
    parent: parent === null ? null : parent.id,
    index,
    state,
    enteredEventId: 0,
    enteredTime: 0,
    lastEventId,
    input,
    variables: {},
    retrierAttempts: [],
    retryCount: 0,
    waiting: null,
  };
}

export function parentOf(execution: ExecutionState, frame: Frame): Frame | null {
  if (frame.parent === null) return null;
  const parent = execution.frames.get(frame.parent);
  invariant(parent !== undefined, 'frame', frame.id, 'has lost its parent');
  return parent;
}

/** The states among which a frame moves: the machine's, its branch's, or its Map's processor. */
export function graphOf(machine: StateMachine, execution: ExecutionState, frame: Frame): StateGraph {
  const parent = parentOf(execution, frame);
  if (parent === null) return machine;
  const state = stateOf(machine, execution, parent);
  if (state.type === 'Map') return state.processor;
  invariant(state.type === 'Parallel', 'frame', parent.id, 'has a child in a state of type', state.type);
  const branch = state.branches[frame.index];
  invariant(branch !== undefined, 'state', state.name, 'has no branch', frame.index);
  return branch;
}

export function stateOf(machine: StateMachine, execution: ExecutionState, frame: Frame): State {
  const state = graphOf(machine, execution, frame).states.get(frame.state);
  invariant(state !== undefined, 'there is no state', frame.state, 'where this frame is:', frame.id);
  return state;
}

/** The value of a variable as a frame sees it: its own scope first, then outwards. */
export function variableOf(execution: ExecutionState, frame: Frame, name: string): Json | undefined {
  for (let at: Frame | null = frame; at !== null; at = parentOf(execution, at)) {
    const value = getOwn(at.variables, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Bytes of JSON of the variables a frame would see with these assigned, near enough for the quota. */
export function variableBytes(
  execution: ExecutionState,
  frame: Frame,
  assigned: Readonly<Record<string, Json>>,
): number {
  let bytes = Object.values(assigned).reduce<number>((total, value) => total + sizeOf(value), 0);
  for (let at: Frame | null = frame; at !== null; at = parentOf(execution, at)) {
    for (const [name, value] of Object.entries(at.variables)) {
      if (at !== frame || !Object.hasOwn(assigned, name)) bytes += sizeOf(value);
    }
  }
  return bytes;
}

/** The text of objects and arrays is remembered; that of long strings is not, and need not be built. */
function sizeOf(value: Json): number {
  return typeof value === 'string' ? utf8Length(value) : utf8Length(jsonText(value));
}

/** The children that a Parallel or a Map has started and not joined, in their order. */
export function childrenOf(execution: ExecutionState, parent: Frame): Frame[] {
  if (parent.waiting?.kind !== 'children') return [];
  const children: Frame[] = [];
  for (let index = 0; index < parent.waiting.next; index++) {
    const child = execution.frames.get(`${parent.id}.${index}`);
    if (child !== undefined) children.push(child);
  }
  return children;
}
