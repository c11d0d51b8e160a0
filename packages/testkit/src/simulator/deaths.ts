import type { MemoryState } from '@everstep/store-memory';
import type { Stage } from './stage.ts';

/** So many deaths in a row before an execution is failed; beyond the first two of them nobody runs it beside others. */
const MOST_DEATHS = 5;
const BESIDE_OTHERS = 2;

/** One identity of a process that has claimed it, and did not give it back. */
interface Owner {
  readonly workerId: string;
  /** Whether it runs nothing else. */
  readonly alone: boolean;
  epoch: number;
  /** Whether it has called anybody outside for it. */
  performed: boolean;
}

/** Counts how often in a row the owners of a run have died without a commit: what is failed for that must have had it so. */
export class Deaths {
  readonly #stage: Stage;
  readonly #state: MemoryState;
  /** Since the last commit, by run. */
  readonly #owners = new Map<string, Owner[]>();
  /** The processes that run one execution alone. */
  readonly #alone = new Set<string>();
  /** How many were failed: what they would have come to, nobody knows. */
  givenUp = 0;

  constructor(stage: Stage, state: MemoryState) {
    this.#stage = stage;
    this.#state = state;
  }

  runsAlone(processName: string): void {
    this.#alone.add(processName);
  }

  claimed(processName: string, workerId: string, run: { readonly executionId: string; readonly epoch: number }): void {
    const { executionId, epoch } = run;
    const owners = this.#owners.get(executionId) ?? [];
    this.#owners.set(executionId, owners);
    const last = owners.at(-1);
    if (last?.workerId === workerId) last.epoch = epoch;
    else owners.push({ workerId, epoch, alone: this.#alone.has(processName), performed: false });
  }

  performed(executionId: string, workerId: string): void {
    const last = this.#owners.get(executionId)?.at(-1);
    if (last?.workerId === workerId) last.performed = true;
  }

  committed(executionId: string): void {
    this.#owners.delete(executionId);
  }

  /** Its owner has given it back, which is no death. */
  released(executionId: string, isOf: (owner: Owner) => boolean): void {
    if (this.#state.runs.get(executionId)?.owner !== null) return;
    const owners = this.#owners.get(executionId)?.filter((owner) => !isOf(owner));
    if (owners !== undefined) this.#owners.set(executionId, owners);
  }

  /** Why an execution may not be failed for the deaths of those before the present owner; null: it may. */
  #hope(executionId: string): string | null {
    const dead = (this.#owners.get(executionId) ?? []).slice(0, -1);
    if (dead.length < MOST_DEATHS) return `after ${dead.length} deaths`;
    const beside = dead.slice(BESIDE_OTHERS).filter(({ alone, performed }) => performed && !alone);
    return beside.length === 0 ? null : `after it was run beside others ${beside.length} times more`;
  }

  isHopeless(executionId: string): boolean {
    return this.#hope(executionId) === null;
  }

  /** It is failed because the processes that ran it died. */
  failed(executionId: string, label: string): void {
    this.givenUp += 1;
    const hope = this.#hope(executionId);
    if (hope !== null) this.#stage.violate('quarantine', `${label} was failed ${hope}`);
  }
}
