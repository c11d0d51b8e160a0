import { isObject, type Json, parseJson } from '@everstep/language';

/** The graph of a definition: its states, what leads where, and what lies in what. */
export interface StateGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly groups: readonly GraphGroup[];
}

export interface GraphNode {
  /** A state's name, which a definition has once; `start:` and `end:` with a group's name for those. */
  readonly id: string;
  readonly label: string;
  /** As in the definition; `start` and `end` for what is no state. */
  readonly type: string;
  /** The group that it lies in. */
  readonly group: string | null;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** What a Parallel or a Map holds. */
export interface GraphGroup {
  readonly id: string;
  readonly label: string;
  readonly group: string | null;
}

/** Reads a definition as far as it is one: what is wrong with it, `everstep validate` tells. */
export function stateGraph(definition: string): StateGraph {
  const reading = new GraphReading();
  reading.machine(parseJson(definition), { group: null, key: '' });
  return reading;
}

interface Around {
  readonly group: string | null;
  /** Tells one start and end from those of other groups. */
  readonly key: string;
  /** Where the end of a branch leads. */
  readonly joinsAt?: string;
  readonly comesFrom?: string;
}

class GraphReading implements StateGraph {
  readonly nodes: GraphNode[] = [];
  readonly edges: GraphEdge[] = [];
  readonly groups: GraphGroup[] = [];

  machine(machine: Json | undefined, around: Around): void {
    if (machine === undefined || !isObject(machine)) return;
    const { States: states, StartAt: first } = machine;
    if (states === undefined || !isObject(states)) return;
    const { group, key } = around;
    const end = around.joinsAt ?? `end:${key}`;
    if (around.joinsAt === undefined) {
      this.nodes.push({ id: `start:${key}`, label: 'Start', type: 'start', group });
      this.nodes.push({ id: end, label: 'End', type: 'end', group });
    }
    if (typeof first === 'string') this.#edge(around.comesFrom ?? `start:${key}`, first, '');
    for (const [name, state] of Object.entries(states)) {
      if (isObject(state)) this.#state(name, state, group, end);
    }
  }

  #state(name: string, state: Readonly<Record<string, Json>>, group: string | null, end: string): void {
    const type = typeof state['Type'] === 'string' ? state['Type'] : '?';
    this.nodes.push({ id: name, label: name, type, group });
    const inner = innerMachines(state);
    // What follows a Parallel or a Map follows its join.
    const last = inner.length === 0 ? name : `join:${name}`;
    if (inner.length > 0) {
      const id = `group:${name}`;
      this.groups.push({ id, label: name, group });
      for (const [index, machine] of inner.entries()) {
        this.machine(machine, { group: id, key: `${name}:${index}`, joinsAt: last, comesFrom: name });
      }
      this.nodes.push({ id: last, label: '', type: 'join', group });
    }
    if (typeof state['Next'] === 'string') this.#edge(last, state['Next'], '');
    if (state['End'] === true || type === 'Succeed' || type === 'Fail') this.#edge(last, end, '');
    for (const [index, choice] of listOf(state['Choices']).entries()) {
      if (isObject(choice)) this.#edge(name, choice['Next'], `choice ${index + 1}`);
    }
    this.#edge(name, state['Default'], 'default');
    for (const catcher of listOf(state['Catch'])) {
      if (isObject(catcher)) this.#edge(name, catcher['Next'], listOf(catcher['ErrorEquals']).map(String).join(', '));
    }
  }

  #edge(from: string, to: Json | undefined, label: string): void {
    if (typeof to === 'string') this.edges.push({ from, to, label });
  }
}

function innerMachines(state: Readonly<Record<string, Json>>): Json[] {
  const processor = state['ItemProcessor'] ?? state['Iterator'];
  return [...listOf(state['Branches']), ...(processor === undefined ? [] : [processor])];
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
