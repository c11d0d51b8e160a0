import type { Row, WorkloadResult } from './result.ts';
import { short } from './table.ts';

const WIDTH = 860;
const LABELS = 330;
const BAR = 18;
const GAP = 8;
const HEAD = 56;

/**
 * Horizontal bars on a logarithmic scale, with the spread of the rounds as a line through each bar's end. Everstep's
 * bars are dark. Colours work on light and dark pages alike.
 */
export function plotSvg(result: WorkloadResult, unit: string): string {
  const rows = result.rows.filter((row) => row.unit === unit && row.figure.median > 0);
  const scale = scaleOf(rows);
  const height = HEAD + rows.length * (BAR + GAP) + 12;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="16" y="26" font-size="16" font-weight="bold">${escape(result.title)}</text>`,
    `<text x="16" y="44" fill="#555555">${escape(unit)}, logarithmic scale; median, lowest and highest round</text>`,
    ...rows.map((row, index) => bar(row, HEAD + index * (BAR + GAP), scale)),
    '</svg>',
    '',
  ].join('\n');
}

function scaleOf(rows: readonly Row[]): (value: number) => number {
  const lowest = Math.min(...rows.map(({ figure }) => Math.max(figure.lowest, figure.median / 100)));
  const highest = Math.max(...rows.map(({ figure }) => figure.highest));
  const from = Math.log10(lowest) - 0.3;
  const span = Math.max(Math.log10(highest) - from, 0.1);
  const room = WIDTH - LABELS - 90;
  return (value) => Math.max(2, ((Math.log10(Math.max(value, lowest)) - from) / span) * room);
}

function bar({ what, figure }: Row, top: number, scale: (value: number) => number): string {
  const middle = top + BAR / 2;
  const [low, mid, high] = [figure.lowest, figure.median, figure.highest].map((value) => LABELS + scale(value));
  const fill = what.startsWith('everstep') || what.startsWith('W1') ? '#1f5fa8' : '#a9b8c9';
  return [
    `<text x="${LABELS - 8}" y="${middle + 4}" text-anchor="end">${escape(what)}</text>`,
    `<rect x="${LABELS}" y="${top}" width="${((mid ?? LABELS) - LABELS).toFixed(1)}" height="${BAR}" fill="${fill}"/>`,
    `<line x1="${low?.toFixed(1)}" x2="${high?.toFixed(1)}" y1="${middle}" y2="${middle}" stroke="#d1495b" stroke-width="2"/>`,
    `<text x="${((high ?? 0) + 6).toFixed(1)}" y="${middle + 4}">${short(figure.median)}</text>`,
  ].join('\n');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
