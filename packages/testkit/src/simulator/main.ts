#!/usr/bin/env node
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort } from 'node:worker_threads';
import { type SeedAnswer, findFailure } from './seed-pool.ts';
import { simulate } from './simulation.ts';

const PROGRESS_EVERY_MS = 5_000;
const NIGHTLY_SEEDS = 200_000;

/**
 * `everstep-sim`: runs the whole runtime, engine, store and queue, in many simulated worlds, each of which follows from
 * its seed. Prints the first seed that breaks an invariant, with what happened in it, and exits with 1.
 */
const HELP = `everstep-sim [--seeds N] [--seed FIRST] [--trace] [--threads K] [--nightly]

  --seeds N     how many worlds to run (1 with --trace, otherwise 1000)
  --seed FIRST  the first of the seeds, a whole number (1)
  --trace       print what happened in each world, whatever came of it
  --threads K   worlds run at once (one a processor)
  --nightly     ${NIGHTLY_SEEDS} worlds that nobody has seen before: the first follows from the time`;

async function command(): Promise<number> {
  const { values } = parseArgs({
    // `pnpm sim -- --seeds N` hands the two dashes on.
    args: process.argv.slice(2).filter((argument) => argument !== '--'),
    options: {
      seeds: { type: 'string' },
      seed: { type: 'string' },
      nightly: { type: 'boolean', default: false },
      trace: { type: 'boolean', default: false },
      threads: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const first = Number(values.seed ?? (values.nightly ? Math.floor(Date.now() / 1_000) * 1_000 : 1));
  const count = Number(values.seeds ?? (values.nightly ? NIGHTLY_SEEDS : values.trace ? 1 : 1_000));
  const threads = Number(values.threads ?? availableParallelism());
  if (values.help || ![first, count, threads].every((number) => Number.isSafeInteger(number) && number > 0)) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  if (values.trace) return traceAll(first, count);
  const startedAt = performance.now();
  let printedAt = startedAt;
  const failed = await findFailure({ first, count, threads, program: import.meta.filename }, (done) => {
    if (performance.now() - printedAt < PROGRESS_EVERY_MS) return;
    printedAt = performance.now();
    console.log(`${done} of ${count} seeds`);
  });
  if (failed !== null) return show(failed);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${count} seeds from ${first} in ${seconds} s: every invariant holds`);
  return 0;
}

async function traceAll(first: number, count: number): Promise<number> {
  let worst = 0;
  for (let seed = first; seed < first + count; seed++) worst = Math.max(worst, await show(seed));
  return worst;
}

/** Runs one seed again, this time with its trace. */
async function show(seed: number): Promise<number> {
  const { lines, hash, violation, profile, executions, events } = await simulate({ seed: String(seed), trace: true });
  for (const line of lines) console.log(line);
  console.log(`seed ${seed}: ${JSON.stringify(profile)}`);
  console.log(`seed ${seed}: ${executions} executions, ${events} events, trace ${hash.toString(16).padStart(8, '0')}`);
  if (violation === null) return 0;
  console.log(`seed ${seed} FAILS: ${violation.checker}: ${violation.message}`);
  console.log(`again: everstep-sim --seed ${seed} --trace`);
  return 1;
}

/** In a thread: runs the seeds that it is sent, one after the other. */
function serve(port: NonNullable<typeof parentPort>): void {
  // Nobody reads the stacks of all the failures that are simulated here; a seed that fails is run again outside.
  Error.stackTraceLimit = 0;
  port.on('message', (seeds: readonly number[]) => {
    const run = async (): Promise<void> => {
      for (const seed of seeds) {
        const { violation } = await simulate({ seed: String(seed) });
        if (violation === null) continue;
        const answer: SeedAnswer = { failed: seed };
        return port.postMessage(answer);
      }
      const answer: SeedAnswer = { failed: null };
      port.postMessage(answer);
    };
    void run();
  });
}

if (isMainThread) process.exitCode = await command();
else if (parentPort !== null) serve(parentPort);
