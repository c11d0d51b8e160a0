import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { languageGoal } from '../../language/goal.ts';
import type { Measured } from '../../language/measure.ts';
import { type Goal, goalsOf } from './goals.ts';
import { plotSvg } from './plot.ts';
import type { Taken } from './result.ts';
import { resultText, table } from './table.ts';

export interface Machine {
  readonly machine: string;
  readonly node: string;
  readonly servers: string;
  readonly peers: Readonly<Record<string, string>>;
}

type Results = Machine & { readonly workloads: Readonly<Record<string, Taken>> };

const folder = new URL('../../', import.meta.url);
const file = (name: string): URL => new URL(`results/${name}`, folder);

const PLOTS = [
  { workload: 'W1', unit: 'steps/s', name: 'steps' },
  { workload: 'alone', unit: 'ms p50', name: 'alone' },
  { workload: 'W2', unit: 'ms', name: 'fan-out' },
] as const;

export function describeMachine(servers: string): Machine {
  const [cpu] = cpus();
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  const manifest = readJson<{ dependencies: Record<string, string> }>(new URL('peers-runtime/package.json', folder));
  return {
    machine: `${cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}, ${gibibytes} GiB, ${process.platform}`,
    node: process.version,
    servers,
    peers: manifest?.dependencies ?? {},
  };
}

/** Writes runtime.json, goals.json, the plots and the runtime's part of RESULTS.md; other workloads' results stay. */
export function writeResults(taken: Readonly<Record<string, Taken>>, machine: Machine, order: readonly string[]): void {
  mkdirSync(new URL('results/', folder), { recursive: true });
  const known = readJson<Results>(file('runtime.json'))?.workloads ?? {};
  const all: Record<string, Taken> = {};
  for (const name of order) {
    const result = taken[name] ?? known[name];
    if (result !== undefined) all[name] = result;
  }
  writeJson('runtime.json', { ...machine, workloads: all });
  const goals = goalsOf(
    Object.values(all),
    languageGoal(readJson<{ results: Measured[] }>(file('language.json'))?.results ?? []),
  );
  writeJson('goals.json', goals);
  for (const { workload, unit, name } of PLOTS) {
    const result = all[workload];
    if (result !== undefined) writeFileSync(file(`runtime-${name}.svg`), plotSvg(result, unit));
  }
  writeMarkdown(all, machine, goals);
}

function writeMarkdown(all: Readonly<Record<string, Taken>>, machine: Machine, goals: readonly Goal[]): void {
  const markdown = new URL('RESULTS.md', folder);
  const known = existsSync(markdown) ? readFileSync(markdown, 'utf8') : '# Measured\n';
  const peers = Object.entries(machine.peers).map(([name, version]) => `${name} ${version}`);
  const part = [
    '<!-- runtime: written by `pnpm bench:runtime` -->',
    '## The runtime',
    '',
    `${machine.machine}, Node.js ${machine.node}, ${machine.servers} (fsync on); ${peers.join(', ')}.`,
    'Everything in one workload is measured in turns, round by round; medians with the lowest and the highest round,',
    'ratios taken round by round. The load is that of the whole machine, its other users included.',
    '',
    goalTable(goals),
    '',
    ...PLOTS.filter(({ workload }) => all[workload] !== undefined).map(
      ({ name }) => `![${name}](results/runtime-${name}.svg)\n`,
    ),
    ...Object.entries(all).map(([name, result]) => `${section(name, result)}\n`),
    '<!-- end of runtime -->',
  ].join('\n');
  const place = /<!-- runtime:[\s\S]*<!-- end of runtime -->/;
  const text = place.test(known) ? known.replace(place, () => part) : `${known.trimEnd()}\n\n${part}\n`;
  writeFileSync(markdown, text);
}

export function goalTable(goals: readonly Goal[]): string {
  const verdict = (met: boolean | null): string => (met === null ? '—' : met ? 'met' : 'missed');
  return table(
    ['goal', 'figure', 'wanted', ''],
    goals.map(({ id, figure, goal, met }) => [id, figure, goal, verdict(met)]),
  );
}

function section(name: string, taken: Taken): string {
  const [before, after] = taken.load;
  const circumstances = `${taken.takenAt.slice(0, 16)}Z, revision ${taken.revision}, ${taken.rounds} rounds, load ${before} before and ${after} after.`;
  return `### ${taken.title} (\`--only ${name}\`)\n\n${circumstances}\n\n${resultText(taken)}`;
}

/** What this benchmark has written itself; undefined where it has not yet. */
function readJson<T>(url: URL): T | undefined {
  return existsSync(url) ? JSON.parse(readFileSync(url, 'utf8')) : undefined;
}

function writeJson(name: string, value: unknown): void {
  writeFileSync(file(name), `${JSON.stringify(value, null, 2)}\n`);
}
