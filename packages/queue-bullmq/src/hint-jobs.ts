import { randomBytes } from 'node:crypto';
import type { BulkJobOptions } from 'bullmq';

/**
 * How many hints one job carries at most. A job costs Redis and both processes four calls however many ids it carries; few
 * enough that one worker does not take what others have room for, and that lanes get their turns.
 */
export const maxPerJob = 16;

interface HintJob {
  readonly name: string;
  readonly data: string | string[];
  readonly opts: BulkJobOptions;
}

const origin = randomBytes(8).toString('hex');
let made = 0;

/** Ids of one queue as jobs, in their order. */
export function hintJobs(executionIds: readonly string[]): HintJob[] {
  const jobs: HintJob[] = [];
  for (let at = 0; at < executionIds.length; at += maxPerJob) {
    const ids = executionIds.slice(at, at + maxPerJob);
    const [only] = ids;
    jobs.push(ids.length === 1 && only !== undefined ? jobOfOne(only) : jobOfSeveral(ids));
  }
  return jobs;
}

/**
 * The job is the execution's id and nothing else: there is one truth, and it is in Postgres. One more hint while the
 * job waits changes nothing; one that comes while the job is being taken makes a further job (`keepLastIfActive`),
 * because the claim under way may have read before what the hint tells of.
 */
function jobOfOne(executionId: string): HintJob {
  return {
    name: 'hint',
    data: executionId,
    opts: { ...taken, deduplication: { id: executionId, keepLastIfActive: true } },
  };
}

/**
 * Hints of the same moment: a burst of starts, or of runs that are due. They do not coalesce with others that wait (most
 * are of executions that nobody has hinted yet); one too many costs a place in somebody's claim. The id tells how many.
 */
function jobOfSeveral(executionIds: string[]): HintJob {
  made += 1;
  return { name: 'hints', data: executionIds, opts: { ...taken, jobId: `${origin}-${made}x${executionIds.length}` } };
}

const taken = { attempts: 1, removeOnComplete: true, removeOnFail: true };

/**
 * How many ids are read of one job: more than any release writes, so that a later one may write more, and few enough that
 * no job can fill a worker's memory.
 */
const maxReadPerJob = 1_000;

/** How many hints the job of an id carries. */
export function hintsOfJob(jobId: string): number {
  const written = Number(/^[0-9a-f]+-\d+x(\d{1,9})$/.exec(jobId)?.[1] ?? 1);
  return Math.min(Math.max(written, 1), maxReadPerJob);
}

export interface ReadHints {
  readonly executionIds: string[];
  /** How many things were no ids. */
  readonly ignored: number;
}

/**
 * What a job or a message carries: an id, or a list of them; processes of other releases may be reading and writing
 * beside this one, so both shapes are read for good, and whatever else lies there is nothing.
 */
export function readHints(data: unknown): ReadHints {
  const found: readonly unknown[] = Array.isArray(data) ? data : [data];
  const executionIds = found.slice(0, maxReadPerJob).filter(isId);
  return { executionIds, ignored: found.length - executionIds.length };
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{1,64}$/.test(value);
}
