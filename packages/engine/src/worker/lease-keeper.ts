import type { EngineContext } from '../context.ts';

export interface LeaseEvents {
  /** Executions this worker keeps in memory. */
  held(): readonly string[];
  /** Runs it owns where something arrived unseen. */
  onUnseen(executionIds: readonly string[]): void;
  /** Runs it owns and does not hold: to be claimed. */
  onNotHeld(executionIds: readonly string[]): void;
  /** The lease is over: drop everything. Afterwards a new identity is registered and `onRegistered` is told. */
  onLost(): Promise<void>;
  onRegistered(workerId: string): Promise<void>;
}

/** Kept back from the lease, for the time between looking at the clock and the effect that the look allows. */
const MARGIN = 0.15;
/** After a failure it is tried again sooner than it would be renewed: work waits for it. */
const RETRY_MS = 250;

/**
 * One row stands for all the executions of a worker. The lease is checked on the worker's own clock before every claim,
 * commit and effect; an id that lost its lease is never used again.
 */
export class LeaseKeeper {
  readonly #context: EngineContext;
  readonly #events: LeaseEvents;
  readonly #host: string;
  readonly #stop = new AbortController();
  #workerId = '';
  #validUntil = 0;
  /** Whether the loss of this identity has been told and everything dropped. */
  #dropped = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(context: EngineContext, host: string, events: LeaseEvents) {
    this.#context = context;
    this.#events = events;
    this.#host = host;
  }

  get workerId(): string {
    return this.#workerId;
  }

  /** Whether claims, commits and effects are allowed now. */
  valid(): boolean {
    return this.#context.clock.now() < this.#validUntil;
  }

  async start(): Promise<void> {
    await this.#register();
    this.#loop = this.#run();
  }

  /** Ends renewing, and gives back what the worker still owns. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    this.#validUntil = 0;
    await this.#context.store.unregisterWorker(this.#workerId);
  }

  async #register(): Promise<void> {
    const { store, clock, settings, ids } = this.#context;
    const workerId = ids.uuid();
    const sent = clock.now();
    await store.registerWorker({ workerId, host: this.#host, leaseMs: settings.leaseMs });
    this.#workerId = workerId;
    this.#dropped = false;
    this.#extend(sent);
    await this.#events.onRegistered(workerId);
  }

  #extend(sent: number): void {
    // Counted from before the request was sent: the store's own deadline is later, never earlier.
    this.#validUntil = sent + this.#context.settings.leaseMs * (1 - MARGIN);
  }

  async #run(): Promise<void> {
    const { clock, settings, logger } = this.#context;
    const renewEveryMs = settings.leaseMs / 3;
    let pauseMs = renewEveryMs;
    while (!this.#stop.signal.aborted) {
      await clock.sleep(pauseMs, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      try {
        pauseMs = renewEveryMs;
        await this.#renew();
      } catch (error) {
        pauseMs = Math.min(renewEveryMs, RETRY_MS);
        logger.warn({ err: error, workerId: this.#workerId }, 'the lease could not be renewed; trying again');
      }
    }
  }

  async #renew(): Promise<void> {
    const { store, clock, settings, logger } = this.#context;
    if (this.valid()) {
      const sent = clock.now();
      const held = this.#events.held();
      const answer = await store.renewLease({ workerId: this.#workerId, leaseMs: settings.leaseMs, held });
      // An answer that comes after the lease had ended here comes too late: what was refused meanwhile (calls that were
      // not made, claims that were not taken) would be forgotten if it were simply held again.
      if (answer.alive && this.valid()) {
        this.#extend(sent);
        if (answer.unseen.length > 0) this.#events.onUnseen(answer.unseen);
        if (answer.notHeld.length > 0) this.#events.onNotHeld(answer.notHeld);
        return;
      }
    }
    this.#validUntil = 0;
    if (!this.#dropped) {
      logger.warn({ workerId: this.#workerId }, 'the lease is over; everything is dropped and claimed anew');
      await this.#events.onLost();
      this.#dropped = true;
    }
    await this.#register();
  }
}
