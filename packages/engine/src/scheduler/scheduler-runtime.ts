import { finishDeletions } from '../catalog/finish-deletions.ts';
import { ApprovalDuty, type ApprovalDutyOptions } from '../approvals/approval-duties.ts';
import type { EngineContext } from '../context.ts';
import type { Subscription } from '../ports/hint-queue.ts';
import { deleteExpiredExecutions, deleteOldAudit, givePermits, releaseLapsedRuns, wakeDueRuns } from './duties.ts';

export interface SchedulerRuntime {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A duty that runs every so often. */
export interface PeriodicDuty {
  readonly name: string;
  readonly everyMs: number;
  readonly run: (context: EngineContext) => Promise<unknown>;
}

export interface SchedulerOptions {
  /** Duties beside the runtime's own. */
  readonly duties?: readonly PeriodicDuty[];
  /** How people are told of approvals; null: this scheduler sees to none, as where there are none. */
  readonly approvals?: ApprovalDutyOptions | null;
}

/** However quiet it is, a scheduler looks this often: an announcement may have been lost. In milliseconds. */
const LOOK_EVERY_MS = 1_000;
const DELETIONS_EVERY_MS = 1_000;
const DELETIONS_AT_ONCE = 100;
const LIMITERS_EVERY_MS = 1_000;
const APPROVALS_EVERY_MS = 1_000;
/** Those whose task is gone are shown to nobody as open: closing them is not urgent. */
const FORSAKEN_EVERY_MS = 10_000;
const RETENTION_EVERY_MS = 60_000;
const RETRY_MS = 500;
/** How soon a scheduler looks again that left due runs where they were, because the queue was full. */
const FULL_QUEUE_MS = 100;

export function createSchedulerRuntime(context: EngineContext, options: SchedulerOptions = {}): SchedulerRuntime {
  return new Scheduler(context, options);
}

class Scheduler implements SchedulerRuntime {
  readonly #context: EngineContext;
  readonly #duties: readonly PeriodicDuty[];
  readonly #stop = new AbortController();
  #loops: Promise<void>[] = [];
  #subscription: Subscription | null = null;
  /** The earliest wake_at announced since the last look. */
  #announced = Number.POSITIVE_INFINITY;
  #sleeping: AbortController | null = null;
  #sleepsUntil = 0;

  constructor(context: EngineContext, options: SchedulerOptions) {
    this.#context = context;
    const { leaseMs } = context.settings;
    this.#duties = [
      { name: 'lapsed', everyMs: leaseMs / 3, run: releaseLapsedRuns },
      { name: 'deletions', everyMs: DELETIONS_EVERY_MS, run: (context) => finishDeletions(context, DELETIONS_AT_ONCE) },
      { name: 'limiters', everyMs: LIMITERS_EVERY_MS, run: givePermits },
      ...(options.approvals === null ? [] : approvalDuties(new ApprovalDuty(options.approvals))),
      { name: 'retention', everyMs: RETENTION_EVERY_MS, run: deleteExpiredExecutions },
      { name: 'audit', everyMs: RETENTION_EVERY_MS, run: deleteOldAudit },
      ...(options.duties ?? []),
    ];
  }

  async start(): Promise<void> {
    this.#subscription = await this.#context.hints.listen('wake', (payload) => this.#hear(Number(payload)));
    this.#loops = [this.#dueLoop(), ...this.#duties.map((duty) => this.#dutyLoop(duty))];
    this.#context.logger.info({}, 'scheduler started');
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
    await this.#subscription?.close();
  }

  #hear(wakeAt: number): void {
    if (!Number.isFinite(wakeAt)) return;
    this.#announced = Math.min(this.#announced, wakeAt);
    if (wakeAt < this.#sleepsUntil) this.#sleeping?.abort();
  }

  /** Sleeps until the earliest wake_at it knows, so that a Wait ends within milliseconds of its time. */
  async #dueLoop(): Promise<void> {
    const { store, clock, logger, metrics } = this.#context;
    let expected = Number.POSITIVE_INFINITY;
    while (!this.#stop.signal.aborted) {
      try {
        this.#announced = Number.POSITIVE_INFINITY;
        const looked = await wakeDueRuns(this.#context);
        if (looked === null || looked.more) {
          await clock.sleep(looked === null ? RETRY_MS : FULL_QUEUE_MS, this.#stop.signal);
          continue;
        }
        // Whoever shares the work may have taken what this one slept for.
        if (looked.woken > 0 && Number.isFinite(expected)) {
          metrics.observe('wakeLatenessMs', clock.now() - expected);
        }
        const next = (await store.nextWakeAt()) ?? Number.POSITIVE_INFINITY;
        expected = Math.min(next, this.#announced);
        await this.#sleepUntil(Math.min(expected, clock.now() + LOOK_EVERY_MS));
        if (expected > clock.now()) expected = Number.POSITIVE_INFINITY;
      } catch (error) {
        logger.warn({ err: error }, 'due executions could not be looked up; trying again');
        await clock.sleep(RETRY_MS, this.#stop.signal);
      }
    }
  }

  async #sleepUntil(at: number): Promise<void> {
    const { clock } = this.#context;
    const left = at - clock.now();
    // This clock may be a moment ahead of the store's: look again shortly, not at once.
    const pause = Math.max(left, 1);
    this.#sleeping = new AbortController();
    this.#sleepsUntil = at;
    await clock.sleep(pause, AbortSignal.any([this.#stop.signal, this.#sleeping.signal]));
    this.#sleeping = null;
    this.#sleepsUntil = 0;
  }

  async #dutyLoop(duty: PeriodicDuty): Promise<void> {
    const { clock, logger, metrics } = this.#context;
    while (!this.#stop.signal.aborted) {
      try {
        await duty.run(this.#context);
      } catch (error) {
        metrics.count('dutyFailures');
        logger.warn({ err: error, duty: duty.name }, 'a duty failed; it runs again');
      }
      await clock.sleep(duty.everyMs, this.#stop.signal);
    }
  }
}

function approvalDuties(approvals: ApprovalDuty): PeriodicDuty[] {
  return [
    { name: 'approvals', everyMs: APPROVALS_EVERY_MS, run: (context) => approvals.run(context) },
    { name: 'forsaken-approvals', everyMs: FORSAKEN_EVERY_MS, run: (context) => approvals.closeForsaken(context) },
  ];
}
