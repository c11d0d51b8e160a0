import { type Json, type JsonObject, isObject } from '@everstep/language';

/** How a job is doing, as its description tells. */
export type JobState =
  | { readonly type: 'running'; readonly trouble?: string }
  | { readonly type: 'succeeded'; readonly output: Json }
  /** `output` is the cause, as text. */
  | { readonly type: 'failed'; readonly output: Json };

/**
 * A job of a service that AWS waits for with `.sync`. All names are the API's, in Step Functions' capitalisation.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
 */
export interface JobKind {
  /** By what the job is described, from the answer to its start and the task's parameters; null: nothing was started. */
  readonly identify: (answer: JsonObject, parameters: JsonObject) => JsonObject | null;
  readonly describe: string;
  /** `asked`: how often the job has been asked for. */
  readonly read: (description: JsonObject, asked: number) => JobState;
  /** The operation that ends it, and its parameters; absent: AWS lets it run, too. */
  readonly stop?: { readonly operation: string; readonly parameters: (job: JsonObject) => JsonObject };
  /** A description that is no longer there is the end that was waited for. */
  readonly endsByGoing?: boolean;
}

/** The usual job: its description has a state that is a word. */
export interface WordedJob extends Omit<JobKind, 'read'> {
  /** Where the description stands in the answer; by default it is the answer. */
  readonly within?: Path;
  /** Where the word stands in the description. */
  readonly state: Path;
  readonly succeeded: readonly string[];
  readonly failed: readonly string[];
  /** What the task gives: by default the description. */
  readonly output?: (description: JsonObject, answer: JsonObject) => Json;
}

export type Path = ReadonlyArray<string | number>;

export function wordedJob(job: WordedJob): JobKind {
  const { within = [], state, succeeded, failed, output = (described: JsonObject) => described, ...kind } = job;
  return {
    ...kind,
    read(answer) {
      const description = valueAt(answer, within);
      const word = valueAt(description, state);
      if (!isObject(description) || typeof word !== 'string') {
        return { type: 'running', trouble: `the answer to ${job.describe} does not tell the state of the job` };
      }
      if (succeeded.includes(word)) return { type: 'succeeded', output: output(description, answer) };
      if (failed.includes(word)) return { type: 'failed', output: output(description, answer) };
      return { type: 'running' };
    },
  };
}

/** The whole answer, for jobs whose description AWS leaves in the member it stands in. */
export const wholeAnswer = (_description: JsonObject, answer: JsonObject): Json => answer;

export function valueAt(value: Json | undefined, path: Path): Json | undefined {
  let at: Json | undefined = value;
  for (const step of path) {
    if (typeof step === 'number') at = Array.isArray(at) ? at[step] : undefined;
    else at = isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined;
  }
  return at;
}

/** Identifying parameters by name, each a text of the answer or the parameters; null where one is missing. */
export function named(values: Readonly<Record<string, Json | undefined>>): JsonObject | null {
  const all: JsonObject = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === null) return null;
    all[name] = value;
  }
  return all;
}

/** A job that is known by what its start was given. */
export function byParameters(...names: readonly string[]): JobKind['identify'] {
  return (_answer, parameters) => named(Object.fromEntries(names.map((name) => [name, parameters[name]])));
}

/** A job that is known by what its start was answered with. */
export function byAnswer(...names: readonly string[]): JobKind['identify'] {
  return (answer) => named(Object.fromEntries(names.map((name) => [name, answer[name]])));
}

/** Ends a job by the parameters that describe it. */
export function stopWith(operation: string): NonNullable<JobKind['stop']> {
  return { operation, parameters: (job) => job };
}
