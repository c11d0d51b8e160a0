import type { Spread } from '../lab/statistics.ts';
import { type GoalPart, isMet, type Row, type WorkloadResult } from './result.ts';

/** One workload for people; the same in the terminal and in RESULTS.md. */
export function resultText(result: WorkloadResult): string {
  return [
    ...(result.rows.length === 0
      ? []
      : [table(['what', 'unit', 'median (lowest–highest)', 'ratio'], result.rows.map(rowCells))]),
    ...(result.goals.length === 0 ? [] : [table(['goal', 'figure', 'wanted', ''], result.goals.map(goalCells))]),
    ...(result.text === undefined ? [] : [result.text]),
    ...(result.notes.length === 0 ? [] : [result.notes.join(' ')]),
  ].join('\n\n');
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function rowCells({ what, unit, figure, ratio, ratioOf }: Row): string[] {
  const ratioText = ratio === undefined ? '' : `${spreadText(ratio)} ${ratioOf === undefined ? '' : `(${ratioOf})`}`;
  return [what, unit, spreadText(figure), ratioText.trim()];
}

function goalCells(part: GoalPart): string[] {
  return [`${part.id}: ${part.what}`, figureText(part), wantedText(part), isMet(part) ? 'met' : 'missed'];
}

export function figureText({ figure, unit }: GoalPart): string {
  return `${short(figure)}${unit}`;
}

export function wantedText({ atLeast, atMost, unit }: GoalPart): string {
  if (atLeast !== undefined && atMost !== undefined) return `${atLeast}–${atMost}${unit}`;
  return atLeast === undefined ? `≤ ${atMost}${unit}` : `≥ ${atLeast}${unit}`;
}

export function spreadText({ median, lowest, highest }: Spread): string {
  return `${short(median)} (${short(lowest)}–${short(highest)})`;
}

/** Three digits are all that such measurements are worth. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return 'none';
  const size = Math.abs(value);
  if (size >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  if (size >= 1e4) return `${(value / 1e3).toFixed(0)}k`;
  if (size >= 100) return value.toFixed(0);
  return size >= 10 ? value.toFixed(1) : value.toFixed(2);
}
