import type { Fields, GraphSketch, StateSketch, TransitionTarget, Walk } from './fields.ts';
import { isObject } from '../json.ts';
import type { State, StateGraph } from './state-machine.ts';

/** Where each of a state's transitions is written, which its compiled form does not keep. */
function targetsOf(fields: Fields, state: State): readonly TransitionTarget[] {
  const targets: TransitionTarget[] = [];
  const add = (name: unknown, location: string): void => {
    if (typeof name === 'string') targets.push({ name, location });
  };
  if ('next' in state) add(state.next, fields.at('Next'));
  if (state.type === 'Choice') {
    addNested(fields, 'Choices', add);
    add(state.default, fields.at('Default'));
  }
  if ('catch' in state) addNested(fields, 'Catch', add);
  return targets;
}

function addNested(fields: Fields, name: string, add: (target: unknown, location: string) => void): void {
  const list = fields.get(name);
  if (!Array.isArray(list)) return;
  for (const [index, entry] of list.entries()) {
    if (isObject(entry) && Object.hasOwn(entry, 'Next')) add(entry['Next'], `${fields.at(name)}[${index}]/Next`);
  }
}

export function sketchState(fields: Fields, state: State): StateSketch {
  const isEnd = state.type === 'Succeed' || state.type === 'Fail' || ('next' in state && fields.get('End') === true);
  return { location: fields.location, terminal: isEnd, targets: targetsOf(fields, state) };
}

/** A sketch of a state that could not be read: it may end the workflow or not, so nothing is said about it. */
export function sketchUnreadable(location: string): StateSketch {
  return { location, terminal: true, targets: [] };
}

function report(walk: Walk, code: string, message: string, location?: string): void {
  walk.diagnostics.push({ severity: 'ERROR', code, message, ...(location === undefined ? {} : { location }) });
}

/** Transitions to states that are not there, graphs that never end, states that nothing leads to. */
export function checkGraphs(walk: Walk): void {
  for (const graph of walk.graphs) checkTargets(walk, graph);
  const endless = walk.graphs.filter((graph) => graph.states.size > 0 && !hasEnd(graph));
  // AWS tells of a workflow without an end once, without a place, and then says nothing about unreachable states.
  if (endless.length > 0) {
    report(walk, 'MISSING_END_STATE', 'Workflow has no terminal state');
    return;
  }
  for (const graph of walk.graphs) checkReachable(walk, graph);
}

function checkTargets(walk: Walk, graph: GraphSketch): void {
  const check = ({ name, location }: TransitionTarget): void => {
    if (!graph.states.has(name)) {
      report(walk, 'MISSING_TRANSITION_TARGET', `Missing 'Next' target: ${name}`, location);
    }
  };
  if (graph.startAt !== null) check({ name: graph.startAt, location: `${graph.location}/StartAt` });
  for (const state of graph.states.values()) state.targets.forEach(check);
}

function hasEnd(graph: GraphSketch): boolean {
  return [...graph.states.values()].some((state) => state.terminal);
}

function checkReachable(walk: Walk, graph: GraphSketch): void {
  if (graph.startAt === null) return;
  const reached = new Set<string>();
  const waiting = [graph.startAt];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    for (const target of graph.states.get(name)?.targets ?? []) waiting.push(target.name);
  }
  for (const [name, state] of graph.states) {
    if (!reached.has(name)) {
      report(walk, 'MISSING_TRANSITION_TARGET', `State "${name}" is not reachable.`, state.location);
    }
  }
}

/** A graph that was refused. */
export const EMPTY_GRAPH: StateGraph = { startAt: '', states: new Map() };
