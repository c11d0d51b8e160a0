import {
  FAILURE_FRAME,
  type MapRunWrites,
  type NewMapRun,
  type RunCommit,
  type WarmRun,
  loadProgress,
} from '@everstep/engine';
import { MAP_RUN_CONCURRENCY } from '@everstep/language';
import type { MemoryState } from '@everstep/store-memory';
import type { Stage } from './stage.ts';

type ChildEnd = 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
type Own = NonNullable<MapRunWrites['own']>;

/** The labels of Distributed Maps with Express children begin so in the generator's machines. */
export const EXPRESS_LABEL = 'express-';

/** What the ledger knows about one Map Run. */
interface MapAccount {
  readonly mapRunId: string;
  readonly label: string;
  readonly items: number;
  readonly isExpress: boolean;
  readonly maxConcurrency: number;
  epoch: number;
  claimer: string | null;
  ended: boolean;
  signals: number;
  /** The ends that have arrived, each with its inbox number. */
  readonly arrived: Array<{ readonly number: number; readonly index: number; readonly status: ChildEnd }>;
  /** Children that have begun (Standard) or have an outcome (Express), by number, with their latest end. */
  readonly children: Map<number, ChildEnd | null>;
  redrives: number;
  /** Since it began, or began again, it was told to stop. */
  isStopped: boolean;
}

/**
 * Keeps account of the Map Runs: every item has exactly one child, every end is counted once, what the record shows adds
 * up, and no more children run than may.
 */
export class MapLedger {
  readonly #stage: Stage;
  readonly #state: MemoryState;
  readonly #accounts = new Map<string, MapAccount>();
  #givenUp = 0;
  /** How a Standard child stands: whether it has ended, by its id. */
  readonly #isOpen: (executionId: string) => boolean;

  constructor(stage: Stage, state: MemoryState, isOpen: (executionId: string) => boolean) {
    this.#stage = stage;
    this.#state = state;
    this.#isOpen = isOpen;
  }

  has(mapRunId: string): boolean {
    return this.#accounts.has(mapRunId);
  }
  label(mapRunId: string): string | undefined {
    return this.#accounts.get(mapRunId)?.label;
  }
  get size(): number {
    return this.#accounts.size;
  }

  /** Whether one could not go on, so that nobody can foretell what its execution comes to. */
  get anyGivenUp(): boolean {
    return this.#givenUp > 0;
  }

  /** With the commit of its execution. */
  started(name: string, { record, plan }: NewMapRun): void {
    const { mapRunId } = record;
    const parsed: { items: unknown[] | null; maxConcurrency: number; label: string } = JSON.parse(plan);
    const { items, maxConcurrency, label } = parsed;
    this.#accounts.set(mapRunId, {
      ...{ mapRunId, label: name, items: items?.length ?? 0, isExpress: label.startsWith(EXPRESS_LABEL) },
      maxConcurrency: maxConcurrency === 0 ? MAP_RUN_CONCURRENCY : maxConcurrency,
      ...{ epoch: 0, claimer: null, ended: record.status !== 'RUNNING', signals: 0, redrives: 0, isStopped: false },
      ...{ arrived: [], children: new Map() },
    });
  }

  /** With the commit of its execution: it is there still, or begins anew under a later epoch. */
  redriven(mapRunId: string): void {
    const account = this.#accounts.get(mapRunId);
    if (account === undefined) return this.#violate('a Map Run was redriven that never began');
    account.redrives += 1;
    account.isStopped = false;
    if (account.ended) {
      account.ended = false;
      account.signals = 1;
      account.arrived.length = 0;
      account.claimer = null;
    } else account.signals += 1;
  }

  claimed(workerId: string, run: Pick<WarmRun, 'executionId' | 'epoch'>, isAlive: boolean): void {
    const account = this.#accounts.get(run.executionId);
    if (account === undefined) return;
    if (run.epoch <= account.epoch)
      this.#stage.violate('fence', `${account.label} was claimed under epoch ${run.epoch} again`);
    if (!isAlive) this.#stage.violate('lease', `${account.label} was claimed without a lease`);
    account.epoch = run.epoch;
    account.claimer = workerId;
  }

  arrivedAt(mapRunId: string, activation: string): void {
    const account = this.#accounts.get(mapRunId);
    if (account === undefined || account.ended) return;
    account.signals += 1;
    const signal: { type: string; index?: number; status?: ChildEnd } = JSON.parse(activation);
    if (signal.type === 'Stop') account.isStopped = true;
    if (signal.type !== 'ChildEnded' || signal.index === undefined || signal.status === undefined) return;
    account.arrived.push({ number: account.signals, index: signal.index, status: signal.status });
  }

  committed(workerId: string, commit: RunCommit, own: Own): void {
    const account = this.#accounts.get(commit.executionId);
    if (account === undefined) return this.#violate('a Map Run was committed that never began');
    const { label } = account;
    if (account.claimer !== workerId || commit.epoch !== account.epoch) {
      this.#stage.violate('fence', `${label} was committed by somebody who no longer owned it`);
    }
    if (account.ended) this.#stage.violate('fence', `${label} was committed after its end`);
    if (commit.consumed > account.signals || (commit.then.kind !== 'keep' && commit.consumed !== account.signals)) {
      const what = `${commit.then.kind} of ${label} consumed ${commit.consumed} of ${account.signals} arrivals`;
      this.#stage.violate('acknowledged', `the ${what}`);
    }
    const isGivenUp = commit.frames.written.some(({ id }) => id === FAILURE_FRAME);
    if (isGivenUp) this.#givenUp += 1;
    this.#begin(account, own);
    this.#end(account, commit.consumed, own);
    this.#checkCounts(account, own, isGivenUp);
    if (commit.then.kind === 'end') account.ended = true;
    this.checkRow(commit.executionId);
  }

  #begin(account: MapAccount, own: Own): void {
    const { label, children } = account;
    for (const { parent } of own.children) {
      const index = parent?.taskId ?? -1;
      if (children.has(index)) this.#violate(`item ${index} of ${label} has begun twice`);
      if (index !== children.size) this.#violate(`${label} has begun child ${index} after ${children.size} others`);
      children.set(index, null);
    }
    for (const { executionId } of own.redrivenChildren) {
      const index = this.#state.executions.get(executionId)?.record.parent?.taskId ?? -1;
      const end = children.get(index);
      if (end === undefined || end === null || end === 'SUCCEEDED') {
        this.#violate(`child ${index} of ${label}, which was ${end ?? 'open'}, was redriven`);
      }
      children.set(index, null);
    }
    if (account.isExpress) return;
    const begun = [...children.keys()].filter((index) => this.#isOpen(this.#childId(account, index)));
    if (own.children.length + own.redrivenChildren.length > 0 && begun.length > account.maxConcurrency) {
      this.#violate(`${begun.length} children of ${label} run at once, ${account.maxConcurrency} may`);
    }
  }

  #childId({ mapRunId }: MapAccount, index: number): string {
    return this.#state.children.get(mapRunId)?.[index] ?? '';
  }

  #end(account: MapAccount, consumed: number, own: Own): void {
    const { label, children } = account;
    for (const { number, index, status } of account.arrived.splice(0)) {
      if (number > consumed) account.arrived.push({ number, index, status });
      else if (children.get(index) !== null) this.#violate(`child ${index} of ${label} has ended twice`);
      else children.set(index, status);
    }
    for (const { outcomes } of own.outcomes) {
      const list: Array<{ index: number; status: ChildEnd }> = JSON.parse(outcomes);
      for (const { index, status } of list) {
        const before = children.get(index);
        const isAgain = before !== undefined && before !== null;
        if (isAgain && (before === 'SUCCEEDED' || account.redrives === 0)) {
          this.#violate(`child ${index} of ${label} has two outcomes`);
        }
        children.set(index, status);
      }
    }
  }

  /** What the record shows is what has happened. */
  #checkCounts(account: MapAccount, own: Own, isGivenUp: boolean): void {
    if (own.progress === null) return;
    const { executions } = loadProgress(own.progress);
    const ends = [...account.children.values()];
    const counted = (status: ChildEnd): number => ends.filter((end) => end === status).length;
    const { label } = account;
    if (executions.succeeded !== counted('SUCCEEDED')) {
      this.#violate(`${label} counts ${executions.succeeded} that succeeded, ${counted('SUCCEEDED')} have`);
    }
    const unsuccessful = executions.failed + executions.timedOut + executions.aborted + executions.pendingRedrive;
    const wanted = counted('FAILED') + counted('TIMED_OUT') + counted('ABORTED');
    // Of Express ones those that run again have their former outcome still, and those that went with a Map Run that could
    // not go on have none.
    if (account.isExpress ? unsuccessful > wanted && !isGivenUp : unsuccessful !== wanted) {
      this.#violate(`${label} counts ${unsuccessful} without success, ${wanted} are`);
    }
    if (own.status !== 'SUCCEEDED') return;
    if (ends.length !== account.items)
      this.#violate(`${label} succeeded with ${ends.length} of ${account.items} children`);
    if (executions.running !== 0 || ends.includes(null)) this.#violate(`${label} succeeded while children run`);
  }

  /** One that nobody owns and nobody will look at waits for children that run. */
  checkRow(mapRunId: string): void {
    const account = this.#accounts.get(mapRunId);
    const row = this.#state.runs.get(mapRunId);
    if (account === undefined || row === undefined || row.owner !== null || row.wakeAt !== null) return;
    if (row.signals > row.consumed) this.#stage.violate('parked', `${account.label} is unowned, with arrivals unread`);
    if ([...account.children.values()].includes(null)) return;
    this.#stage.violate('parked', `${account.label} is unowned, and no child of it runs`);
  }

  /** Its execution has ended. */
  checkAbandoned(executionId: string, label: string): void {
    for (const { mapRunId, ended, isStopped } of this.#accounts.values()) {
      if (ended || isStopped || this.#state.mapRuns.get(mapRunId)?.executionId !== executionId) continue;
      this.#stage.violate('abandoned', `${label} has ended, and nobody stops its Map Run`);
    }
  }

  checkRows(): void {
    for (const mapRunId of this.#accounts.keys()) this.checkRow(mapRunId);
  }

  /** Once all has come to rest. */
  checkAtRest(): void {
    for (const { label, mapRunId, ended } of this.#accounts.values()) {
      const record = this.#state.mapRuns.get(mapRunId);
      if (!ended || this.#state.runs.has(mapRunId)) this.#stage.violate('ended', `${label} does not end`);
      if (record === undefined || record.status === 'RUNNING' || record.stopDate === null) {
        this.#stage.violate('rows', `${label} is shown as ${record?.status ?? 'nothing'} after its end`);
      }
    }
  }

  #violate(message: string): void {
    this.#stage.violate('map-runs', message);
  }
}
