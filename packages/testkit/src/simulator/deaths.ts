import type { MemoryState } from '@everstep/store-memory';
import type { Stage } from './stage.ts';

/** So many deaths in a row before an execution is failed. */
const MOST_DEATHS = 7;
/** How many suspects may be in a process, itself among them, after the first two deaths, and after the third; then one. */
const COMPANY = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 32, 8];

/** One identity of a process that has claimed it, and did not give it back. */
interface Owner {
  readonly workerId: string;
  /** How many it may run at most, if it runs just those: of all others there may be any number. */
  readonly company: number;
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
  /** The processes that run certain executions alone, and how many. */
  readonly #only = new Map<string, number>();
  /** How many were failed: what they would have come to, nobody knows. */
  givenUp = 0;

  constructor(stage: Stage, state: MemoryState) {
    this.#stage = stage;
    this.#state = state;
  }

  runsOnly(processName: string, executions: number): void {
    this.#only.set(processName, executions);
  }

  claimed(processName: string, workerId: string, run: { readonly executionId: string; readonly epoch: number }): void {
    const { executionId, epoch } = run;
    const owners = this.#owners.get(executionId) ?? [];
    this.#owners.set(executionId, owners);
    const last = owners.at(-1);
    if (last?.workerId === workerId) last.epoch = epoch;
    else {
      const company = this.#only.get(processName) ?? Number.POSITIVE_INFINITY;
      owners.push({ workerId, epoch, company, performed: false });
    }
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
    const beside = dead.filter(({ company, performed }, index) => performed && company > (COMPANY[index] ?? 1));
    return beside.length === 0 ? null : `after it was run beside too many others ${beside.length} times`;
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
