import type { Chance } from './chance.ts';

export type QueryLanguage = 'JSONPath' | 'JSONata';
export type StateText = Record<string, unknown>;

/** In which languages the states of one machine are written: all in one, or each in one of both. */
export type Languages = QueryLanguage | 'mixed';

export function pickLanguages(chance: Chance): Languages {
  return chance.pick(['JSONPath', 'JSONPath', 'JSONata', 'mixed', 'mixed']);
}

/** What a machine of these languages says at its top. */
export function machineFields(languages: Languages): StateText {
  return languages === 'JSONata' ? { QueryLanguage: 'JSONata' } : {};
}

/** The way in which one state is written: the same meaning in either language. */
export class Writing {
  readonly language: QueryLanguage;
  readonly #isOwn: boolean;

  constructor(languages: Languages, chance: Chance) {
    const own = languages === 'mixed';
    this.language = languages === 'mixed' ? chance.pick(['JSONPath', 'JSONata']) : languages;
    this.#isOwn = own && this.language === 'JSONata';
  }

  get isJsonata(): boolean {
    return this.language === 'JSONata';
  }

  /** A state whose language differs from its machine's says so. */
  state(fields: StateText): StateText {
    return this.#isOwn ? { ...fields, QueryLanguage: 'JSONata' } : fields;
  }

  /** What a task, a Map or a Parallel is given. */
  argumentsOf(payload: StateText): StateText {
    return this.isJsonata ? { Arguments: payload } : { Parameters: payload };
  }

  /** A member whose value is a place in the context object. */
  fromContext(name: string, place: string): StateText {
    return this.isJsonata ? { [name]: `{% $states.context.${place} %}` } : { [`${name}.$`]: `$$.${place}` };
  }

  /** The input goes on, with the result under a name. */
  keep(name: string): StateText {
    return this.isJsonata
      ? { Output: `{% $merge([$states.input, {'${name}': $states.result}]) %}` }
      : { ResultPath: `$.${name}` };
  }

  /** The input goes on, and the result is dropped. */
  drop(): StateText {
    return this.isJsonata ? { Output: '{% $states.input %}' } : { ResultPath: null };
  }

  /** The results of a Map or a Parallel, as one member of an object. */
  gather(): StateText {
    return this.isJsonata ? { Output: "{% {'all': $states.result} %}" } : { ResultSelector: { 'all.$': '$' } };
  }

  /** What the catcher of a state hands on: an object again. */
  caught(chance: Chance, state: string): StateText {
    if (chance.happens(0.3)) return {};
    return this.isJsonata
      ? { Output: "{% {'caught': $states.errorOutput.Error} %}" }
      : { ResultPath: '$.caught', Assign: { [`error${state}.$`]: '$.Error' } };
  }
}
