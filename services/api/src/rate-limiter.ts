import { ApiError } from '@everstep/protocol';

/** A token bucket: `perSecond` tokens come in, at most `burst` are kept. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** By operation; `*` for all that are not named, each with a bucket of its own. */
export type RateLimits = ReadonlyMap<string, RateLimit>;

interface Bucket {
  tokens: number;
  at: number;
}

/** Buckets that are full again are forgotten whenever there are so many. */
const MAX_BUCKETS = 10_000;

/**
 * One bucket for each key and operation, in this process: behind a load balancer each process grants the whole rate.
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html#service-limits-api-action-throttling-general
 */
export class RateLimiter {
  readonly #limits: RateLimits;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  /** `now`: milliseconds of any clock that goes forward. */
  constructor(limits: RateLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Takes a token. Errors: ThrottlingException, which SDKs try again after a while. */
  take(who: string, operation: string): void {
    const limit = this.#limits.get(operation) ?? this.#limits.get('*');
    if (limit === undefined) return;
    const name = `${who} ${operation}`;
    const now = this.#now();
    const bucket = this.#buckets.get(name) ?? { tokens: limit.burst, at: now };
    bucket.tokens = Math.min(limit.burst, bucket.tokens + ((now - bucket.at) / 1_000) * limit.perSecond);
    bucket.at = now;
    if (bucket.tokens < 1) throw new ApiError('ThrottlingException', 'Rate exceeded');
    bucket.tokens--;
    this.#buckets.set(name, bucket);
    if (this.#buckets.size > MAX_BUCKETS) this.#forgetFull(now);
  }

  #forgetFull(now: number): void {
    for (const [name, bucket] of this.#buckets) {
      const limit = this.#limits.get(name.slice(name.indexOf(' ') + 1)) ?? this.#limits.get('*');
      const isFull =
        limit === undefined || bucket.tokens + ((now - bucket.at) / 1_000) * limit.perSecond >= limit.burst;
      if (isFull) this.#buckets.delete(name);
    }
  }
}
