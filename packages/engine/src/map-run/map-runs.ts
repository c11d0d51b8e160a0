import { InvariantError, MapRunWork, loadMapRunPlan } from '@everstep/language';
import type { EngineContext } from '../context.ts';
import { CallSlots } from '../express/call-slots.ts';
import { UnusableRevisionError, processorOf } from '../machine-cache.ts';
import type { CallConditions } from '../perform-call.ts';
import type { ItemStorage } from '../ports/item-storage.ts';
import type { ClaimedRun } from '../ports/run-store.ts';
import { executionFacts } from '../run-image.ts';
import type { CommitWriter } from '../worker/commit-writer.ts';
import { FailingMapRun } from './failing-map-run.ts';
import { MapRunDriver } from './map-run-driver.ts';
import { failingOf, reopened } from './map-run-failure.ts';
import { loadMapRunState } from './map-run-state.ts';

export interface MapRunsOptions {
  readonly conditions: CallConditions;
  readonly storage: ItemStorage | undefined;
  readonly writer: CommitWriter;
  /** Asks for a run to be claimed anew by this worker. */
  readonly reclaim: (mapRunId: string) => void;
}

/** One in memory: it goes on, or is brought to its end. */
type MapRunInMemory = Pick<MapRunDriver, 'start' | 'look' | 'startDraining' | 'drop'>;

const RETRY_LOAD_MS = 200;

/** The Map Runs that this worker has in memory. */
export class MapRuns {
  readonly #context: EngineContext;
  readonly #options: MapRunsOptions;
  readonly #slots: CallSlots;
  readonly #runs = new Map<string, MapRunInMemory>();
  /** Why a Map Run cannot go on, until it is claimed again to be ended. */
  readonly #failures = new Map<string, string>();
  #draining = false;

  constructor(context: EngineContext, options: MapRunsOptions) {
    this.#context = context;
    this.#options = options;
    this.#slots = new CallSlots(context.settings.maxConcurrentCalls);
  }

  get size(): number {
    return this.#runs.size;
  }
  ids(): string[] {
    return [...this.#runs.keys()];
  }
  has(mapRunId: string): boolean {
    return this.#runs.has(mapRunId);
  }

  /** Something may have arrived for it. */
  look(mapRunId: string): void {
    this.#runs.get(mapRunId)?.look();
  }

  /** From now on no child begins; what has nothing under way is given back. */
  startDraining(): void {
    this.#draining = true;
    for (const run of [...this.#runs.values()]) run.startDraining();
  }

  clear(): void {
    const runs = [...this.#runs.values()];
    this.#runs.clear();
    for (const run of runs) run.drop();
  }

  /** A claimed Map Run enters memory, unless the claim is no longer the worker's once what it needs has been loaded. */
  async admit(claimed: ClaimedRun, isStillOurs: () => boolean): Promise<void> {
    const { executionId: mapRunId, executionArn } = claimed.execution;
    const begun = failingOf(claimed);
    const known = claimed.unreadable ?? this.#failures.get(mapRunId);
    this.#failures.delete(mapRunId);
    const failure = begun === null || begun.isOver ? known : begun.cause;
    if (failure !== undefined) return this.fail(claimed, failure);
    try {
      const driver = await this.#load(claimed);
      if (isStillOurs()) this.#enter(mapRunId, driver);
    } catch (error) {
      const isHopeless = error instanceof UnusableRevisionError || error instanceof InvariantError;
      if (isHopeless && isStillOurs()) this.fail(claimed, error.message);
      if (isHopeless) return;
      this.#context.logger.warn({ err: error, executionArn }, 'a Map Run could not be loaded; trying again');
      await this.#context.clock.sleep(RETRY_LOAD_MS);
      this.#options.reclaim(mapRunId);
    }
  }

  /** Brings a claimed Map Run that cannot go on to its end. */
  fail(claimed: ClaimedRun, message: string): void {
    const { executionId: mapRunId } = claimed.execution;
    const failing: FailingMapRun = new FailingMapRun(this.#context, {
      ...{ claimed, message, writer: this.#options.writer },
      onGone: (again) => this.#letGo(mapRunId, failing, again),
    });
    this.#enter(mapRunId, failing);
  }

  #enter(mapRunId: string, run: MapRunInMemory): void {
    this.#runs.set(mapRunId, run);
    run.start();
    if (this.#draining) run.startDraining();
  }

  #letGo(mapRunId: string, run: MapRunInMemory, again: boolean): void {
    if (this.#runs.get(mapRunId) === run) this.#runs.delete(mapRunId);
    if (again) this.#options.reclaim(mapRunId);
  }

  async #load(claimed: ClaimedRun): Promise<MapRunDriver> {
    const context = this.#context;
    const { conditions, storage, writer } = this.#options;
    const { executionId: mapRunId, parent: task, revisionId } = claimed.execution;
    const parent = task === null ? null : await context.store.findExecution(task.executionId);
    if (parent === null) throw new InvariantError('the execution that it is a part of is gone');
    const compiled = await context.machines.load(revisionId);
    const loaded = loadMapRunState(claimed.checkpoint);
    const plan = loadMapRunPlan(claimed.frames.find(({ id }) => id === 'plan')?.data ?? 'null');
    const facts = {
      ...executionFacts(context, parent, { roleArn: compiled.revision.roleArn, tokenKey: '' }),
      executionId: mapRunId,
    };
    const work = new MapRunWork(compiled.machine, facts, plan);
    const { executionType, itemBatcher } = work.state;
    const kind = { isExpress: executionType === 'EXPRESS', isBatched: itemBatcher !== null };
    const state = failingOf(claimed) === null ? loaded : await reopened(context.store, mapRunId, loaded, kind);
    const driver: MapRunDriver = new MapRunDriver(context, {
      ...{ claimed, parent, plan, work, state, storage, writer },
      express: { compiled: processorOf(compiled, plan.label), conditions, slots: this.#slots },
      onGone: (again, failure) => {
        if (failure !== undefined) this.#failures.set(mapRunId, failure);
        this.#letGo(mapRunId, driver, again);
      },
    });
    return driver;
  }
}
