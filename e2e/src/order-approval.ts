import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXAMPLE } from './everstep-process.ts';

export interface OrderReport {
  readonly total: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly events: number;
  readonly ledger: { readonly invocations: number; readonly charged: number };
  readonly problems: readonly string[];
}

/** Runs the example's script against an endpoint while `meanwhile` does its worst; answers the script's own report. */
export async function runOrders(options: {
  readonly endpoint: string;
  readonly dataDir: string;
  /** Kills that `meanwhile` makes: so many repetitions of a charge are allowed. */
  readonly kills: number;
  readonly meanwhile: (over: AbortSignal) => Promise<void>;
}): Promise<{ report: OrderReport; exitCode: number; output: string }> {
  const { endpoint, dataDir, kills } = options;
  const file = join(dataDir, `report-${Date.now()}.json`);
  const args = ['--endpoint', endpoint, '--json', file, '--kills', String(kills), '--timeout-seconds', '180'];
  // Long enough for every kill to fall into the run.
  args.push('--packing-seconds', '8');
  const child = spawn(process.execPath, [join(EXAMPLE, 'run.mjs'), ...args], {
    env: { ...process.env, EVERSTEP_DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const over = new AbortController();
  const closed = once(child, 'close').finally(() => over.abort());
  try {
    await options.meanwhile(over.signal);
    await closed;
  } finally {
    child.kill('SIGKILL');
  }
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`the script made no report:\n${output.slice(-4_000)}`);
  });
  const report: OrderReport = JSON.parse(text);
  return { report, exitCode: child.exitCode ?? 1, output };
}

/** Random moments that a failing run can be repeated with: the seed is printed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // Mulberry32: small, and good enough for moments.
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
