import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { Lab } from './lab/lab.ts';
import { loadNow, type Taken } from './report/result.ts';
import { resultText } from './report/table.ts';
import { describeMachine, writeResults } from './report/write.ts';
import { alone } from './workloads/alone.ts';
import { apiRates } from './workloads/api-rates.ts';
import { express } from './workloads/express.ts';
import { fanOut } from './workloads/fan-out.ts';
import { functions } from './workloads/functions.ts';
import { mapRun } from './workloads/map-run.ts';
import { limits } from './workloads/limits.ts';
import { memory } from './workloads/memory.ts';
import { parked } from './workloads/parked.ts';
import { profile } from './workloads/profile.ts';
import { resume } from './workloads/resume.ts';
import { scaling } from './workloads/scaling.ts';
import { slowDisk } from './workloads/slow-disk.ts';
import { steps } from './workloads/steps.ts';
import { timers } from './workloads/timers.ts';
import { wakeUps } from './workloads/wake-ups.ts';
import { wal } from './workloads/wal.ts';
import type { Pace, Workload } from './workloads/workload.ts';

const WORKLOADS: readonly Workload[] = [
  steps,
  alone,
  fanOut,
  wal,
  slowDisk,
  apiRates,
  express,
  functions,
  mapRun,
  resume,
  memory,
  timers,
  wakeUps,
  parked,
  limits,
  scaling,
  profile,
];
const NAMES = WORKLOADS.map(({ name }) => name);

const { values } = parseArgs({
  options: {
    /** Names of workloads, separated by commas; all where absent. */
    only: { type: 'string' },
    /** A look that everything works: two short rounds, nothing written. */
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    /** The long form: a million parked executions. */
    long: { type: 'boolean', default: false },
    /** Of a Distributed Map. */
    items: { type: 'string', default: '100000' },
  },
});

const { quick, long } = values;
const pace: Pace = {
  rounds: quick ? 2 : Number(values.rounds),
  seconds: quick ? 1 : Number(values.seconds),
  long,
  items: quick ? 2_000 : Number(values.items),
};
if (!(pace.rounds >= 1) || !(pace.seconds > 0)) throw new Error('--rounds and --seconds are numbers above 0');
const chosen = values.only?.split(',') ?? NAMES;
const unknown = chosen.filter((name) => !NAMES.includes(name));
if (unknown.length > 0) throw new Error(`--only knows ${NAMES.join(', ')}, not ${unknown.join(', ')}`);

const { stdout } = spawnSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' });
const revision = stdout?.trim() || 'unknown';
const lab = await Lab.open();
try {
  const machine = describeMachine(await lab.version());
  console.log(`${machine.machine}, Node.js ${machine.node}, ${machine.servers}; load ${loadNow()}`);
  const taken: Record<string, Taken> = {};
  for (const { name, run } of WORKLOADS.filter((workload) => chosen.includes(workload.name))) {
    const before = loadNow();
    const takenAt = new Date().toISOString();
    try {
      const result = await run(lab, pace);
      taken[name] = { ...result, takenAt, revision, rounds: pace.rounds, load: [before, loadNow()] };
      console.log(`\n${result.title} (${name}); load ${before} before, ${loadNow()} after\n\n${resultText(result)}`);
    } catch (error) {
      // One workload that fails does not take the others' figures with it; the run as a whole has failed.
      console.error(`\n${name} failed:`, error);
      process.exitCode = 1;
    }
    if (!quick) writeResults(taken, machine, NAMES);
  }
} finally {
  await lab.close();
}
