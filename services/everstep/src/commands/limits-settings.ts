import type { LimitSettings, LimiterShape } from '@everstep/protocol';
import type { Command } from 'commander';
import { StartError } from '../start-error.ts';

export interface LimitOptions {
  readonly description?: string;
  readonly resource?: string;
  readonly machine?: string;
  readonly key?: string;
  readonly concurrency?: string;
  readonly rate?: string;
  readonly burst?: string;
  readonly keyConcurrency?: string;
  readonly keyRate?: string;
  readonly keyBurst?: string;
  readonly priority?: string;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const NONE = 'none';

/** The options that say what a limiter does. `none` takes away what it has. */
export function limitOptions(command: Command): Command {
  return command
    .option('--resource <pattern>', 'tasks with this Resource, or that call this function or state machine; * and ?')
    .option('--machine <pattern>', 'tasks of the state machines with this name or ARN; * and ?')
    .option('--concurrency <count>', 'so many tasks at once')
    .option('--rate <rate>', 'so many tasks in a time: 10/s, 100/m, 5/30s')
    .option('--burst <count>', 'so many of the rate at once after a rest (as many as the rate)')
    .option('--key <expression>', 'what tells keys apart: a JSONPath or {% JSONata %} over the task’s input')
    .option('--key-concurrency <count>', 'so many tasks at once of each key')
    .option('--key-rate <rate>', 'so many tasks in a time of each key')
    .option('--key-burst <count>', 'so many of a key’s rate at once')
    .option('--priority <priority>', 'a number, or an expression over the task’s input; the greater goes first')
    .option('--description <text>', 'what it is for');
}

/** The settings that the options give to a limiter that has these. Throws StartError. */
export function settingsOf(options: LimitOptions, present: LimiterShape): LimiterShape {
  const limit = limitOf(present.limit, [options.concurrency, options.rate, options.burst], '');
  const perKey = [options.keyConcurrency, options.keyRate, options.keyBurst] as const;
  const limitPerKey = limitOf(present.limitPerKey, perKey, 'key-');
  return {
    ...textOf('description', options.description, present.description),
    ...textOf('resource', options.resource, present.resource),
    ...textOf('stateMachine', options.machine, present.stateMachine),
    ...textOf('key', options.key, present.key),
    ...(limit === undefined ? {} : { limit }),
    ...(limitPerKey === undefined ? {} : { limitPerKey }),
    ...priorityOf(options.priority, present),
  };
}

function textOf<Member extends string>(
  member: Member,
  given: string | undefined,
  present: string | undefined,
): Partial<Record<Member, string>> {
  const text = given ?? present;
  const found: Partial<Record<Member, string>> = {};
  if (text !== undefined && text !== NONE) found[member] = text;
  return found;
}

function priorityOf(given: string | undefined, present: LimiterShape): LimiterShape {
  const { priority, priorityExpression } = present;
  if (given === undefined) {
    return priorityExpression === undefined
      ? { ...(priority === undefined ? {} : { priority }) }
      : { priorityExpression };
  }
  if (given === NONE) return {};
  return /^-?\d+$/.test(given) ? { priority: Number(given) } : { priorityExpression: given };
}

type Given = readonly [concurrency: string | undefined, rate: string | undefined, burst: string | undefined];

function limitOf(present: LimitSettings | undefined, given: Given, prefix: string): LimitSettings | undefined {
  const [count, rateText, burstText] = given;
  const concurrency = count === undefined ? present?.concurrency : countOf(`--${prefix}concurrency`, count);
  const rate = rateText === undefined ? present?.rate : rateOf(`--${prefix}rate`, rateText);
  const burst = burstText === undefined ? undefined : countOf(`--${prefix}burst`, burstText);
  if (burst !== undefined && rate === undefined) throw new StartError(`--${prefix}burst needs a --${prefix}rate.`);
  if (concurrency === undefined && rate === undefined) return undefined;
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(rate === undefined ? {} : { rate: burst === undefined ? rate : { ...rate, burst } }),
  };
}

function countOf(option: string, text: string): number | undefined {
  if (text === NONE) return undefined;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new StartError(`${option}: '${text}' is not a number from 1 to 100000, or none.`);
}

function rateOf(option: string, text: string): { permits: number; seconds: number } | undefined {
  if (text === NONE) return undefined;
  const parts = /^([1-9]\d{0,5})\/(\d{1,6}(?:\.\d{1,3})?)?([smhd])$/.exec(text);
  const unit = UNITS[parts?.[3] ?? ''];
  const seconds = Number(parts?.[2] ?? 1) * (unit ?? 0);
  if (parts === null || seconds <= 0) {
    throw new StartError(`${option}: '${text}' is not a rate such as 10/s, 100/m or 5/30s, or none.`);
  }
  return { permits: Number(parts[1]), seconds };
}

/** `5 at once, 10 in 2 s (3 at once after a rest)`. */
export function shownLimit(limit: LimitSettings | undefined): string {
  const { concurrency, rate } = limit ?? {};
  const parts = concurrency === undefined ? [] : [`${concurrency} at once`];
  if (rate !== undefined) {
    const { permits, seconds, burst = permits } = rate;
    parts.push(`${permits} in ${seconds} s${burst === permits ? '' : ` (${burst} after a rest)`}`);
  }
  return parts.length === 0 ? '-' : parts.join(', ');
}
