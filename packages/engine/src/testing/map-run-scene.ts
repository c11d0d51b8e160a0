import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, World } from '@everstep/testkit';
import {
  type MapRunProgress,
  type Store,
  type TaskOutcome,
  type TaskRequest,
  loadProgress,
  silentLogger,
} from '../index.ts';
import { mapRunOf, startOver } from './distributed-maps.ts';

/** What the function `work` does. */
export type Work = (request: TaskRequest) => Promise<TaskOutcome>;

/** A store in memory under a virtual clock, and the process that works on it: one after another, where they die. */
export class MapRunScene {
  readonly clock = new VirtualClock();
  /** Its verbs may be replaced, before or while a process uses it. */
  readonly store: Store = createMemoryStore({ now: () => this.clock.now() });
  #world: World | null = null;

  /** A process that neither works nor schedules by itself. */
  open(work?: Work): World {
    const hints = createLocalQueue({ logger: silentLogger });
    const tasks = work === undefined ? {} : { work };
    this.#world = new World({ store: this.store, hints, clock: this.clock, tasks });
    return this.#world;
  }

  /** A process that works and schedules. */
  async startProcess(work?: Work): Promise<World> {
    const world = this.open(work);
    await world.startWorker();
    await world.startScheduler();
    return world;
  }

  /** After each test, too. */
  async stopProcess(): Promise<void> {
    const stopping = this.#world?.stop();
    this.#world = null;
    await this.clock.advance(20_000);
    await stopping;
  }

  /** Starts an execution of a machine of its own; answers its ARN. */
  async start(definition: object, input: unknown): Promise<string> {
    if (this.#world === null) throw new Error('no process is open');
    return startOver(this.#world.context, await this.#world.createMachine(definition), input);
  }

  /** How far the latest Map Run of an execution is. */
  async progressOf(executionArn: string): Promise<MapRunProgress> {
    return loadProgress((await mapRunOf(this, executionArn)).progress);
  }
}
