import { parseArgs } from 'node:util';
import { runChaos } from './chaos-run.ts';

// `pnpm chaos -- --executions 5000 --seed N`: the long form of chaos.test.ts, on the build that `tsc -b` made.
const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    executions: { type: 'string', default: '5000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    rounds: { type: 'string' },
    'drain-seconds': { type: 'string', default: '600' },
  },
});
const executions = Number(values.executions);
const report = await runChaos({
  executions,
  seed: Number(values.seed),
  rounds: Number(values.rounds ?? Math.ceil(executions / 1_250)),
  drainMs: Number(values['drain-seconds']) * 1_000,
  log: (line) => console.log(line),
});
for (const problem of report.problems.slice(0, 100)) console.error(`PROBLEM ${problem}`);
console.log(
  report.problems.length === 0 ? 'Nothing lost, nothing doubled, nothing hangs.' : `${report.problems.length} problems`,
);
process.exitCode = report.problems.length === 0 ? 0 : 1;
