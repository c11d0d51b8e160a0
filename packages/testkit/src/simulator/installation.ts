import {
  DEFAULT_SETTINGS,
  type ApprovalKey,
  type CompiledRevision,
  type EngineContext,
  type EngineSettings,
  type IdSource,
  type IntegrationRegistry,
  type Logger,
  MachineCache,
  type Quarantine,
  type RevisionRecord,
  type Store,
  type WorkerRuntime,
  type WorkerRuntimeOptions,
  UnusableRevisionError,
  compileRevision,
  createEngineContext,
  createSchedulerRuntime,
  createWorkerRuntime,
} from '@everstep/engine';
import type { MemoryState } from '@everstep/store-memory';
import type { Performance } from './account.ts';
import { Chance } from './chance.ts';
import { noteEffect } from './effects.ts';
import { type Doing, simulatedFunctions } from './functions.ts';
import type { Ledger } from './ledger.ts';
import type { NetworkQueue } from './network-queue.ts';
import { networkStore } from './network-store.ts';
import { observedStore } from './observed-store.ts';
import type { Api } from './people.ts';
import type { PlantedBug } from './planted-bug.ts';
import { SimulatedProcess } from './simulated-process.ts';
import type { Stage } from './stage.ts';
import type { Traffic } from './traffic.ts';
import { FOREIGN } from './unreadable.ts';

export interface InstallationOptions {
  readonly stage: Stage;
  readonly seed: string;
  readonly store: Store;
  readonly state: MemoryState;
  readonly ledger: Ledger;
  readonly traffic: Traffic;
  readonly queue: NetworkQueue;
  readonly bug: PlantedBug;
  readonly onToken: (token: string, doing: Doing) => void;
  readonly onApproval: (key: ApprovalKey) => void;
}

/** `alone`: a worker that runs one suspicious execution, and ends. */
type Kind = 'worker' | 'scheduler' | 'api' | 'alone';

interface Member {
  readonly kind: Kind;
  readonly index: number;
  readonly process: SimulatedProcess;
  readonly context: EngineContext;
  readonly worker: WorkerRuntime | null;
}

const DRAIN_MS = 1_500;
/** A process that stands still does so for seconds; most moments of an idle world would be looks at the time. */
const LOOP_WATCH_MS = 500;
/** Engines keep the offset to the store's clock to about this, in milliseconds. */
const SKEW_STEP_MS = 60;

/** All processes: each is started, and started again some time after it has died, as whoever runs them would do. */
export class Installation {
  readonly #options: InstallationOptions;
  readonly #members = new Map<string, Member>();
  readonly #unknownClaims = new Map<string, number>();
  readonly #ids: IdSource;
  readonly #compiled = new Map<string, CompiledRevision>();
  #started = 0;

  constructor(options: InstallationOptions) {
    this.#options = options;
    this.#ids = seededIds(new Chance(`${options.seed}/ids`));
  }

  start(): void {
    const { profile } = this.#options.stage;
    for (let index = 1; index <= profile.workers; index++) this.#spawn('worker', index);
    for (let index = 1; index <= profile.schedulers; index++) this.#spawn('scheduler', index);
    for (let index = 1; index <= profile.apis; index++) this.#spawn('api', index);
  }

  findApi(): Api | null {
    const [first, ...others] = this.#of('api').filter(({ process }) => process.state !== 'dead');
    return first === undefined ? null : this.#options.stage.chance.pick([first, ...others]);
  }

  /** Whether who performed a task may still come back with its outcome. */
  performs({ processName, workerId }: Performance): boolean {
    return this.isUp(processName) && this.#options.ledger.isAlive(workerId);
  }

  isUp(processName: string): boolean {
    return this.#members.get(processName) !== undefined;
  }

  hasWorkerUp(): boolean {
    return this.#of('worker').some(({ process }) => process.state === 'up');
  }

  crash(process: SimulatedProcess, why: string): void {
    if (process.state === 'dead') return;
    this.#options.stage.trace.note(process.name, `DIES (${why})`);
    process.kill();
  }

  freeze(process: SimulatedProcess, why: string): void {
    const { stage } = this.#options;
    if (process.state !== 'up') return;
    stage.trace.note(process.name, `FREEZES (${why})`);
    process.freeze();
    stage.timeline.after(stage.chance.integer(200, stage.profile.leaseMs * 2), () => {
      if (process.state === 'frozen') stage.trace.note(process.name, 'THAWS');
      process.thaw();
    });
  }

  /** Somebody asks a worker to end: it finishes or hands over, and is started again later. */
  drainOne(): void {
    const { stage } = this.#options;
    const [first, ...others] = this.#of('worker').filter(({ process }) => process.state === 'up');
    if (first === undefined) return;
    const { process, worker } = stage.chance.pick([first, ...others]);
    stage.trace.note(process.name, 'DRAINS');
    worker?.drain(DRAIN_MS).then(
      () => this.crash(process, 'drained'),
      () => this.crash(process, 'could not drain'),
    );
  }

  /** Any process dies, or stands still, wherever it just is. */
  disturbOne(): void {
    const { stage } = this.#options;
    const [first, ...others] = [...this.#members.values()].filter(({ process }) => process.state === 'up');
    if (first === undefined) return;
    const { process } = stage.chance.pick([first, ...others]);
    if (stage.chance.happens(0.5)) this.crash(process, 'at any moment');
    else this.freeze(process, 'at any moment');
  }

  thawAll(): void {
    for (const { process } of this.#members.values()) process.thaw();
  }

  /** The clocks' offsets are measured anew: each steps a little. */
  stepClocks(): void {
    const { chance, profile } = this.#options.stage;
    for (const { process } of this.#members.values()) {
      process.clock.skewMs = chance.integer(-SKEW_STEP_MS, SKEW_STEP_MS) * (profile.maxSkewMs > 0 ? 1 : 0);
    }
  }

  end(): void {
    for (const { process } of this.#members.values()) process.kill();
  }

  #of(kind: Kind): Member[] {
    return [...this.#members.values()].filter((member) => member.kind === kind);
  }

  #spawn(kind: Kind, index: number): void {
    const { stage } = this.#options;
    const { chance, profile, timeline } = stage;
    this.#started += 1;
    const name = `${kind.slice(0, 1)}${index}.${this.#started}`;
    const process = this.#process(name);
    stage.trace.note(name, 'starts');
    const context = this.#context(process, kind);
    const worker = kind === 'worker' ? this.#worker(process, context, this.#quarantine()) : null;
    this.#members.set(name, { kind, index, process, context, worker });
    process.onDeath(() => {
      this.#members.delete(name);
      timeline.after(chance.integer(20, 2_500), () => this.#spawn(kind, index));
    });
    // Only now: it may die of its first question.
    if (kind === 'worker' && profile.jobs > 0) context.jobStops.work();
    const runtime =
      worker ??
      (kind === 'scheduler' ? createSchedulerRuntime(context, { approvals: profile.approvals > 0 ? {} : null }) : null);
    runtime?.start().catch(() => this.crash(process, 'it could not start'));
  }

  /** The processes that one worker starts for suspicious executions, each with its own way to die. */
  #quarantine(): Pick<WorkerRuntimeOptions, 'quarantine'> {
    const { timeline, chance, profile } = this.#options.stage;
    if (profile.quarantine === 0) return {};
    let running = 0;
    const quarantine: Quarantine = {
      hasRoom: () => running < profile.quarantine,
      takeIn: (executionIds) => {
        running += 1;
        timeline.after(chance.integer(20, 1_000), () =>
          this.#runOnly(executionIds, () => {
            running -= 1;
          }),
        );
      },
    };
    return { quarantine };
  }

  #runOnly(executionIds: readonly string[], onEnd: () => void): void {
    const { stage, ledger } = this.#options;
    this.#started += 1;
    const name = `q.${this.#started}`;
    const process = this.#process(name);
    const labels = executionIds.map((executionId) => ledger.label(executionId));
    stage.trace.note(name, `starts for ${labels.join(', ')} alone`);
    ledger.deaths.runsOnly(name, executionIds.length);
    const context = this.#context(process, 'alone');
    const worker = this.#worker(process, context, { only: executionIds });
    this.#members.set(name, { kind: 'alone', index: 0, process, context, worker });
    process.onDeath(() => {
      this.#members.delete(name);
      onEnd();
    });
    const run = async (): Promise<void> => {
      await worker.start();
      await worker.whenIdle();
      await worker.drain(DRAIN_MS);
    };
    run().then(
      () => this.crash(process, 'done'),
      () => this.crash(process, 'it could not start, or end'),
    );
  }

  #process(name: string): SimulatedProcess {
    const { chance, profile, timeline } = this.#options.stage;
    return new SimulatedProcess(name, timeline, {
      skewMs: chance.integer(-profile.maxSkewMs, profile.maxSkewMs),
      thawDelayMs: () => chance.next() * 20,
    });
  }

  #context(process: SimulatedProcess, kind: Kind): EngineContext {
    const { stage, state, ledger, traffic, queue, bug } = this.#options;
    const { profile } = stage;
    const observed = observedStore(this.#options.store, state, { stage, ledger, traffic, process });
    const settings: EngineSettings = {
      ...DEFAULT_SETTINGS,
      graceMs: profile.graceMs,
      maxGraceMs: profile.maxGraceMs,
      leaseMs: profile.leaseMs,
      maxResidentExecutions: profile.maxResidentExecutions,
      maxConcurrentCalls: profile.maxConcurrentCalls,
      loopWatchMs: LOOP_WATCH_MS,
      ...{ jobPollMs: 300, maxJobPollMs: 2_000 },
    };
    const far = networkStore({
      stage,
      process,
      store: observed,
      onSend: (verb, parameters) => this.#checkSender(process, verb, parameters),
      onUnknown: (verb, parameters) => this.#noteUnknown(process, verb, parameters),
    });
    const hints = queue.of(process);
    const context = createEngineContext({
      store: bug.client === undefined ? far : { ...far, ...bug.client(far, { state, stage }) },
      hints: { ...hints, ...bug.hints?.(hints) },
      clock: process.clock,
      logger: watchfulLogger(stage, process, ledger),
      settings,
      ids: bug.ids?.(this.#ids, process) ?? this.#ids,
      executionLog: {
        write: (_target, events) => {
          for (const { message } of events) ledger.express.logged(process, message);
        },
        close: async () => undefined,
      },
    });
    return { ...context, machines: new MachineCache(far, (revision) => this.#compileAt(kind, revision)) };
  }

  /** Some workers are of another version, and know less of the language. */
  #compileAt(kind: Kind, revision: RevisionRecord): CompiledRevision {
    const { faults, chance, profile } = this.#options.stage;
    const isForeign = kind === 'worker' && revision.configuration === '{}' && faults.on;
    if (isForeign && chance.happens(profile.foreign)) throw new UnusableRevisionError(FOREIGN);
    return this.#compile(revision);
  }

  /** A revision never changes: what one process has compiled, all have. */
  #compile(revision: RevisionRecord): CompiledRevision {
    const known = this.#compiled.get(revision.revisionId) ?? compileRevision(revision);
    this.#compiled.set(revision.revisionId, known);
    return known;
  }

  #worker(
    process: SimulatedProcess,
    context: EngineContext,
    how: Pick<WorkerRuntimeOptions, 'quarantine' | 'only'>,
  ): WorkerRuntime {
    const { stage, ledger, onToken, onApproval } = this.#options;
    const registry: IntegrationRegistry = simulatedFunctions({
      stage,
      process,
      context,
      onToken,
      onApproval,
      jobs: ledger.jobs,
      onAsk: ({ executionId, taskId }) => {
        const { workerId } = worker.status();
        if (ledger.isAlive(workerId)) return;
        stage.violate(
          'lease',
          `${process.name} asked for the job of ${ledger.label(executionId)} task ${taskId} without one`,
        );
      },
      onEffect: (request) => {
        const { workerId } = worker.status();
        const unknownClaims = this.#unknownClaims.get(`${process.name}:${request.executionId}`) ?? 0;
        const watch = { stage, ledger, isUp: (name: string) => this.isUp(name) };
        noteEffect(watch, request, { processName: process.name, workerId, unknownClaims });
      },
    });
    const worker = createWorkerRuntime(context, { registry, ...how });
    return worker;
  }

  /** A worker looks at its lease before it asks for a claim or a commit. */
  #checkSender(process: SimulatedProcess, verb: string, parameters: readonly unknown[]): void {
    if (verb !== 'commit') return;
    const [workerId] = parameters;
    if (typeof workerId === 'string' && !this.#options.ledger.isAlive(workerId)) {
      this.#options.stage.violate('lease', `${process.name} sent a commit without a lease`);
    }
  }

  #noteUnknown(process: SimulatedProcess, verb: string, [request]: readonly unknown[]): void {
    for (const executionId of claimedIds(verb, request)) {
      const key = `${process.name}:${executionId}`;
      this.#unknownClaims.set(key, (this.#unknownClaims.get(key) ?? 0) + 1);
    }
  }
}

/** The executions that a claim of either kind asks for. */
function claimedIds(verb: string, request: unknown): string[] {
  if (typeof request !== 'object' || request === null) return [];
  if (verb === 'claim' && 'executionIds' in request && Array.isArray(request.executionIds)) {
    return request.executionIds.map(String);
  }
  if (verb === 'claimWarm' && 'runs' in request && Array.isArray(request.runs)) {
    return request.runs.map(({ executionId }: { executionId: string }) => executionId);
  }
  return [];
}

/** Ids that follow from a seed, in the shapes of UUIDv7 and UUIDv4. */
function seededIds(chance: Chance): IdSource {
  return {
    executionId(now) {
      const time = Math.floor(now).toString(16).padStart(12, '0');
      return `${time.slice(0, 8)}-${time.slice(8)}-7${chance.hex(3)}-8${chance.hex(3)}-${chance.hex(12)}`;
    },
    uuid: () => `${chance.hex(8)}-${chance.hex(4)}-4${chance.hex(3)}-8${chance.hex(3)}-${chance.hex(12)}`,
  };
}

/** Warnings belong to the trace; what the engine calls an error must not happen, whatever fails around it. */
function watchfulLogger(stage: Stage, process: SimulatedProcess, ledger: Ledger): Logger {
  const logger: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: (fields, message) => {
      if (stage.trace.on) stage.trace.note(process.name, `! ${message}${reasonOf(fields)}`);
    },
    error: (fields, message) => {
      if ('executionArn' in fields && ledger.isHopeless(fields.executionArn)) return;
      stage.violate('engine', `${process.name}: ${message}${reasonOf(fields)}`);
    },
    child: () => logger,
  };
  return logger;
}

function reasonOf(fields: object): string {
  return 'err' in fields && fields.err instanceof Error ? ` (${fields.err.message})` : '';
}
