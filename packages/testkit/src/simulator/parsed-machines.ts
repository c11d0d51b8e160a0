import { type StateMachine, findMapState, parseStateMachine } from '@everstep/language';

/** The machines of one world as those see them who check it: none of them is shared with the processes that are checked. */
export class ParsedMachines {
  readonly #byDefinition = new Map<string, Map<string | null, StateMachine>>();

  /** The machine, or what the children of its Distributed Map of this label run. */
  parse(definition: string, label: string | null): StateMachine {
    let parts = this.#byDefinition.get(definition);
    if (parts === undefined) this.#byDefinition.set(definition, (parts = new Map([[null, whole(definition)]])));
    let part = parts.get(label) ?? parts.get(null);
    if (part === undefined) throw new Error('a parsed machine is not there');
    if (label === null || parts.has(label)) return part;
    const state = findMapState(part, label);
    if (state !== null) part = { ...part, ...state.processor, timeoutSeconds: null };
    parts.set(label, part);
    return part;
  }
}

function whole(definition: string): StateMachine {
  const { machine, diagnostics } = parseStateMachine(definition, { type: 'STANDARD' });
  if (machine === null) throw new Error(`the generator made a wrong definition: ${JSON.stringify(diagnostics)}`);
  return machine;
}
