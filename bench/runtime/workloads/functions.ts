import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalFunctions, silentLogger } from '@everstep/engine';
import { createFunctionHost, noFunctionLogs } from '@everstep/functions';
import { percentile, ratiosOf, spreadOf } from '../lab/statistics.ts';
import type { Row } from '../report/result.ts';
import type { Workload } from './workload.ts';

const WARM_TIMES = 300;
const COLD_TIMES = 10;

interface Lane {
  readonly name: string;
  /** Milliseconds of each. */
  readonly run: () => Promise<number[]>;
  /** Whose times its own are held against. */
  readonly against?: string;
  /** The median of each round. */
  readonly medians: number[];
}

const FUNCTIONS = {
  nodejs: ['index.mjs', 'export const handler = async (event) => event;\n'],
  python: ['lambda_function.py', 'def lambda_handler(event, context):\n    return event\n'],
} as const;
type FunctionName = keyof typeof FUNCTIONS;

/** What a function costs beside its own work: handed over, answered and given back, warm and with a new process. */
export const functions: Workload = {
  name: 'functions',
  async run(_lab, { rounds }) {
    const folder = await mkdtemp(join(tmpdir(), 'everstep-bench-functions-'));
    for (const [name, [file, text]] of Object.entries(FUNCTIONS)) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, file), text);
    }
    try {
      const lanes = lanesOf(folder);
      for (const { run } of lanes) await run();
      for (let round = 0; round < rounds; round += 1) {
        for (const { run, medians } of round % 2 === 0 ? lanes : lanes.toReversed()) {
          medians.push(percentile(await run(), 0.5));
        }
      }
      return summary(lanes);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function lanesOf(folder: string): Lane[] {
  const open = (trustMs: number): LocalFunctions =>
    createFunctionHost({
      ...{ functionsDir: folder, region: 'us-east-1', accountId: '123456789012', logger: silentLogger, trustMs },
      logs: noFunctionLogs(),
    });
  const lane = (name: string, run: Lane['run'], against?: string): Lane => ({
    ...{ name, run, medians: [] },
    ...(against === undefined ? {} : { against }),
  });
  const warm = (name: FunctionName, trustMs: number) => async () => {
    const host = open(trustMs);
    await call(host, name);
    const times: number[] = [];
    for (let count = 0; count < WARM_TIMES; count += 1) times.push(await call(host, name));
    await host.close();
    return times;
  };
  const cold = (name: FunctionName) => () =>
    repeated(COLD_TIMES, async () => {
      const host = open(0);
      const time = await call(host, name);
      await host.close();
      return time;
    });
  const bare = (program: string, words: readonly string[]) => () => repeated(COLD_TIMES, () => started(program, words));
  return [
    lane('Node.js, warm', warm('nodejs', 5_000)),
    lane('Node.js, warm, files looked at each time', warm('nodejs', 0)),
    lane('Python, warm', warm('python', 5_000)),
    lane('an empty Node.js program', bare(process.execPath, ['-e', '0'])),
    lane('Node.js, cold', cold('nodejs'), 'an empty Node.js program'),
    lane('an empty Python program', bare('python3', ['-c', '0'])),
    lane('Python, cold', cold('python'), 'an empty Python program'),
  ];
}

async function repeated(times: number, once: () => Promise<number>): Promise<number[]> {
  const milliseconds: number[] = [];
  for (let count = 0; count < times; count += 1) milliseconds.push(await once());
  return milliseconds;
}

async function call(host: LocalFunctions, functionName: FunctionName): Promise<number> {
  const signal = new AbortController().signal;
  const startedAt = performance.now();
  const answer = await host.invoke({ functionName, payload: '{"a":1}', invocationType: 'RequestResponse', signal });
  const time = performance.now() - startedAt;
  if (answer.functionError !== undefined) throw new Error(answer.payload);
  return time;
}

/** From its start to its end. */
async function started(program: string, words: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(program, words, { stdio: 'ignore' });
  await once(child, 'exit');
  return performance.now() - startedAt;
}

function summary(lanes: readonly Lane[]) {
  const rows = lanes.map(({ name, medians, against }): Row => {
    const other = lanes.find((lane) => lane.name === against);
    const ratio =
      other === undefined ? {} : { ratio: ratiosOf(medians, other.medians), ratioOf: `this / ${other.name}` };
    return { what: name, unit: 'ms p50', figure: spreadOf(medians), ...ratio };
  });
  const notes = [
    'From the call of the host until the answer is there; the function answers its event.',
    'Warm: one call after the other in one process. Cold: a new process for each call, with all that its runtime loads.',
    "Workers look at a function's files every five seconds, `everstep dev` for every call.",
  ];
  return { title: 'A function beside its own work', rows, goals: [], notes };
}
