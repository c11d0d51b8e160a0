import { createHash } from 'node:crypto';

interface Member {
  free: boolean;
  lastHeardAt: number;
}

/**
 * The processes that consume hints, as far as this one has heard of them, and who of them an execution's hint goes to.
 *
 * Why a choice at all: a NOTIFY reaches every process. If each of them took every id and left the decision to the
 * claim, N workers would send N claims for each hint and N - 1 would wait for a row lock to learn that they came late.
 * So the sender names one process by rendezvous hashing (the same one for the same id, an even spread, and only the
 * share of a member that comes or goes moves), among those that said they have capacity. If the one named has just
 * died, the hint is lost, which costs its grace, as with any lost hint; the member is forgotten after `expiryMs`.
 */
export class Members {
  static readonly presenceMs = 2_000;
  static readonly expiryMs = 7_000;
  readonly #members = new Map<string, Member>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  heard(id: string, free: boolean): void {
    this.#members.set(id, { free, lastHeardAt: this.#now() });
  }

  gone(id: string): void {
    this.#members.delete(id);
  }

  /** After a time without connection nothing about others is known. */
  forgetAllBut(id: string): void {
    for (const other of this.#members.keys()) if (other !== id) this.#members.delete(other);
  }

  anyFreeBut(id: string): boolean {
    this.#expire();
    for (const [other, { free }] of this.#members) if (other !== id && free) return true;
    return false;
  }

  /** The member for each execution; null where nobody is known. */
  choose(executionId: string): string | null {
    this.#expire();
    let best: string | null = null;
    let bestFree = false;
    let bestScore = -1;
    for (const [id, { free }] of this.#members) {
      if (bestFree && !free) continue;
      const score = weight(id, executionId);
      if ((free && !bestFree) || score > bestScore) {
        best = id;
        bestFree = free;
        bestScore = score;
      }
    }
    return best;
  }

  #expire(): void {
    const oldest = this.#now() - Members.expiryMs;
    for (const [id, { lastHeardAt }] of this.#members) if (lastHeardAt < oldest) this.#members.delete(id);
  }
}

const seeds = new Map<string, number>();

/** 32 bits; FNV-1a over the execution id, seeded by the member's digest, with a final mix. */
function weight(memberId: string, executionId: string): number {
  let seed = seeds.get(memberId);
  if (seed === undefined) {
    seed = createHash('sha256').update(memberId).digest().readUInt32LE(0);
    if (seeds.size > 1_000) seeds.clear();
    seeds.set(memberId, seed);
  }
  let hash = seed;
  for (let index = 0; index < executionId.length; index += 1) {
    hash = Math.imul(hash ^ executionId.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
