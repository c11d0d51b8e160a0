import { hostname } from 'node:os';
import { KNOWN_FORMATS } from '@everstep/language';
import { Batcher } from '../batcher.ts';
import type { EngineContext } from '../context.ts';
import { MapRuns } from '../map-run/map-runs.ts';
import { ExpressRuns } from '../express/express-runs.ts';
import type { Subscription } from '../ports/hint-queue.ts';
import type { ItemStorage } from '../ports/item-storage.ts';
import type { IntegrationRegistry } from '../ports/integration.ts';
import type { ClaimedRun, WarmRun } from '../ports/run-store.ts';
import type { Quarantine } from '../ports/quarantine.ts';
import { StoreUnavailableError } from '../ports/store.ts';
import { Calls } from './calls.ts';
import { CommitWriter } from './commit-writer.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { LoopWatch } from './loop-watch.ts';
import type { ResidentRun } from './resident-run.ts';
import { RunKeeper } from './run-keeper.ts';
import { Suspects } from './suspects.ts';

export interface WorkerRuntimeOptions {
  readonly registry: IntegrationRegistry;
  /** Where Distributed Maps read datasets and write results; what asks for it fails where there is none. */
  readonly itemStorage?: ItemStorage;
  /** Where executions go that may have ended their process; without it they are run like all others. */
  readonly quarantine?: Quarantine;
  /** Runs these executions, and no others. */
  readonly only?: readonly string[];
}

export interface WorkerRuntime {
  start(): Promise<void>;
  /** No new work; steps under way are finished or handed over within the time; then the lease is given back. */
  drain(timeoutMs: number): Promise<void>;
  /** Resolves once nothing is in memory: with `only`, when each of those has ended, waits, or is another's. */
  whenIdle(): Promise<void>;
  status(): WorkerStatus;
}

export interface WorkerStatus {
  readonly workerId: string;
  readonly leaseValid: boolean;
  /** In memory and this worker's. */
  readonly residentExecutions: number;
  /** Remembered while they wait: those among them with a near timer, and parked ones. */
  readonly warmExecutions: number;
  readonly calls: number;
  /** How late its last turn came, in milliseconds, and whether it therefore takes hardly any work. */
  readonly latenessMs: number;
  readonly late: boolean;
}

const CLAIM_BATCH = 200;
/** How often a worker looks for due runs itself while the queue is not healthy, in milliseconds. */
const FALLBACK_EVERY_MS = 1_000;
const RETRY_CLAIM_MS = 200;
const IDLE_LOOK_MS = 50;
/** What a late worker still runs at once: where all are late, work goes on slowly rather than not at all. */
const LATE_EXECUTIONS = 5;

type Claim =
  | { readonly kind: 'none' }
  | { readonly kind: 'warm'; readonly run: WarmRun }
  | { readonly kind: 'cold'; readonly run: ClaimedRun };

const NOTHING: Claim = { kind: 'none' };

export function createWorkerRuntime(context: EngineContext, options: WorkerRuntimeOptions): WorkerRuntime {
  return new Worker(context, options);
}

/** Takes hints, claims runs and hands them to the keeper; holds the lease; reads arrivals again when told. */
class Worker implements WorkerRuntime {
  readonly #context: EngineContext;
  readonly #lease: LeaseKeeper;
  readonly #calls: Calls;
  readonly #keeper: RunKeeper;
  readonly #express: ExpressRuns;
  readonly #mapRuns: MapRuns;
  readonly #watch: LoopWatch;
  readonly #suspects: Suspects;
  readonly #only: ReadonlySet<string> | null;
  /** Claims that ended with the lease, though this process lives. */
  #lost: Array<{ executionId: string; epoch: number }> = [];
  readonly #claims: Batcher<string, Claim>;
  readonly #claiming = new Set<string>();
  readonly #toReread = new Set<ResidentRun>();
  readonly #stopped = new AbortController();
  #subscription: Subscription | null = null;
  #rereading = false;
  #draining = false;
  #fallback: Promise<void> = Promise.resolve();

  constructor(context: EngineContext, options: WorkerRuntimeOptions) {
    this.#context = context;
    this.#only = options.only === undefined ? null : new Set(options.only);
    this.#lease = new LeaseKeeper(context, hostname(), {
      held: () => [...this.#keeper.ids(), ...this.#express.ids(), ...this.#mapRuns.ids(), ...this.#claiming],
      onUnseen: (ids) => this.#look(ids),
      onNotHeld: (ids) => void this.#claimAll(ids),
      onLost: () => this.#dropAll(),
      onRegistered: (workerId) => this.#consume(workerId),
    });
    this.#calls = new Calls(context, {
      registry: options.registry,
      mayAct: () => this.#lease.valid(),
      onSettled: (executionId, taskId, outcome) => this.#keeper.settle(executionId, taskId, outcome),
    });
    context.jobStops.use(options.registry);
    const writer = new CommitWriter(context, this.#lease);
    this.#keeper = new RunKeeper(context, {
      calls: this.#calls,
      writer,
      reclaim: (executionId) => this.#reclaim(executionId),
      reread: (run) => this.#reread(run),
    });
    this.#express = new ExpressRuns(context, { registry: options.registry, mayAct: () => this.#lease.valid() });
    this.#mapRuns = new MapRuns(context, {
      conditions: { registry: options.registry, mayAct: () => this.#lease.valid() },
      storage: options.itemStorage,
      writer,
      reclaim: (mapRunId) => this.#reclaim(mapRunId),
    });
    this.#suspects = new Suspects(context, {
      quarantine: options.quarantine ?? null,
      fail: async (run, message) => {
        const { workerId } = this.#lease;
        if (run.mapRun) this.#mapRuns.fail(run, message);
        else await this.#keeper.fail(run, message, () => this.#isStill(workerId));
      },
    });
    const { clock, logger, settings } = context;
    this.#watch = new LoopWatch({
      clock,
      logger,
      leaseMs: settings.leaseMs,
      lookEveryMs: settings.loopWatchMs,
      onLate: () => this.#keeper.shed(LATE_EXECUTIONS),
    });
    this.#claims = new Batcher({
      write: (ids) => this.#claimBatch(ids),
      size: () => 1,
      maxItems: CLAIM_BATCH,
      maxBytes: CLAIM_BATCH,
    });
  }

  async start(): Promise<void> {
    // Before the first claim: a task that was scheduled without them would go past its limits.
    await this.#context.limiters.start();
    await this.#lease.start();
    this.#showFigures();
    this.#watch.start();
    this.#fallback = this.#watchQueue();
    if (this.#only !== null) void this.#claimAll([...this.#only]);
    this.#context.logger.info({ workerId: this.#lease.workerId }, 'worker started');
  }

  async whenIdle(): Promise<void> {
    // Twice: between a refused commit and the claim anew the memory is empty for a moment.
    for (let idle = 0; idle < 2; idle = this.#resident() === 0 ? idle + 1 : 0) {
      await this.#context.clock.sleep(IDLE_LOOK_MS);
    }
  }

  async drain(timeoutMs: number): Promise<void> {
    const { clock, logger } = this.#context;
    this.#draining = true;
    this.#stopped.abort();
    await this.#closeSubscription();
    this.#keeper.startDraining();
    this.#mapRuns.startDraining();
    this.#suspects.stop();
    const until = clock.now() + timeoutMs;
    while (this.#resident() > 0 && clock.now() < until) await clock.sleep(20);
    logger.info({ workerId: this.#lease.workerId, handedOver: this.#resident() }, 'worker drained');
    this.#keeper.clear();
    this.#express.clear();
    this.#mapRuns.clear();
    await this.#fallback;
    await this.#watch.stop();
    await this.#lease.stop();
    await this.#context.limiters.stop();
  }

  #showFigures(): void {
    const { metrics } = this.#context;
    metrics.gauge('residentExecutions', () => this.#keeper.size);
    metrics.gauge('callsInFlight', () => this.#calls.size);
    metrics.gauge('leaseValid', () => Number(this.#lease.valid()));
  }

  status(): WorkerStatus {
    return {
      workerId: this.#lease.workerId,
      leaseValid: this.#lease.valid(),
      residentExecutions: this.#keeper.size + this.#express.size + this.#mapRuns.size,
      warmExecutions: this.#keeper.warm,
      calls: this.#calls.size,
      latenessMs: this.#watch.latenessMs,
      late: this.#watch.isLate,
    };
  }

  async #consume(workerId: string): Promise<void> {
    void this.#absolve();
    await this.#closeSubscription();
    this.#subscription = await this.#context.hints.consume({
      workerId,
      capacity: () => this.#capacity(),
      onHints: (ids) => {
        this.#context.metrics.count('queueHints', ids.length);
        return this.#claimAll(ids);
      },
      onOwnHints: (ids) => this.#look(ids),
    });
  }

  #capacity(): number {
    if (this.#draining || this.#only !== null) return 0;
    const busy = this.#keeper.busy + this.#express.size + this.#mapRuns.size + this.#claiming.size;
    const { maxResidentExecutions } = this.#context.settings;
    const most = this.#watch.isLate ? Math.min(LATE_EXECUTIONS, maxResidentExecutions) : maxResidentExecutions;
    return Math.max(0, most - busy);
  }

  #resident(): number {
    return this.#keeper.size + this.#express.size + this.#mapRuns.size + this.#claiming.size;
  }

  async #closeSubscription(): Promise<void> {
    const subscription = this.#subscription;
    this.#subscription = null;
    await subscription?.close();
  }

  async #dropAll(): Promise<void> {
    // A process that stood still may have done so because of what it ran.
    if (!this.#watch.stoodStill) {
      const open = this.#keeper.all().filter((run) => !run.hasCommitted);
      this.#lost.push(...open.map(({ executionId, epoch }) => ({ executionId, epoch })));
    }
    this.#keeper.clear();
    this.#express.clear();
    this.#mapRuns.clear();
    this.#toReread.clear();
    await this.#closeSubscription();
  }

  /** The store, or the way to it, was away for longer than the lease: that is no execution's fault. */
  async #absolve(): Promise<void> {
    const lost = this.#lost.splice(0);
    try {
      if (lost.length > 0) await this.#context.store.absolve(lost);
    } catch (error) {
      this.#context.logger.warn({ err: error, runs: lost.length }, 'lost leases count as crashes of their executions');
    }
  }

  /** Something may have arrived for runs this worker owns. */
  #look(executionIds: readonly string[]): void {
    const missing: string[] = [];
    for (const executionId of executionIds) {
      const run = this.#keeper.get(executionId);
      if (this.#mapRuns.has(executionId)) this.#mapRuns.look(executionId);
      else if (run === undefined) missing.push(executionId);
      else if (run.committing) run.lookAgain = true;
      else this.#reread(run);
    }
    if (missing.length > 0) void this.#claimAll(missing);
  }

  async #claimAll(executionIds: readonly string[]): Promise<void> {
    await Promise.all(executionIds.map((executionId) => this.#claim(executionId, false)));
  }

  /** In a turn of its own: the claim that led here must be over before the next one of the same run begins. */
  #reclaim(executionId: string): void {
    setImmediate(() => void this.#claim(executionId, true));
  }

  /** `persist`: the run was this worker's; a store that is away is asked again. */
  async #claim(executionId: string, persist: boolean): Promise<void> {
    if (this.#only !== null && !this.#only.has(executionId)) return;
    if (this.#claiming.has(executionId) || this.#keeper.get(executionId) !== undefined) return;
    if (this.#express.has(executionId) || this.#mapRuns.has(executionId)) return;
    if (this.#draining && !persist) return;
    this.#claiming.add(executionId);
    const { workerId } = this.#lease;
    try {
      const claimed = await this.#claimUntilKnown(executionId, persist);
      if (claimed.kind === 'none') this.#calls.endAll(executionId);
      else if (claimed.kind === 'warm') this.#keeper.admitWarm(claimed.run);
      else if (this.#only === null && this.#suspects.includes(claimed.run)) await this.#suspects.handle(claimed.run);
      else if (claimed.run.express) this.#express.admit(claimed.run);
      else if (claimed.run.mapRun) await this.#mapRuns.admit(claimed.run, () => this.#isStill(workerId));
      else await this.#keeper.admit(claimed.run, () => this.#isStill(workerId));
    } catch (error) {
      this.#calls.endAll(executionId);
      this.#context.logger.warn(
        { err: error, executionId },
        'a run could not be claimed; the scheduler will hint again',
      );
    } finally {
      this.#claiming.delete(executionId);
    }
  }

  async #claimUntilKnown(executionId: string, persist: boolean): Promise<Claim> {
    const { clock, settings, logger } = this.#context;
    const { workerId } = this.#lease;
    // Whoever is there hears of the run again by then.
    const hintedAt = clock.now() + settings.graceMs;
    for (;;) {
      if (!this.#lease.valid()) return NOTHING;
      try {
        const claimed = await this.#claims.submit(executionId);
        // Claimed under an identity that has been lost since: the run goes back with the rest of that identity's.
        return this.#isStill(workerId) ? claimed : NOTHING;
      } catch (error) {
        // An unknown outcome may have made this worker the owner: it is claimed again, as is what was ours before. Where
        // nothing happened the hint is spent all the same: the store may have been away for a moment only.
        const isOver = this.#draining || clock.now() + RETRY_CLAIM_MS >= hintedAt;
        if (error instanceof StoreUnavailableError && !persist && isOver) throw error;
        logger.warn({ err: error, executionId }, 'a claim failed; trying again');
        await clock.sleep(RETRY_CLAIM_MS);
      }
    }
  }

  /** Whether the worker holds the lease under the identity that it had. */
  #isStill(workerId: string): boolean {
    return this.#lease.valid() && this.#lease.workerId === workerId;
  }

  async #claimBatch(executionIds: readonly string[]): Promise<Claim[]> {
    if (!this.#lease.valid()) return executionIds.map(() => NOTHING);
    const { workerId } = this.#lease;
    const claims = new Map<string, Claim>();
    const sent = performance.now();
    for (const run of await this.#claimWarm(workerId, executionIds)) claims.set(run.executionId, { kind: 'warm', run });
    const cold = executionIds.filter((executionId) => !claims.has(executionId));
    if (cold.length > 0) {
      const formats = KNOWN_FORMATS;
      for (const run of await this.#context.store.claim({ workerId, executionIds: cold, formats })) {
        claims.set(run.execution.executionId, { kind: 'cold', run });
      }
    }
    this.#context.metrics.observe('claimMs', performance.now() - sent);
    this.#context.metrics.count('claims', claims.size);
    return executionIds.map((executionId) => claims.get(executionId) ?? NOTHING);
  }

  /** Those whose committed state is in memory, if that is still so. */
  async #claimWarm(workerId: string, executionIds: readonly string[]): Promise<WarmRun[]> {
    const runs = executionIds.flatMap((executionId) => {
      const epoch = this.#keeper.warmEpoch(executionId);
      return epoch === null ? [] : [{ executionId, epoch }];
    });
    return runs.length === 0 ? [] : this.#context.store.claimWarm({ workerId, runs });
  }

  #reread(run: ResidentRun): void {
    this.#toReread.add(run);
    if (!this.#rereading) void this.#rereadAll();
  }

  async #rereadAll(): Promise<void> {
    this.#rereading = true;
    await Promise.resolve();
    while (this.#toReread.size > 0) {
      const runs = [...this.#toReread];
      this.#toReread.clear();
      try {
        await this.#rereadBatch(runs);
      } catch (error) {
        this.#context.logger.warn({ err: error, runs: runs.length }, 'arrivals could not be read; trying again');
        await this.#context.clock.sleep(RETRY_CLAIM_MS);
        for (const run of runs) if (!run.dropped) this.#toReread.add(run);
      }
    }
    this.#rereading = false;
  }

  async #rereadBatch(runs: readonly ResidentRun[]): Promise<void> {
    const wanted = runs.filter((run) => !run.dropped);
    if (wanted.length === 0) return;
    const found = await this.#context.store.reread(
      wanted.map((run) => ({ executionId: run.executionId, epoch: run.epoch, consumed: run.consumed })),
    );
    const byId = new Map(found.map((entry) => [entry.executionId, entry]));
    for (const run of wanted) {
      if (run.dropped) continue;
      const entry = byId.get(run.executionId);
      if (entry === undefined) {
        // Another epoch: somebody else owns it, or it was stopped by force.
        this.#keeper.abandon(run.executionId);
        continue;
      }
      run.arrive(entry.inbox, entry.tokens);
      this.#keeper.advance(run);
    }
  }

  /** Without a healthy queue no hint arrives: due runs are then claimed straight from the store. */
  async #watchQueue(): Promise<void> {
    const { hints, clock, logger } = this.#context;
    while (!this.#stopped.signal.aborted) {
      await clock.sleep(FALLBACK_EVERY_MS, this.#stopped.signal);
      if (this.#stopped.signal.aborted) return;
      try {
        while (!(await hints.health()).healthy && (await this.#claimDue())) {
          if (this.#stopped.signal.aborted) return;
        }
      } catch (error) {
        logger.warn({ err: error }, 'due runs could not be looked up');
      }
    }
  }

  /** Answers whether there may be more that this worker has room for. */
  async #claimDue(): Promise<boolean> {
    const room = Math.min(this.#capacity(), CLAIM_BATCH);
    if (room === 0) return false;
    const due = await this.#context.store.listDue(room);
    await this.#claimAll(due);
    // Where the claims took nothing away, others are at it, or something is wrong: no hurry.
    return due.length === room && due.some((executionId) => this.#keeper.get(executionId) !== undefined);
  }
}
