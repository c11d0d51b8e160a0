import type { MemoryState } from '@everstep/store-memory';
import type { Account } from './account.ts';
import { undoneTasks } from './effects.ts';
import type { Installation } from './installation.ts';
import type { Ledger } from './ledger.ts';
import type { Profile } from './profile.ts';
import type { Stage } from './stage.ts';
import type { Traffic } from './traffic.ts';

/** Suspicious executions are left to the process that is being started for them. */
const STARTING_MS = 20_000;
/** Whoever is beside one that ends its process waits for a lease to end, each time. */
const DEATHS_MS = 90_000;

function quarantineMs({ quarantine, poison }: Profile): number {
  if (quarantine === 0) return 0;
  return poison === 0 ? STARTING_MS : STARTING_MS + DEATHS_MS;
}

/**
 * Looks, once the faults are over, whether anything that could go on is left lying: an arrival unread, a timer past, a
 * request not made. Small delays are everybody's right; each kind has its bound.
 */
export class Served {
  readonly #stage: Stage;
  readonly #ledger: Ledger;
  readonly #state: MemoryState;
  readonly #installation: Installation;
  readonly #traffic: Traffic;
  /** Since when each trouble has been seen. */
  readonly #since = new Map<string, number>();

  constructor(stage: Stage, ledger: Ledger, state: MemoryState, installation: Installation, traffic: Traffic) {
    this.#stage = stage;
    this.#ledger = ledger;
    this.#state = state;
    this.#installation = installation;
    this.#traffic = traffic;
  }

  look(): void {
    const { profile, timeline } = this.#stage;
    // Where few executions or calls may be under way at once, waiting in line is right.
    if (profile.maxResidentExecutions < 10) return;
    // Nobody can be served while all workers stand still: a freeze may outlast the faults.
    if (!this.#installation.hasWorkerUp()) {
      this.#since.clear();
      return;
    }
    const boundMs = profile.maxGraceMs + profile.leaseMs + 1_500 + quarantineMs(profile);
    const seen = new Set<string>();
    const standard = [...this.#ledger.accounts.values()]
      .filter(({ ended }) => !ended)
      .flatMap((account) => this.#troubles(account).map((trouble) => `${account.label}: ${trouble}`));
    for (const key of [...standard, ...this.#ledger.express.troubles()]) {
      seen.add(key);
      const since = this.#since.get(key) ?? timeline.now;
      this.#since.set(key, since);
      if (timeline.now - since > boundMs) this.#stage.violate('served', `${key} for ${timeline.now - since} ms`);
    }
    for (const key of [...this.#since.keys()]) if (!seen.has(key)) this.#since.delete(key);
  }

  #troubles(account: Account): string[] {
    const { profile } = this.#stage;
    const row = this.#state.runs.get(account.executionId);
    if (row === undefined) return [];
    const troubles: string[] = [];
    if (account.signals > account.consumed) troubles.push(`what arrived after ${account.consumed} is not read`);
    troubles.push(...this.#traffic.unserved(account.executionId));
    const { timer } = account.replay;
    if (timer !== null && timer <= this.#state.now()) troubles.push(`the timer at ${timer} has not fired`);
    if (profile.maxConcurrentCalls >= 10) {
      const unheard = this.#ledger.jobs.unheard(account);
      for (const taskId of unheard) troubles.push(`the job of task ${taskId} has ended, and nobody asks`);
      const undone = undoneTasks(account, (performance) => this.#installation.performs(performance));
      for (const taskId of undone) troubles.push(`task ${taskId} is not performed`);
    }
    return troubles;
  }
}
