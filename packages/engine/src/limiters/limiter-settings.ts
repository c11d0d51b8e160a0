import { isObject, type Json, parseJson } from '@everstep/language';

/** So many permits in so many seconds; `burst` may be taken at once after a rest. */
export interface Rate {
  readonly permits: number;
  readonly seconds: number;
  readonly burst: number;
}

export interface Limit {
  /** Permits that may be out at the same time; null: any number. */
  readonly concurrency: number | null;
  readonly rate: Rate | null;
}

/** What a limiter is told to do, as it is stored. */
export interface LimiterSettings {
  readonly description: string | null;
  /** Which tasks: a pattern of their resource's ARN, or of the function's or state machine's that they call; null: all. */
  readonly resource: string | null;
  /** Whose tasks: a pattern of the state machine's ARN, or of its name; null: all. */
  readonly stateMachine: string | null;
  /** An expression over the task's input; null: all its tasks have the same key. */
  readonly key: string | null;
  /** For all keys together. */
  readonly limit: Limit;
  /** For each key by itself. */
  readonly limitPerKey: Limit;
  /** The greater goes first: a number, or an expression over the task's input. */
  readonly priority: number | string;
}

export const NO_LIMIT: Limit = { concurrency: null, rate: null };

/** Takes what {@link LimiterSettings} was written as. */
export function readSettings(text: string): LimiterSettings {
  const value = parseJson(text);
  const settings = isObject(value) ? value : {};
  const { priority } = settings;
  return {
    description: textOf(settings['description']),
    resource: textOf(settings['resource']),
    stateMachine: textOf(settings['stateMachine']),
    key: textOf(settings['key']),
    limit: readLimit(settings['limit']),
    limitPerKey: readLimit(settings['limitPerKey']),
    priority: typeof priority === 'string' || typeof priority === 'number' ? priority : 0,
  };
}

function readLimit(value: Json | undefined): Limit {
  if (value === undefined || !isObject(value)) return NO_LIMIT;
  const { concurrency, rate } = value;
  return { concurrency: numberOf(concurrency), rate: rate !== undefined && isObject(rate) ? readRate(rate) : null };
}

function readRate(rate: Readonly<Record<string, Json>>): Rate | null {
  const [permits, seconds] = [numberOf(rate['permits']), numberOf(rate['seconds'])];
  if (permits === null || seconds === null) return null;
  return { permits, seconds, burst: numberOf(rate['burst']) ?? permits };
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOf(value: Json | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
