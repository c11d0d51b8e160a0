import type { Goal } from '../runtime/report/goals.ts';
import type { Measured } from './measure.ts';

/** P8: the language alone against its peers. */
export function languageGoal(measured: readonly Measured[]): Goal {
  const parts = measured.flatMap(({ name, ratios, goal }) => {
    const [peer] = Object.entries(ratios);
    return goal === undefined || peer === undefined
      ? []
      : [{ what: `${name} / ${peer[0]}`, figure: peer[1].median, goal }];
  });
  if (parts.length === 0) return { id: 'P8', figure: 'not measured: pnpm bench:language', goal: '', met: null };
  return {
    id: 'P8',
    figure: parts.map(({ what, figure }) => `${what} ${figure.toFixed(1)}×`).join('; '),
    goal: parts.map(({ what, goal }) => `${what} ≥ ${goal}×`).join('; '),
    met: parts.every(({ figure, goal }) => figure >= goal),
  };
}
