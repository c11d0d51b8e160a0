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

/** All goals, from whatever has been measured here; `language` is what another command has measured. */
export function goalsOf(taken: readonly Taken[], language: Goal): Goal[] {
  const parts = taken.flatMap(({ goals }) => goals);
  return ALL.map((id) => {
    if (id === language.id) return language;
    const own = parts.filter((part) => part.id === id);
    return own.length > 0 ? goalOf(id, own) : { id, figure: 'not measured', goal: '', met: null };
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
