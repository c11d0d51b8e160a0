import { isObject, type Json, type JsonObject, parseJson, setOwn } from '@everstep/language';

/** Changes of a definition that people make in its graph. Each takes the text and answers the new one, indented. */

export interface Place {
  /** The machine, branch or processor that the state lies in. */
  readonly graph: JsonObject;
  readonly states: JsonObject;
  readonly state: JsonObject;
}

/** null where the text is no JSON object: then nothing can be changed in its graph. */
export function readDefinition(text: string): JsonObject | null {
  try {
    const read = parseJson(text);
    return isObject(read) ? read : null;
  } catch {
    return null;
  }
}

function written(definition: JsonObject): string {
  return JSON.stringify(definition, null, 2);
}

/** Finds a state by its name, which a definition has once, however deep it lies. */
export function placeOf(graph: Json | undefined, name: string): Place | null {
  if (graph === undefined || !isObject(graph)) return null;
  const { States: states } = graph;
  if (states === undefined || !isObject(states)) return null;
  const own = Object.hasOwn(states, name) ? states[name] : undefined;
  if (own !== undefined && isObject(own)) return { graph, states, state: own };
  for (const inner of innerGraphs(states)) {
    const found = placeOf(inner, name);
    if (found !== null) return found;
  }
  return null;
}

function innerGraphs(states: JsonObject): Json[] {
  return Object.values(states).flatMap((state) => {
    if (!isObject(state)) return [];
    const branches = Array.isArray(state['Branches']) ? state['Branches'] : [];
    return [...branches, state['ItemProcessor'], state['Iterator']].flatMap((one) => (one === undefined ? [] : [one]));
  });
}

export function stateNames(graph: Json | undefined): string[] {
  if (graph === undefined || !isObject(graph)) return [];
  const { States: states } = graph;
  if (states === undefined || !isObject(states)) return [];
  return [...Object.keys(states), ...innerGraphs(states).flatMap(stateNames)];
}

export type StateType = 'Task' | 'Pass' | 'Choice' | 'Wait' | 'Succeed' | 'Fail' | 'Parallel' | 'Map';
export const STATE_TYPES: readonly StateType[] = [
  'Task',
  'Pass',
  'Choice',
  'Wait',
  'Parallel',
  'Map',
  'Succeed',
  'Fail',
];

/** What the palette offers: types of states, and a Task that asks people. */
export type PaletteEntry = StateType | 'Approval';
export const PALETTE: readonly PaletteEntry[] = [...STATE_TYPES, 'Approval'];

interface NewState {
  readonly fresh: (word: string) => string;
  /** Of the whole machine. */
  readonly isJsonata: boolean;
}

/** A new state as it is valid, with as little in it as can be. */
function newState(type: PaletteEntry, { fresh, isJsonata }: NewState): JsonObject {
  const inner = (): JsonObject => {
    const name = fresh('Step');
    return { StartAt: name, States: { [name]: { Type: 'Pass', End: true } } };
  };
  switch (type) {
    case 'Task':
      return { Type: type, Resource: 'arn:aws:states:::lambda:invoke' };
    case 'Approval':
      return {
        Type: 'Task',
        Resource: 'arn:aws:states:::everstep:approval.waitForTaskToken',
        [isJsonata ? 'Arguments' : 'Parameters']: { Title: 'Please decide', Assignees: [], DueSeconds: 86_400 },
      };
    case 'Wait':
      return { Type: type, Seconds: 10 };
    case 'Parallel':
      return { Type: type, Branches: [inner(), inner()] };
    case 'Map':
      return { Type: type, ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...inner() } };
    case 'Fail':
      return { Type: type, Error: 'Failed', Cause: '' };
    case 'Choice':
      return { Type: type, Choices: [] };
    case 'Pass':
    case 'Succeed':
      return { Type: type };
  }
}

/** Puts a new state after another one, between it and what followed; with null at the top, unconnected or as the first. */
export function addState(
  text: string,
  type: PaletteEntry,
  after: string | null,
): { text: string; name: string } | null {
  const definition = readDefinition(text.trim() === '' ? '{"States":{}}' : text);
  if (definition === null) return null;
  const taken = new Set(stateNames(definition));
  const fresh = (word: string): string => {
    let name = word;
    for (let count = 2; taken.has(name); count++) name = `${word} ${count}`;
    taken.add(name);
    return name;
  };
  const name = fresh(type);
  const made = newState(type, { fresh, isJsonata: definition['QueryLanguage'] === 'JSONata' });
  const before = after === null ? null : placeOf(definition, after);
  if (before === null) {
    const states = isObject(definition['States']) ? definition['States'] : {};
    if (definition['StartAt'] === undefined || Object.keys(states).length === 0) definition['StartAt'] = name;
    if (canLead(type)) made['End'] = true;
    setOwn(states, name, made);
    definition['States'] = states;
  } else {
    lead(made, before.state['Next']);
    setOwn(before.states, name, made);
    link(before.state, name);
  }
  return { text: written(definition), name };
}

/** What follows a new state: what followed the one before it. */
function lead(state: JsonObject, next: Json | undefined): void {
  if (state['Type'] === 'Choice') {
    if (typeof next === 'string') state['Default'] = next;
  } else if (canLead(state['Type'])) {
    if (typeof next === 'string') state['Next'] = next;
    else state['End'] = true;
  }
}

/** A Choice gets a further rule, or its default; other states have one state that follows. */
function link(from: JsonObject, to: string): void {
  if (from['Type'] === 'Choice') {
    if (from['Default'] === undefined) {
      from['Default'] = to;
      return;
    }
    const isJsonata = from['QueryLanguage'] === 'JSONata';
    const rule: JsonObject = isJsonata ? { Condition: '{% true %}' } : { Variable: '$', IsPresent: true };
    from['Choices'] = [...(Array.isArray(from['Choices']) ? from['Choices'] : []), { ...rule, Next: to }];
    return;
  }
  if (!canLead(from['Type'])) return;
  delete from['End'];
  from['Next'] = to;
}

function canLead(type: Json | undefined): boolean {
  return type !== 'Succeed' && type !== 'Fail' && type !== 'Choice';
}

/** Lets one state follow another; `from` null: it becomes the first. null where they do not lie in the same graph. */
export function connect(text: string, from: string | null, to: string): string | null {
  const definition = readDefinition(text);
  const target = placeOf(definition ?? undefined, to);
  if (definition === null || target === null) return null;
  if (from === null) {
    target.graph['StartAt'] = to;
    return written(definition);
  }
  const source = placeOf(definition, from);
  if (source === null || source.states !== target.states || source.state === target.state) return null;
  link(source.state, to);
  return written(definition);
}

/** Takes a state out; what led to it leads to what followed it. */
export function removeState(text: string, name: string): string | null {
  const definition = readDefinition(text);
  const place = placeOf(definition ?? undefined, name);
  if (definition === null || place === null) return null;
  const { graph, states, state } = place;
  const next = typeof state['Next'] === 'string' && state['Next'] !== name ? state['Next'] : null;
  delete states[name];
  if (graph['StartAt'] === name) graph['StartAt'] = next ?? Object.keys(states)[0] ?? '';
  for (const other of Object.values(states)) if (isObject(other)) relink(other, name, next);
  return written(definition);
}

/** Replaces what leads to a state; with null it leads nowhere any more. */
function relink(state: JsonObject, name: string, to: string | null): void {
  if (state['Next'] === name) {
    if (to !== null) state['Next'] = to;
    else {
      delete state['Next'];
      state['End'] = true;
    }
  }
  if (state['Default'] === name) {
    if (to === null) delete state['Default'];
    else state['Default'] = to;
  }
  for (const field of ['Choices', 'Catch']) {
    const list = state[field];
    if (!Array.isArray(list)) continue;
    const left = list.filter((entry) => !isObject(entry) || entry['Next'] !== name || to !== null);
    for (const entry of left) if (isObject(entry) && entry['Next'] === name && to !== null) entry['Next'] = to;
    state[field] = left;
  }
}

/** Gives a state another name, everywhere. null where the name is taken or empty. */
export function renameState(text: string, name: string, to: string): string | null {
  const definition = readDefinition(text);
  const place = placeOf(definition ?? undefined, name);
  if (definition === null || place === null || to === '' || stateNames(definition).includes(to)) return null;
  const { graph, states } = place;
  const entries = Object.entries(states).map(([key, state]): [string, Json] => [key === name ? to : key, state]);
  for (const key of Object.keys(states)) delete states[key];
  for (const [key, state] of entries) {
    if (isObject(state)) relink(state, name, to);
    setOwn(states, key, state);
  }
  if (graph['StartAt'] === name) graph['StartAt'] = to;
  return written(definition);
}

/** Sets a field of a state; undefined takes it away. */
export function setField(text: string, name: string, field: string, value: Json | undefined): string | null {
  const definition = readDefinition(text);
  const place = placeOf(definition ?? undefined, name);
  if (definition === null || place === null) return null;
  if (value === undefined) delete place.state[field];
  else setOwn(place.state, field, value);
  if (field === 'End' && value === true) delete place.state['Next'];
  if (field === 'Next' && value !== undefined) delete place.state['End'];
  return written(definition);
}
