import { type GoalPart, isMet, type Taken } from './result.ts';
import { figureText, wantedText } from './table.ts';

/** A goal as `results/goals.json` holds it; `met` is null where nothing was measured. */
export interface Goal {
  readonly id: string;
  readonly figure: string;
  readonly goal: string;
  readonly met: boolean | null;
}

const ALL = ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'P8', 'P9', 'P10', 'P11'] as const;

const ELSEWHERE: Readonly<Record<string, Goal>> = {
  P8: {
    id: 'P8',
    figure: 'not measured here: pnpm bench:language',
    goal: 'the language alone ≥ 3×, ≥ 15×, ≥ 10×, ≥ 10× its peers',
    met: null,
  },
};

/** All goals, from whatever has been measured; what others have written of theirs stays. */
export function goalsOf(taken: readonly Taken[], known: readonly Goal[]): Goal[] {
  const parts = taken.flatMap(({ goals }) => goals);
  return ALL.map((id) => {
    const own = parts.filter((part) => part.id === id);
    if (own.length > 0) return goalOf(id, own);
    const other = id in ELSEWHERE ? known.find((goal) => goal.id === id) : undefined;
    return other ?? ELSEWHERE[id] ?? { id, figure: 'not measured', goal: '', met: null };
  });
}

function goalOf(id: string, parts: readonly GoalPart[]): Goal {
  return {
    id,
    figure: parts.map((part) => `${part.what} ${figureText(part)}`).join('; '),
    goal: parts.map((part) => `${part.what} ${wantedText(part)}`).join('; '),
    met: parts.every(isMet),
  };
}
