import { integer, number, required, string, structure } from './constraints.ts';
import { requireName } from './names.ts';
import { NAME } from './shapes.ts';

/** The shapes that the operations on limiters share. Everstep's own: AWS has no limiters. */
export const LIMITER_NAME = required(NAME, '');

const PERMITS = { min: 1, max: 100_000 };
/** A day. */
const MAX_SECONDS = 86_400;

export interface RateLimit {
  /** So many permits in so many seconds. */
  readonly permits: number;
  readonly seconds: number;
  /** What may be taken at once after a rest; as many as `permits` where absent. */
  readonly burst?: number;
}

export interface LimitSettings {
  /** Permits that may be out at the same time. */
  readonly concurrency?: number;
  readonly rate?: RateLimit;
}

export const LIMIT = structure<LimitSettings>((member) => ({
  concurrency: member('concurrency', integer(PERMITS)),
  rate: member(
    'rate',
    structure<RateLimit>((rate) => ({
      permits: rate('permits', required(integer(PERMITS), 1)),
      seconds: rate('seconds', required(number({ min: 0.001, max: MAX_SECONDS }), 1)),
      burst: rate('burst', integer(PERMITS)),
    })),
  ),
}));

/** A pattern of an ARN, with the wildcards * and ?. */
export const ARN_PATTERN = string({ min: 1, max: 1_024 });
export const LIMITER_EXPRESSION = string({ min: 1, max: 2_048 });
export const PRIORITY = integer({ min: -1_000_000, max: 1_000_000 });
export const LIMITER_DESCRIPTION = string({ max: 256 });

/** Errors: InvalidName. */
export function requireLimiterName({ name }: { readonly name: string }): void {
  requireName(name);
}

/** A limiter's settings, as they are put and described. */
export interface LimiterShape {
  readonly description?: string;
  /** Which tasks: a pattern of their Resource, or of the ARN of the function or state machine that they call; absent: all. */
  readonly resource?: string;
  /** Whose tasks: a pattern of the state machine's ARN or name; absent: all. */
  readonly stateMachine?: string;
  /** A JSONPath or `{% JSONata %}` over the task's input. */
  readonly key?: string;
  /** For all keys together. */
  readonly limit?: LimitSettings;
  /** For each key by itself. */
  readonly limitPerKey?: LimitSettings;
  /** The greater goes first; 0 where absent. */
  readonly priority?: number;
  /** Instead of `priority`: over the task's input. */
  readonly priorityExpression?: string;
}
