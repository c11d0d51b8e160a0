import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import type { Goal } from '../runtime/report/goals.ts';
import { languageGoal } from './goal.ts';
import type { Measured, Rounds, Spread } from './measure.ts';

export interface Circumstances extends Rounds {
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  readonly peers: Readonly<Record<string, string>>;
}

const folder = new URL('../', import.meta.url);

export function circumstances(rounds: Rounds): Circumstances {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const manifest: unknown = JSON.parse(readFileSync(new URL('peers/package.json', folder), 'utf8'));
  const peers =
    typeof manifest === 'object' && manifest !== null && 'dependencies' in manifest ? manifest.dependencies : {};
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}, ${memory} GiB, ${process.platform}`,
    node: process.version,
    peers: Object.fromEntries(Object.entries({ ...Object(peers) }).map(([name, version]) => [name, String(version)])),
    ...rounds,
  };
}

/** The table for people; the same in the terminal and in RESULTS.md. */
export function table(measured: readonly Measured[]): string {
  const head = ['work', 'unit', 'everstep /s', 'peer', 'peer /s', 'ratio', 'goal'];
  const rows = measured.map((each) => {
    const [own, peer] = Object.entries(each.rates);
    const ratio = peer === undefined ? undefined : each.ratios[peer[0]];
    const goal = each.goal === undefined || ratio === undefined ? '' : verdict(each.goal, ratio);
    return [
      each.name.replaceAll('|', '\\|'),
      each.unit,
      own === undefined ? '' : rate(own[1]),
      peer?.[0] ?? '',
      peer === undefined ? '' : rate(peer[1]),
      ratio === undefined ? '' : ratioText(ratio),
      goal,
    ];
  });
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function verdict(goal: number, { median }: Spread): string {
  return `≥ ${goal}× ${median >= goal ? 'met' : 'missed'}`;
}

function rate({ median, lowest, highest }: Spread): string {
  return `${short(median)} (${short(lowest)}–${short(highest)})`;
}

function ratioText({ median, lowest, highest }: Spread): string {
  return `${median.toFixed(1)}× (${lowest.toFixed(1)}–${highest.toFixed(1)})`;
}

function short(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)}M`;
  return value >= 1e4 ? `${(value / 1e3).toFixed(0)}k` : value.toFixed(0);
}

/** Writes results/language.json, its goal in results/goals.json, and this benchmark's part of RESULTS.md. */
export function writeResults(measured: readonly Measured[], facts: Circumstances): void {
  mkdirSync(new URL('results/', folder), { recursive: true });
  const json = JSON.stringify({ ...facts, results: measured }, null, 2);
  writeFileSync(new URL('results/language.json', folder), `${json}\n`);
  writeGoal(languageGoal(measured));
  const file = new URL('RESULTS.md', folder);
  const known = existsSync(file) ? readFileSync(file, 'utf8') : '# Measured\n';
  const peers = Object.entries(facts.peers).map(([name, version]) => `${name} ${version}`);
  const part = [
    '<!-- language: written by `pnpm bench:language` -->',
    '## The language alone',
    '',
    `${facts.date}, ${facts.machine}, Node.js ${facts.node}; ${peers.join(', ')}.`,
    `${facts.rounds} interleaved rounds of about ${facts.roundMs} ms; medians with the lowest and highest round. Rates are per second of processor time, ratios are taken round by round.`,
    'Everstep writes its whole history as objects, each input and output as JSON text; the peer only answers the output.',
    '',
    table(measured),
    '<!-- end of language -->',
  ].join('\n');
  const section = /<!-- language:[\s\S]*<!-- end of language -->/;
  writeFileSync(file, section.test(known) ? known.replace(section, () => part) : `${known.trimEnd()}\n\n${part}\n`);
}

/** The other goals are what `pnpm bench:runtime` has made of them. */
function writeGoal(own: Goal): void {
  const file = new URL('results/goals.json', folder);
  if (!existsSync(file)) return;
  const goals: Goal[] = JSON.parse(readFileSync(file, 'utf8'));
  const json = JSON.stringify(
    goals.map((goal) => (goal.id === own.id ? own : goal)),
    null,
    2,
  );
  writeFileSync(file, `${json}\n`);
}
