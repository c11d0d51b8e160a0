import type { HintConsumer, HintQueue, QueueHealth, Subscription, Topic } from '@everstep/engine';
import type { SimulatedProcess } from './simulated-process.ts';
import { type Stage, forever, latencyMs } from './stage.ts';

interface Place {
  readonly process: SimulatedProcess;
  readonly consumer: HintConsumer;
  open: boolean;
}

interface Listening {
  readonly process: SimulatedProcess;
  readonly topic: Topic;
  readonly listener: (payload: string) => void;
  open: boolean;
}

/** How long a consumer takes to find out that the queue is away. */
const NOTICED_AFTER_MS = 400;
/** How long it takes to give up waiting for a subscription. */
const SUBSCRIBE_TIMEOUT_MS = 2_000;
const NO_ROOM_RETRY_MS = 40;
const MOST_RETRIES = 100;

/** The queue that all processes share. Hints get lost, doubled, late and out of order; at times the queue is away. */
export class NetworkQueue {
  readonly #stage: Stage;
  #places: Place[] = [];
  #listening: Listening[] = [];
  readonly #waiting = new Set<string>();
  #awaySince: number | null = null;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  get away(): boolean {
    return this.#awaySince !== null;
  }

  /** From now on, or no longer, nothing passes; what was in it is gone. */
  setAway(away: boolean): void {
    this.#awaySince = away ? this.#stage.timeline.now : null;
  }

  /** The queue as one process sees it. */
  of(process: SimulatedProcess): HintQueue {
    const isHere = (): boolean => process.state !== 'dead';
    return {
      send: (executionIds) => {
        if (isHere()) for (const executionId of executionIds) this.#send(executionId);
      },
      sendToWorker: (workerId, executionIds) => {
        if (isHere()) this.#sendToWorker(workerId, executionIds);
      },
      announce: (topic, payload) => {
        if (isHere()) this.#announce(topic, payload);
      },
      consume: (consumer) => this.#consume(process, consumer),
      listen: (topic, listener) => this.#listen(process, topic, listener),
      health: () => this.#soon(process, latencyMs(this.#stage), () => this.#health()),
      close: async () => undefined,
    };
  }

  #send(executionId: string): void {
    // A hint that waits stands for all of its execution.
    if (this.#waiting.has(executionId)) return;
    this.#waiting.add(executionId);
    this.#carry(
      () => this.#deliver(executionId, 0),
      () => this.#waiting.delete(executionId),
    );
  }

  #deliver(executionId: string, tries: number): void {
    const { chance, timeline } = this.#stage;
    this.#places = this.#places.filter((place) => place.open && place.process.state !== 'dead');
    const free = this.#places.filter((place) => place.process.state === 'up' && place.consumer.capacity() > 0);
    const [first, ...others] = free;
    if (first === undefined) {
      if (tries < MOST_RETRIES && !this.away) {
        timeline.after(NO_ROOM_RETRY_MS, () => this.#deliver(executionId, tries + 1));
      } else this.#waiting.delete(executionId);
      return;
    }
    this.#waiting.delete(executionId);
    const place = chance.pick([first, ...others]);
    place.process.enter(() => {
      if (!place.open) return;
      place.consumer.onHints([executionId]).catch((error: unknown) => {
        this.#stage.violate('engine', `onHints was rejected: ${String(error)}`);
      });
    });
  }

  #sendToWorker(workerId: string, executionIds: readonly string[]): void {
    this.#carry(() => {
      const place = this.#places.find(({ consumer, open }) => open && consumer.workerId === workerId);
      place?.process.enter(() => {
        if (place.open) place.consumer.onOwnHints(executionIds);
      });
    });
  }

  #announce(topic: Topic, payload: string): void {
    for (const entry of this.#listening) {
      if (entry.topic !== topic) continue;
      this.#carry(() =>
        entry.process.enter(() => {
          if (entry.open) entry.listener(payload);
        }),
      );
    }
  }

  /** One message on its way, with everything that may happen to it. */
  #carry(arrive: () => void, lose: () => void = () => undefined): void {
    const { chance, profile, faults, timeline } = this.#stage;
    if (this.away || (faults.on && chance.happens(profile.drop))) return lose();
    const copies = faults.on && chance.happens(profile.double) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const late = faults.on && chance.happens(profile.late);
      timeline.after(late ? chance.integer(10, 3_000) : latencyMs(this.#stage), () => (this.away ? lose() : arrive()));
    }
  }

  #consume(process: SimulatedProcess, consumer: HintConsumer): Promise<Subscription> {
    return this.#subscribe(process, () => {
      const place: Place = { process, consumer, open: true };
      this.#places.push(place);
      return () => {
        place.open = false;
      };
    });
  }

  #listen(process: SimulatedProcess, topic: Topic, listener: (payload: string) => void): Promise<Subscription> {
    return this.#subscribe(process, () => {
      this.#listening = this.#listening.filter((entry) => entry.open && entry.process.state !== 'dead');
      const entry: Listening = { process, topic, listener, open: true };
      this.#listening.push(entry);
      return () => {
        entry.open = false;
      };
    });
  }

  #subscribe(process: SimulatedProcess, open: () => () => void): Promise<Subscription> {
    const delay = this.away ? SUBSCRIBE_TIMEOUT_MS : latencyMs(this.#stage);
    return this.#soon(process, delay, () => {
      const end = open();
      return { close: () => this.#soon(process, latencyMs(this.#stage), end) };
    });
  }

  #health(): QueueHealth {
    const noticed = this.#awaySince !== null && this.#stage.timeline.now - this.#awaySince > NOTICED_AFTER_MS;
    return noticed ? { healthy: false, reason: 'the queue is away' } : { healthy: true, depth: this.#waiting.size };
  }

  #soon<Value>(process: SimulatedProcess, delay: number, make: () => Value): Promise<Value> {
    if (process.state === 'dead') return forever();
    return new Promise((resolve) => {
      this.#stage.timeline.after(delay, () => process.enter(() => resolve(make())));
    });
  }
}
