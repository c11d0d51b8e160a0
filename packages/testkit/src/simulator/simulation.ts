import { DEFAULT_SETTINGS } from '@everstep/engine';
import { activityArn, stateMachineArn } from '@everstep/protocol';
import { createMemoryState, storeOver } from '@everstep/store-memory';
import { Approvers } from './approvers.ts';
import { Chance } from './chance.ts';
import { checkExecutions, checkResult, orphanRows } from './final-checks.ts';
import { Installation } from './installation.ts';
import { Ledger } from './ledger.ts';
import { NetworkQueue } from './network-queue.ts';
import { ParsedMachines } from './parsed-machines.ts';
import { People } from './people.ts';
import type { PlantedBug } from './planted-bug.ts';
import { type Profile, profileOf } from './profile.ts';
import { MACHINE_INPUT, randomMachine } from './random-machine.ts';
import { foretell } from './reference.ts';
import { isApproval, readDoing } from './functions.ts';
import { Served } from './served.ts';
import type { Checker, Faults, Stage } from './stage.ts';
import { Timeline } from './timeline.ts';
import { Trace } from './trace.ts';
import { Traffic } from './traffic.ts';

export interface SimulationOptions {
  readonly seed: string;
  /** Whether to write down what happens; the result's `lines` and `hash` need it. */
  readonly trace?: boolean;
  readonly bug?: PlantedBug;
  /** Instead of what the seed says about the world. */
  readonly profile?: Partial<Profile>;
  /** Instead of random machines. */
  readonly definitions?: readonly object[];
}

export interface Violation {
  readonly checker: Checker;
  readonly message: string;
}

export interface SimulationResult {
  readonly seed: string;
  /** The first invariant that was broken, or null. */
  readonly violation: Violation | null;
  readonly profile: Profile;
  readonly lines: readonly string[];
  readonly hash: number;
  readonly executions: number;
  readonly events: number;
  /** Moments of the timeline. */
  readonly entries: number;
}

const START = Date.UTC(2026, 0, 1);
/** After the faults have ended, something is committed within this much virtual time for as long as anything is open. */
const REST_MS = 300_000;
const LOOK_EVERY_MS = 500;
const ACTIVITIES = 2;
const EXPRESS = 'express';
/** A world that is still busy after so many moments runs in a circle. */
const MOST_ENTRIES = 600_000;

/** Runs one world from its seed to its rest, or to the first violation. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  return new Simulation(options).run();
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #profile: Profile;
  readonly #timeline = new Timeline(START);
  readonly #stage: Stage;
  readonly #state;
  readonly #ledger: Ledger;
  readonly #people: People;
  readonly #approvers: Approvers;
  readonly #installation: Installation;
  readonly #queue: NetworkQueue;
  readonly #traffic: Traffic;
  readonly #machines = new ParsedMachines();
  readonly #definitions = new Map<string, string>();
  readonly #foretold = new Set<string>();
  readonly #activityArns: [string, ...string[]];
  #violation: Violation | null = null;
  #left = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    const { seed, bug = {} } = options;
    this.#profile = { ...profileOf(seed), ...options.profile };
    const secret = new Chance(`${seed}/secret`);
    this.#state = createMemoryState({
      now: () => Math.floor(this.#timeline.now),
      random: (count) => Buffer.from(secret.hex(count * 2), 'hex'),
    });
    const faults: Faults = { on: true, storeAway: false, crash: () => undefined, freeze: () => undefined };
    const stage: Stage = {
      chance: new Chance(seed),
      timeline: this.#timeline,
      profile: this.#profile,
      trace: new Trace(this.#timeline, options.trace === true),
      faults,
      violate: (checker, message) => this.#violate(checker, message),
    };
    this.#stage = stage;
    this.#ledger = new Ledger(stage, this.#state, this.#machines, DEFAULT_SETTINGS.region);
    this.#queue = new NetworkQueue(stage);
    this.#traffic = new Traffic(stage, this.#state, this.#ledger);
    const plain = storeOver(this.#state);
    const store = { ...plain, ...bug.store?.(plain, { state: this.#state, stage }) };
    this.#people = new People({
      stage,
      state: this.#state,
      findApi: () => this.#installation.findApi(),
      exists: (arn) => this.#state.idsByArn.has(arn) || this.#ledger.express.knows(arn),
      goesOn: () => this.#violation === null && this.#left >= 0,
    });
    this.#approvers = new Approvers(stage, this.#people, this.#ledger.approvals);
    this.#installation = new Installation({
      stage,
      seed,
      store,
      state: this.#state,
      ledger: this.#ledger,
      traffic: this.#traffic,
      queue: this.#queue,
      bug,
      onToken: (token, doing) => this.#people.hear(token, doing),
      onApproval: (key) => this.#approvers.hear(key),
    });
    faults.crash = (process, why) => this.#installation.crash(process, why);
    faults.freeze = (process, why) => this.#installation.freeze(process, why);
    const name = (index: number) => activityArn(DEFAULT_SETTINGS, `activity-${index}`);
    this.#activityArns = [name(0), ...Array.from({ length: ACTIVITIES - 1 }, (_, index) => name(index + 1))];
  }

  async run(): Promise<SimulationResult> {
    await this.#furnish();
    this.#installation.start();
    this.#planFaults();
    this.#patrol();
    const executionArns = this.#planWork();
    const { faultsMs } = this.#profile;
    await this.#timeline.run(START + faultsMs, () => this.#isOver());
    this.#stage.faults.on = false;
    this.#stage.faults.storeAway = false;
    this.#queue.setAway(false);
    await this.#traffic.resumeAll();
    this.#installation.thawAll();
    this.#stage.trace.note('world', 'the faults are over');
    this.#watch();
    await this.#goOn(START + faultsMs);
    if (this.#violation === null) this.#checkAtRest(executionArns);
    this.#left = -1;
    this.#installation.end();
    return this.#result();
  }

  /** Machines and activities are there from the beginning. */
  async #furnish(): Promise<void> {
    const store = storeOver(this.#state);
    for (const arn of this.#activityArns) {
      await store.createActivity({
        activityArn: arn,
        name: arn.split(':').at(-1) ?? '',
        createdAt: START,
        encryption: null,
      });
    }
    const chance = new Chance(`${this.#options.seed}/machines`);
    const maps = new Chance(`${this.#options.seed}/maps`);
    const asking = new Chance(`${this.#options.seed}/approvals`);
    const poison = new Chance(`${this.#options.seed}/poison`);
    const jobs = new Chance(`${this.#options.seed}/jobs`);
    const { definitions = [] } = this.#options;
    const foretold = chance.happens(0.35) && definitions.length === 0;
    let children: string[] = [];
    for (let index = 0; index < this.#profile.machines; index++) {
      const name = `machine-${index}`;
      const arn = stateMachineArn(DEFAULT_SETTINGS, name);
      const random = randomMachine(chance, {
        ...{ foretold, children, activityArns: this.#activityArns },
        jobs: foretold ? null : { chance: jobs, share: this.#profile.jobs },
        approvals: foretold ? null : { chance: asking, share: this.#profile.approvals },
        poison: foretold || this.#profile.quarantine === 0 ? null : { chance: poison, share: this.#profile.poison },
        maps: this.#profile.distributed === 0 ? null : { chance: maps, share: this.#profile.distributed },
      });
      const definition = JSON.stringify(definitions[index] ?? random);
      const revision = { revisionId: `revision-${index}`, definition, roleArn: 'arn:aws:iam::123456789012:role/r' };
      await store.createStateMachine({
        stateMachineArn: arn,
        name,
        type: 'STANDARD',
        createdAt: START,
        revision: { ...revision, configuration: '{}' },
      });
      this.#stage.trace.note('world', `${name}: ${definition}`);
      this.#definitions.set(arn, definition);
      if (foretold) this.#foretold.add(arn);
      children = [arn];
    }
    await this.#furnishExpress();
    await this.#traffic.furnish(this.#options.seed);
  }

  /** One Express machine, whose executions are known by what they log. */
  async #furnishExpress(): Promise<void> {
    if (this.#profile.express === 0) return;
    const chance = new Chance(`${this.#options.seed}/express`);
    const foretold = chance.happens(0.5);
    const arn = stateMachineArn(DEFAULT_SETTINGS, EXPRESS);
    const definition = JSON.stringify(
      randomMachine(chance, { foretold, children: [], activityArns: this.#activityArns, maps: null, express: true }),
    );
    const logGroupArn = `arn:aws:logs:${DEFAULT_SETTINGS.region}:${DEFAULT_SETTINGS.accountId}:log-group:${EXPRESS}:*`;
    const loggingConfiguration = {
      ...{ level: 'ALL', includeExecutionData: true },
      destinations: [{ cloudWatchLogsLogGroup: { logGroupArn } }],
    };
    await storeOver(this.#state).createStateMachine({
      ...{ stateMachineArn: arn, name: EXPRESS, type: 'EXPRESS', createdAt: START },
      revision: {
        ...{ revisionId: `revision-${EXPRESS}`, definition, roleArn: 'arn:aws:iam::123456789012:role/r' },
        configuration: JSON.stringify({ loggingConfiguration }),
      },
    });
    this.#stage.trace.note('world', `${EXPRESS}: ${definition}`);
    this.#definitions.set(arn, definition);
    if (foretold) this.#foretold.add(arn);
    for (let index = 0; index < this.#profile.express; index++) {
      this.#left += 1;
      const at = chance.integer(0, Math.min(4_000, this.#profile.faultsMs / 2));
      this.#timeline.after(at, () => {
        void this.#people
          .start(arn, `${EXPRESS}-${index}`, JSON.stringify(MACHINE_INPUT))
          .then(() => (this.#left -= 1));
      });
    }
  }

  #planWork(): Map<string, string> {
    const { chance } = this.#stage;
    const started = new Map<string, string>();
    const arns = [...this.#definitions.keys()].filter((arn) => !arn.endsWith(`:${EXPRESS}`));
    for (let index = 0; index < this.#profile.executions; index++) {
      // The last machine may start the others, so it is started first and most.
      const machineArn = arns[arns.length - 1 - (index % arns.length)] ?? '';
      this.#left += 1;
      const delay = chance.integer(0, Math.min(4_000, this.#profile.faultsMs / 2));
      this.#timeline.after(delay, () => void this.#startOne(machineArn, `run-${index}`, started));
    }
    for (const [index, arn] of this.#activityArns.entries()) {
      void this.#people.poll(arn, `poller-${index}`);
    }
    return started;
  }

  async #startOne(machineArn: string, name: string, started: Map<string, string>): Promise<void> {
    const { chance } = this.#stage;
    const executionArn = await this.#people.start(machineArn, name, JSON.stringify(MACHINE_INPUT));
    if (executionArn !== null) {
      if (chance.happens(this.#profile.stop)) {
        await this.#timeline.sleep(chance.integer(0, 6_000));
        await this.#people.stop(executionArn);
        await this.#redrive(executionArn);
      } else started.set(executionArn, machineArn);
    }
    this.#left -= 1;
  }

  async #redrive(executionArn: string): Promise<void> {
    const { chance } = this.#stage;
    const { redrive } = this.#profile;
    for (let time = 1; redrive > 0 && time <= 3 && chance.happens(redrive); time++) {
      await this.#timeline.sleep(chance.integer(0, 3_000));
      await this.#people.redrive(executionArn, `time-${time}`);
      if (!chance.happens(this.#profile.stop)) continue;
      await this.#timeline.sleep(chance.integer(0, 3_000));
      await this.#people.stop(executionArn);
    }
  }

  #planFaults(): void {
    const { chance, profile, faults } = this.#stage;
    const at = (run: () => void): void => {
      this.#timeline.after(chance.integer(0, profile.faultsMs), () => {
        if (faults.on) run();
      });
    };
    for (let time = 0; time < profile.storeAway; time++) {
      at(() => this.#setStoreAway());
    }
    for (let time = 0; time < profile.queueAway; time++) {
      at(() => {
        this.#queue.setAway(true);
        this.#stage.trace.note('queue', 'AWAY');
        this.#timeline.after(chance.integer(500, 6_000), () => this.#queue.setAway(false));
      });
    }
    for (let time = 0; time < profile.drains; time++) at(() => this.#installation.drainOne());
    for (let time = 0; time < profile.moments; time++) at(() => this.#installation.disturbOne());
    for (let time = 0; time < profile.limiters; time++) at(() => void this.#traffic.pauseOne());
    if (profile.maxSkewMs > 0) at(() => this.#installation.stepClocks());
  }

  #setStoreAway(): void {
    const { chance, faults, trace } = this.#stage;
    faults.storeAway = true;
    trace.note('store', 'AWAY');
    this.#timeline.after(chance.integer(100, 4_000), () => {
      faults.storeAway = false;
      trace.note('store', 'is back');
    });
  }

  /** At any time, faults or none: every row is as it may be. */
  #patrol(): void {
    if (this.#violation !== null || this.#left < 0) return;
    for (const account of this.#ledger.accounts.values()) this.#ledger.checkRow(account);
    this.#ledger.mapRuns.checkRows();
    this.#ledger.express.checkRows();
    this.#traffic.check();
    this.#timeline.after(LOOK_EVERY_MS, () => this.#patrol());
  }

  /** After the faults: whoever lost a token finds it, and somebody looks whether all is served. */
  #watch(): void {
    const served = new Served(this.#stage, this.#ledger, this.#state, this.#installation, this.#traffic);
    const look = (): void => {
      if (this.#violation !== null || this.#left < 0) return;
      served.look();
      this.#findTokens();
      this.#approvers.findOpen();
      this.#timeline.after(LOOK_EVERY_MS, look);
    };
    look();
  }

  #findTokens(): void {
    for (const account of this.#ledger.accounts.values()) {
      if (account.ended) continue;
      for (const { token, taskId, parameters, resource } of account.replay.pending) {
        if (isApproval(resource)) continue;
        const promised = account.tokens.get(taskId);
        if (token === null || promised?.accepted !== null || this.#people.knows(token)) continue;
        const isOut = promised.taken || account.performances.has(taskId);
        if (isOut) this.#people.hear(token, readDoing(parameters));
      }
    }
  }

  /** To the world's rest, or until nothing happens any more: many slow calls, one after the other, may take their time. */
  async #goOn(from: number): Promise<void> {
    let until = from;
    let seen: string;
    do {
      seen = this.#progress();
      until += REST_MS;
      await this.#timeline.run(until, () => this.#isOver() || this.#isAtRest());
    } while (!this.#isOver() && !this.#isAtRest() && this.#progress() !== seen);
  }

  /** Another text whenever an execution has got an event or has ended. */
  #progress(): string {
    const runs = [...this.#state.runs.values()];
    const begun = [...this.#state.mapRuns.values()].map(({ progress }) => progress).join();
    const asked = this.#ledger.approvals.unfinished().length;
    return `${runs.length} open, ${asked} asked, ${this.#state.jobStops.size} to stop, ${this.#ledger.express.lines} logged, ${begun}, ${runs.reduce((events, { execution }) => events + (execution.chunks.at(-1)?.lastEventId ?? 0), 0)} events`;
  }

  #isOver(): boolean {
    if (this.#timeline.made > MOST_ENTRIES) this.#violate('ended', 'the world runs in a circle');
    return this.#violation !== null;
  }

  #isAtRest(): boolean {
    return (
      this.#left === 0 &&
      this.#people.busy === 0 &&
      this.#state.runs.size === 0 &&
      this.#state.jobStops.size === 0 &&
      this.#ledger.approvals.unfinished().length === 0
    );
  }

  #checkAtRest(executionArns: ReadonlyMap<string, string>): void {
    for (const run of this.#state.runs.values()) {
      const account = this.#ledger.accounts.get(run.executionId);
      const { owner, wakeAt, signals, consumed } = run;
      const how = `owner ${owner?.workerId.slice(0, 8) ?? 'none'}, wake_at ${wakeAt}, signals ${signals}, consumed ${consumed}`;
      const waits = account?.replay.pending.map((task) => `${task.taskId} ${task.phase}`).join(', ') ?? '';
      this.#violate('ended', `${account?.label ?? run.executionId} does not end (${how}, tasks ${waits})`);
    }
    if (this.#people.busy > 0) this.#violate('ended', 'somebody outside has no answer');
    for (const orphan of orphanRows(this.#state)) this.#violate('rows', orphan);
    this.#traffic.check();
    checkExecutions(this.#stage, this.#state, this.#ledger);
    this.#ledger.mapRuns.checkAtRest();
    this.#ledger.approvals.checkAtRest();
    this.#ledger.jobs.checkAtRest();
    if (this.#state.jobStops.size > 0) this.#violate('jobs', 'a job that nobody waits for is not stopped');
    const definitions = { texts: this.#definitions, machines: this.#machines };
    const input = JSON.stringify(MACHINE_INPUT);
    this.#ledger.express.checkAtRest((arn) => (this.#foretold.has(arn) ? foretell(definitions, arn, input) : null));
    for (const [executionArn, machineArn] of executionArns) {
      const { deaths, mapRuns } = this.#ledger;
      if (!this.#foretold.has(machineArn) || deaths.givenUp > 0 || mapRuns.anyGivenUp) continue;
      const foretold = foretell(definitions, machineArn, input);
      checkResult(this.#stage, this.#state, executionArn, foretold);
    }
  }

  #violate(checker: Checker, message: string): void {
    if (this.#violation !== null) return;
    this.#violation = { checker, message };
    this.#stage.trace.note('CHECKER', `${checker}: ${message}`);
  }

  #result(): SimulationResult {
    let events = 0;
    for (const { replay } of this.#ledger.accounts.values()) events += replay.events.length;
    const { trace } = this.#stage;
    return {
      seed: this.#options.seed,
      violation: this.#violation,
      profile: this.#profile,
      lines: trace.lines,
      hash: trace.hash,
      executions: this.#ledger.accounts.size,
      events,
      entries: this.#timeline.made,
    };
  }
}
