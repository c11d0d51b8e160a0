import {
  type ApprovalDutyOptions,
  DEFAULT_SETTINGS,
  type Clock,
  type EncryptionKeys,
  type EngineContext,
  type EngineSettings,
  type ExecutionLog,
  type HintQueue,
  type Integration,
  type IntegrationRegistry,
  type Logger,
  type Metrics,
  type SchedulerRuntime,
  type Store,
  type TaskOutcome,
  type TaskRequest,
  type WorkerRuntime,
  createEngineContext,
  createSchedulerRuntime,
  createWorkerRuntime,
  silentLogger,
} from '@everstep/engine';
import { type HistoryEvent, type Json, parseJson } from '@everstep/language';
import {
  type EncryptionConfiguration,
  type LoggingConfiguration,
  type StateMachineType,
  stateMachineArn,
} from '@everstep/protocol';
import { randomUUID } from 'node:crypto';

export interface WorldOptions {
  readonly store: Store;
  readonly hints: HintQueue;
  readonly clock: Clock;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  readonly settings?: Partial<EngineSettings>;
  /** What tasks do, by the last part of a function's ARN or by `service:operation`. */
  readonly tasks?: Readonly<Record<string, (request: TaskRequest) => Promise<TaskOutcome> | TaskOutcome>>;
  readonly executionLog?: ExecutionLog;
  /** How its scheduler tells people of approvals. */
  readonly approvals?: ApprovalDutyOptions;
  readonly encryptionKeys?: EncryptionKeys;
  /** Instead of `tasks`. */
  readonly registry?: (context: EngineContext) => IntegrationRegistry;
}

export interface MachineOptions {
  readonly type?: StateMachineType;
  readonly loggingConfiguration?: LoggingConfiguration;
  readonly encryptionConfiguration?: EncryptionConfiguration;
}

/** An engine with workers and a scheduler over given ports: what tests of the runtime run in. */
export class World {
  readonly context: EngineContext;
  readonly #registry: IntegrationRegistry;
  readonly #approvals: ApprovalDutyOptions | undefined;
  readonly #workers: WorkerRuntime[] = [];
  #scheduler: SchedulerRuntime | null = null;

  constructor(options: WorldOptions) {
    const { store, hints, clock, logger = silentLogger } = options;
    this.context = createEngineContext({
      store,
      hints,
      clock,
      logger,
      ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
      settings: { ...DEFAULT_SETTINGS, ...options.settings },
      ...(options.executionLog === undefined ? {} : { executionLog: options.executionLog }),
      ...(options.encryptionKeys === undefined ? {} : { encryptionKeys: options.encryptionKeys }),
    });
    this.#approvals = options.approvals;
    this.#registry = options.registry?.(this.context) ?? registryOf(options.tasks ?? {});
  }

  get registry(): IntegrationRegistry {
    return this.#registry;
  }

  async startWorker(): Promise<WorkerRuntime> {
    const worker = createWorkerRuntime(this.context, { registry: this.#registry });
    await worker.start();
    this.context.jobStops.work();
    this.#workers.push(worker);
    return worker;
  }

  async startScheduler(): Promise<void> {
    this.#scheduler = createSchedulerRuntime(
      this.context,
      this.#approvals === undefined ? {} : { approvals: this.#approvals },
    );
    await this.#scheduler.start();
  }

  /** A machine of its own name; answers its ARN. */
  async createMachine(
    definition: object,
    name: string = `machine-${randomUUID()}`,
    { type = 'STANDARD', ...configuration }: MachineOptions = {},
  ): Promise<string> {
    const arn = stateMachineArn(this.context.settings, name);
    await this.context.store.createStateMachine({
      stateMachineArn: arn,
      name,
      type,
      createdAt: this.context.clock.now(),
      revision: {
        revisionId: randomUUID(),
        definition: JSON.stringify(definition),
        roleArn: 'arn:aws:iam::123456789012:role/test',
        configuration: JSON.stringify(configuration),
      },
    });
    return arn;
  }

  async status(executionArn: string): Promise<string> {
    return (await this.context.store.findExecutionByArn(executionArn))?.status ?? 'UNKNOWN';
  }

  async output(executionArn: string): Promise<Json> {
    const execution = await this.context.store.findExecutionByArn(executionArn);
    return execution?.output === null || execution === null ? null : parseJson(execution.output);
  }

  /** The whole history, checked to be well formed: ids contiguous from 1, previous ids earlier, one terminal event. */
  async history(executionArn: string): Promise<HistoryEvent[]> {
    const execution = await this.context.store.findExecutionByArn(executionArn);
    if (execution === null) throw new Error(`no execution ${executionArn}`);
    const texts = await this.context.store.readHistory({
      executionId: execution.executionId,
      limit: 1_000_000,
      reverse: false,
    });
    const events = texts.map((text): HistoryEvent => JSON.parse(text));
    const problem = historyProblem(events, execution.status !== 'RUNNING');
    if (problem !== null) throw new Error(`${executionArn}: ${problem}`);
    return events;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.drain(1_000)));
    await this.#scheduler?.stop();
    await this.context.jobStops.close();
    await this.#registry.close();
  }
}

const TERMINAL = new Set(['ExecutionSucceeded', 'ExecutionFailed', 'ExecutionTimedOut', 'ExecutionAborted']);

/** What is wrong with a history, or null. */
export function historyProblem(events: readonly HistoryEvent[], ended: boolean): string | null {
  const gap = events.findIndex((event, index) => event.id !== index + 1);
  if (gap >= 0) return `event number ${gap + 1} has the id ${events[gap]?.id}`;
  const backwards = events.find((event) => event.previousEventId >= event.id);
  if (backwards !== undefined) return `event ${backwards.id} names ${backwards.previousEventId} as its previous one`;
  // Every end but the last is followed by the redrive that undid it.
  const wrong = events.find((event, index) => {
    const next = events[index + 1];
    const endsHere = next === undefined ? ended : next.type === 'ExecutionRedriven';
    return TERMINAL.has(event.type) !== endsHere;
  });
  return wrong === undefined ? null : `event ${wrong.id}, ${wrong.type}, is in the wrong place`;
}

function registryOf(tasks: NonNullable<WorldOptions['tasks']>): IntegrationRegistry {
  return {
    find(resource): Integration | null {
      const key =
        resource.kind === 'lambda'
          ? (resource.arn.split(':').at(-1) ?? '')
          : `${resource.service}:${resource.operation}`;
      const task = tasks[key];
      return task === undefined ? null : { perform: async (request) => task(request) };
    },
    async close() {},
  };
}
