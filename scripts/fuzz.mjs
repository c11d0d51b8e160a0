// `pnpm fuzz -- --cases 200000 --seed N`: mutated definitions, paths, templates and expressions. None may crash, hang or
// use more time or memory than it should. Cases run in threads that are watched and replaced; a failure is made as small
// as it gets and printed with its seed. Exit code 0: all held, 1: a case failed, 2: wrong usage.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { FUZZ_KINDS, fuzzCase } from '../packages/language/src/testing/fuzz/fuzz-case.ts';
import { availableKinds, judge } from '../packages/language/src/testing/fuzz/judge.ts';
import { smallerCases } from '../packages/language/src/testing/fuzz/minimise.ts';

/** What one case may take before it counts as slow; ten times that, and it counts as hanging. */
const BUDGET_MS = 1_000;
const HANG_MS = 10 * BUDGET_MS;
const MEMORY_MB = 512;
const CASES_A_TURN = 500;
const SMALLER_ATTEMPTS = 3_000;
const SMALLER_MS = 60_000;

/** The verdict on a case, and a failure too where it was slow every time: another process may hold the machine. */
function timedVerdict(each, progress) {
  let fastest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3 && fastest > BUDGET_MS; attempt++) {
    progress[1] += 1;
    const startedAt = performance.now();
    const verdict = judge(each);
    if (verdict !== null) return verdict;
    fastest = Math.min(fastest, performance.now() - startedAt);
  }
  return fastest > BUDGET_MS ? `slow\nit took ${Math.round(fastest)} ms` : null;
}

function work() {
  const progress = new Float64Array(workerData.progress);
  parentPort.on('message', (message) => {
    if (message.candidate !== undefined) {
      parentPort.postMessage({ verdict: timedVerdict(message.candidate, progress) });
      return;
    }
    for (let index = message.from; index < message.to; index++) {
      progress[0] = index;
      const verdict = timedVerdict(fuzzCase(message.seed, index, message.kinds), progress);
      if (verdict !== null) {
        parentPort.postMessage({ index, verdict });
        return;
      }
    }
    parentPort.postMessage({ index: message.to, verdict: null });
  });
}

/** A thread that does cases. What hangs or eats up its memory ends the thread and not the run. */
class Thread {
  #worker = null;
  /** The index of the case that is at work, and a count of attempts that shows that it goes on. */
  #progress = new Float64Array(new SharedArrayBuffer(16));

  /** The answer to a message; where the thread hangs or dies, a verdict that says so. */
  ask(message) {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    return new Promise((resolve) => {
      let seen = -1;
      let since = performance.now();
      const done = (answer) => {
        clearInterval(watch);
        for (const [event, listener] of listeners) worker.off(event, listener);
        resolve(answer);
      };
      const lose = (verdict) => {
        this.#worker = null;
        done({ index: this.#progress[0], verdict });
        void worker.terminate();
      };
      const listeners = [
        ['message', done],
        ['error', (error) => lose(`${error.code ?? error.name}\n${error.stack}`)],
        ['exit', () => lose('the thread ended')],
      ];
      const watch = setInterval(() => {
        if (this.#progress[1] !== seen) {
          seen = this.#progress[1];
          since = performance.now();
        } else if (performance.now() - since > HANG_MS) lose(`hangs\nno answer after ${HANG_MS / 1_000} s`);
      }, 200);
      for (const [event, listener] of listeners) worker.on(event, listener);
      worker.postMessage(message);
    });
  }

  async end() {
    await this.#worker?.terminate();
  }

  #start() {
    this.#progress[0] = -1;
    return new Worker(fileURLToPath(import.meta.url), {
      workerData: { progress: this.#progress.buffer },
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    });
  }
}

function kindOfFailure(verdict) {
  return verdict.split('\n')[0];
}

/** The smallest case found that fails in the same way. */
async function minimal(each, verdict) {
  const thread = new Thread();
  const until = performance.now() + SMALLER_MS;
  const candidates = smallerCases(each, SMALLER_ATTEMPTS);
  let next = candidates.next();
  while (next.done !== true && performance.now() < until) {
    const answer = await thread.ask({ candidate: next.value });
    const fails = answer.verdict !== null && kindOfFailure(answer.verdict) === kindOfFailure(verdict);
    if (fails) each = next.value;
    next = candidates.next(fails);
  }
  await thread.end();
  return each;
}

async function report(options, index, verdict) {
  const each = fuzzCase(options.seed, index, options.kinds);
  const smallest = await minimal(each, verdict);
  console.error(`\nCase ${index} of seed ${options.seed} failed: ${verdict}`);
  console.error(`\nThe smallest case that fails alike:\n${JSON.stringify(smallest, null, 2)}`);
  const kinds = options.kinds.join(',');
  console.error(`\nAgain: pnpm fuzz -- --seed ${options.seed} --kinds ${kinds} --from ${index} --cases 1`);
}

/** Runs the cases over some threads; answers the failures by their index. */
async function runCases({ seed, kinds, from, cases, threads, failures: most }) {
  const failures = [];
  const end = from + cases;
  let next = from;
  let toldAt = performance.now();
  const runThread = async () => {
    const thread = new Thread();
    while (next < end && failures.length < most) {
      let index = next;
      const to = Math.min(end, index + CASES_A_TURN);
      next = to;
      while (index < to && failures.length < most) {
        const answer = await thread.ask({ from: index, to, seed, kinds });
        if (answer.verdict !== null) failures.push(answer);
        index = answer.verdict === null ? to : answer.index + 1;
      }
      if (performance.now() - toldAt > 10_000) {
        toldAt = performance.now();
        console.log(`  ${next - from} cases`);
      }
    }
    await thread.end();
  };
  await Promise.all(Array.from({ length: threads }, runThread));
  return failures.sort((left, right) => left.index - right.index);
}

function number(values, name, least) {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new Error(`--${name} must be an integer from ${least} on`);
}

function readOptions() {
  const given = process.argv.slice(2).filter((each) => each !== '--');
  const { values } = parseArgs({
    args: given,
    options: {
      cases: { type: 'string', default: '200000' },
      seed: { type: 'string', default: String(Math.trunc(Math.random() * 2 ** 31)) },
      from: { type: 'string', default: '0' },
      threads: { type: 'string', default: String(Math.min(4, availableParallelism())) },
      failures: { type: 'string', default: '10' },
      kinds: { type: 'string', default: availableKinds().join(',') },
    },
  });
  const kinds = FUZZ_KINDS.filter((kind) => values.kinds.split(',').includes(kind));
  if (kinds.length !== values.kinds.split(',').length) throw new Error(`--kinds are some of ${FUZZ_KINDS.join(',')}`);
  return {
    kinds,
    cases: number(values, 'cases', 1),
    seed: number(values, 'seed', 0),
    from: number(values, 'from', 0),
    threads: number(values, 'threads', 1),
    failures: number(values, 'failures', 1),
  };
}

async function main() {
  const options = readOptions();
  console.log(`Fuzzing ${options.cases} cases of ${options.kinds.join(', ')} with seed ${options.seed}`);
  const startedAt = performance.now();
  const failures = await runCases(options);
  // One of each kind of failure is made small; the others are most likely the same.
  const kinds = Map.groupBy(failures, ({ verdict }) => kindOfFailure(verdict));
  for (const [kind, [first, ...others]] of kinds) {
    await report(options, first.index, first.verdict);
    if (others.length > 0) console.error(`${kind} as well: cases ${others.map(({ index }) => index).join(', ')}`);
  }
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  const outcome = failures.length === 0 ? 'all held' : `${failures.length} failed`;
  console.log(`${options.cases} cases with seed ${options.seed} in ${seconds} s: ${outcome}`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

if (isMainThread) {
  try {
    await main();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 2;
  }
} else work();
