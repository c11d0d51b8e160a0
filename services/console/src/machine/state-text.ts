import { isObject, type Json, parseJson } from '@everstep/language';

/** JSON text of a state in a definition, however deep it lies; null where there is none of the name. */
export function stateText(definition: string, name: string): string | null {
  const state = findIn(parseJson(definition), name);
  return state === null ? null : JSON.stringify(state);
}

/** What a state's Type is; null where there is none of the name, or it has none. */
export function stateType(definition: string, name: string): string | null {
  const state = findIn(parseJson(definition), name);
  if (state === null || !isObject(state)) return null;
  return typeof state['Type'] === 'string' ? state['Type'] : null;
}

function findIn(machine: Json | undefined, name: string): Json | null {
  if (machine === undefined || !isObject(machine)) return null;
  const { States: states } = machine;
  if (states === undefined || !isObject(states)) return null;
  for (const [key, state] of Object.entries(states)) {
    if (key === name) return state;
    if (!isObject(state)) continue;
    const branches = Array.isArray(state['Branches']) ? state['Branches'] : [];
    for (const inner of [...branches, state['ItemProcessor'], state['Iterator']]) {
      const found = findIn(inner, name);
      if (found !== null) return found;
    }
  }
  return null;
}
