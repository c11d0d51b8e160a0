import type { Limit, LimiterSettings, Rate } from './limiter-settings.ts';

/** A token bucket as it was at a time, in milliseconds since the epoch. Where there is none, it is full. */
export interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

/** A limiter as it stands while permits are given: nobody else gives any meanwhile. */
export interface LimiterView {
  readonly limiterArn: string;
  readonly settings: LimiterSettings;
  readonly paused: boolean;
  /** Permits that are out; looked at only where the concurrency is limited. */
  readonly inUse: number;
  readonly bucket: Bucket | null;
}

export interface KeyView {
  readonly limiterArn: string;
  readonly key: string;
  readonly inUse: number;
  readonly bucket: Bucket | null;
}

/** The key of a limiter that a task needs a permit for. */
export interface Need {
  readonly limiterArn: string;
  readonly key: string;
}

/** Where a task waits: for a limiter as a whole, or for its key of one. It waits at one place at a time. */
export interface QueuePlace extends Need {
  readonly queue: 'shared' | 'key';
}

export interface Candidate {
  readonly executionId: string;
  readonly taskId: number;
  readonly place: QueuePlace;
  readonly needs: readonly Need[];
}

export interface Decision {
  readonly granted: readonly Candidate[];
  /** Tasks that wait somewhere else from now on, as that is what they lack. */
  readonly moved: ReadonlyArray<{ readonly candidate: Candidate; readonly to: QueuePlace }>;
  /** Places that had room left after something had left them: whatever waits there has its turn soon. */
  readonly again: readonly QueuePlace[];
  /** The last key of each limiter's shared queue that had its turn. */
  readonly cursors: ReadonlyMap<string, string>;
}

export interface BucketChange extends Bucket {
  /** When somebody must look again, because a permit can be given then; null: no time will do it. */
  readonly lookAt: number | null;
  /** From then on it is as if it had never been used. */
  readonly fullAt: number;
}

/** Permits of a rate are given in handfuls of this much time where it allows bursts, in milliseconds. */
const HANDFUL_MS = 50;
/** What adding up fractions may cost. */
const EPSILON = 1e-6;

/** What is left of one limit. */
class Room {
  readonly #now: number;
  readonly #limit: Limit;
  readonly #paused: boolean;
  #free: number;
  #tokens: number;

  constructor(now: number, limit: Limit, view: { paused: boolean; inUse: number; bucket: Bucket | null }) {
    this.#now = now;
    this.#limit = limit;
    this.#paused = view.paused;
    this.#free = limit.concurrency === null ? Number.POSITIVE_INFINITY : limit.concurrency - view.inUse;
    this.#tokens = limit.rate === null ? Number.POSITIVE_INFINITY : tokensAt(limit.rate, view.bucket, now);
  }

  get left(): number {
    return this.#paused ? 0 : Math.max(0, Math.min(this.#free, Math.floor(this.#tokens + EPSILON)));
  }

  take(): void {
    this.#free -= 1;
    this.#tokens -= 1;
  }

  /** The bucket as it is now; null where there is no rate. */
  bucket(): BucketChange | null {
    const { rate } = this.#limit;
    if (rate === null) return null;
    const perMs = rate.permits / (rate.seconds * 1_000);
    const reach = (tokens: number): number => this.#now + Math.max(0, Math.ceil((tokens - this.#tokens) / perMs));
    const handful = Math.max(1, Math.min(rate.burst, Math.floor(perMs * HANDFUL_MS)));
    const waitsForTime = !this.#paused && this.#free > 0 && this.#tokens + EPSILON < 1;
    const lookAt = waitsForTime ? Math.max(this.#now + 1, reach(handful)) : null;
    return { tokens: this.#tokens, at: this.#now, lookAt, fullAt: reach(rate.burst) };
  }
}

function tokensAt(rate: Rate, bucket: Bucket | null, now: number): number {
  if (bucket === null) return rate.burst;
  const gained = (Math.max(0, now - bucket.at) * rate.permits) / (rate.seconds * 1_000);
  return Math.min(rate.burst, bucket.tokens + gained);
}

/**
 * What all limits in question have left. The stores fill it inside the one transaction that gives permits, and write down
 * what it has decided.
 */
export class PermitRoom {
  readonly #now: number;
  readonly #limiters = new Map<string, { readonly room: Room; readonly perKey: Limit }>();
  readonly #keys = new Map<string, Room>();

  constructor(now: number) {
    this.#now = now;
  }

  addLimiter(view: LimiterView): void {
    const { limit, limitPerKey } = view.settings;
    this.#limiters.set(view.limiterArn, { room: new Room(this.#now, limit, view), perKey: limitPerKey });
  }

  /** After its limiter. */
  addKey(view: KeyView): void {
    const limiter = this.#limiters.get(view.limiterArn);
    if (limiter === undefined) return;
    this.#keys.set(nameOf(view), new Room(this.#now, limiter.perKey, { ...view, paused: false }));
  }

  /** How many more may leave the place; a limiter that is gone limits nothing. */
  left({ limiterArn, key, queue }: QueuePlace): number {
    const room =
      queue === 'shared' ? this.#limiters.get(limiterArn)?.room : this.#keys.get(nameOf({ limiterArn, key }));
    return room?.left ?? Number.POSITIVE_INFINITY;
  }

  /** Goes through candidates in their order, and takes what it gives. */
  decide(candidates: readonly Candidate[]): Decision {
    const granted: Candidate[] = [];
    const moved: Array<{ candidate: Candidate; to: QueuePlace }> = [];
    const cursors = new Map<string, string>();
    const left = new Map<string, QueuePlace>();
    for (const candidate of candidates) {
      const { place } = candidate;
      if (this.left(place) === 0) continue;
      const to = this.#obstacle(candidate.needs);
      if (to === null) {
        for (const need of candidate.needs) this.#take(need);
        granted.push(candidate);
      } else moved.push({ candidate, to });
      left.set(`${place.queue} ${place.queue === 'key' ? nameOf(place) : place.limiterArn}`, place);
      if (place.queue === 'shared') cursors.set(place.limiterArn, place.key);
    }
    const again = [...left.values()].filter((place) => this.left(place) > 0);
    return { granted, moved, again, cursors };
  }

  bucketOf(limiterArn: string): BucketChange | null {
    return this.#limiters.get(limiterArn)?.room.bucket() ?? null;
  }

  keyBucketOf(need: Need): BucketChange | null {
    return this.#keys.get(nameOf(need))?.bucket() ?? null;
  }

  #obstacle(needs: readonly Need[]): QueuePlace | null {
    for (const need of needs) {
      for (const queue of ['shared', 'key'] as const) {
        const place = { ...need, queue };
        if (this.left(place) === 0) return place;
      }
    }
    return null;
  }

  #take(need: Need): void {
    this.#limiters.get(need.limiterArn)?.room.take();
    this.#keys.get(nameOf(need))?.take();
  }
}

function nameOf({ limiterArn, key }: Need): string {
  return `${limiterArn} ${key}`;
}
