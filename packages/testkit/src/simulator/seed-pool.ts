import { Worker } from 'node:worker_threads';

/** What a thread answers for a batch of seeds: the first that failed, or null. */
export interface SeedAnswer {
  readonly failed: number | null;
}

export interface SeedRange {
  readonly first: number;
  readonly count: number;
  readonly threads: number;
  /** The file that each thread runs. */
  readonly program: string;
}

const BATCH = 20;
/** Each world leaves much behind at once; room for it saves a tenth of the time. */
const YOUNG_GENERATION_MB = 96;

/** Runs seeds in threads until one fails; answers the lowest that failed, or null. `onProgress` hears how many are done. */
export async function findFailure(range: SeedRange, onProgress: (done: number) => void): Promise<number | null> {
  const { first, count, threads, program } = range;
  const end = first + count;
  let next = first;
  let done = 0;
  const failures: number[] = [];
  const work = async (): Promise<void> => {
    const thread = new Worker(program, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB } });
    try {
      while (next < end && failures.length === 0) {
        const from = next;
        const to = Math.min(end, from + BATCH);
        next = to;
        const seeds = Array.from({ length: to - from }, (_, index) => from + index);
        const { failed } = await ask(thread, seeds);
        if (failed !== null) failures.push(failed);
        done += to - from;
        onProgress(done);
      }
    } finally {
      await thread.terminate();
    }
  };
  await Promise.all(Array.from({ length: threads }, work));
  return failures.length === 0 ? null : Math.min(...failures);
}

function ask(thread: Worker, seeds: readonly number[]): Promise<SeedAnswer> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      thread.off('message', onMessage);
      reject(new Error(`seeds ${seeds[0]} and following could not be run`, { cause: error }));
    };
    const onMessage = (answer: SeedAnswer): void => {
      thread.off('error', onError);
      resolve(answer);
    };
    thread.once('error', onError);
    thread.once('message', onMessage);
    thread.postMessage(seeds);
  });
}
