import { jsonText } from '../../json.ts';
import { DEFINITIONS, DOCUMENT, INTRINSICS, JSONATA, PATHS, TEMPLATES } from './corpus.ts';
import { Dice } from './dice.ts';
import { mutateJson, mutateText } from './mutate.ts';

export const FUZZ_KINDS = ['definition', 'path', 'template', 'intrinsic', 'jsonata'] as const;
export type FuzzKind = (typeof FUZZ_KINDS)[number];

/** One case: nothing but texts, so that it can be printed, made smaller and tried again. */
export interface FuzzCase {
  readonly kind: FuzzKind;
  readonly text: string;
  /** The document that it works on, as JSON. */
  readonly input: string;
  /** Decides what happens to an execution. */
  readonly story: number;
}

const EXPRESSIONS = [...PATHS, ...INTRINSICS, ...JSONATA.map((text) => `{% ${text} %}`)];
const DEFINITION_TEXTS = DEFINITIONS.map(jsonText);

/** The case that stands at `index` in the run of a seed: always the same. */
export function fuzzCase(seed: number, index: number, kinds: readonly FuzzKind[]): FuzzCase {
  const dice = new Dice(seed, index);
  const kind = dice.pick(kinds);
  const input = jsonText(dice.chance(0.7) ? DOCUMENT : mutateJson(DOCUMENT, dice, EXPRESSIONS));
  return { kind, text: textOf(kind, dice), input, story: dice.below(1_000_000) };
}

function textOf(kind: FuzzKind, dice: Dice): string {
  switch (kind) {
    case 'definition': {
      if (dice.chance(0.1)) return mutateText(dice.pick(DEFINITION_TEXTS), dice, DEFINITION_TEXTS);
      return jsonText(
        dice.chance(0.2) ? dice.pick(DEFINITIONS) : mutateJson(dice.pick(DEFINITIONS), dice, EXPRESSIONS),
      );
    }
    case 'template':
      return jsonText(mutateJson(dice.pick(TEMPLATES), dice, EXPRESSIONS));
    case 'path':
      return mutateText(dice.pick(PATHS), dice, PATHS);
    case 'intrinsic':
      return mutateText(dice.pick(INTRINSICS), dice, INTRINSICS);
    case 'jsonata':
      return mutateText(dice.pick(JSONATA), dice, JSONATA);
  }
}
