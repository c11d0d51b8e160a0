import { type ArnScope, QUOTAS } from '@everstep/protocol';
import { ActivityDesks } from './activity-desks.ts';
import { Batcher } from './batcher.ts';
import { randomIds } from './execution-ids.ts';
import { JobStops } from './job-stops.ts';
import { Limiters } from './limiters/limiters.ts';
import { MachineCache } from './machine-cache.ts';
import type { ActivityRecord } from './ports/activity-store.ts';
import type { StateMachineRecord } from './ports/catalog-store.ts';
import type { Clock } from './ports/clock.ts';
import { type EncryptionKeys, noEncryptionKeys } from './ports/encryption-keys.ts';
import type { ExecutionLog } from './ports/execution-log.ts';
import type { HintQueue } from './ports/hint-queue.ts';
import type { IdSource } from './ports/id-source.ts';
import type { Logger } from './ports/logger.ts';
import { type Metrics, silentMetrics } from './ports/metrics.ts';
import type { NewExecution, NewExpressRun, StartOutcome } from './ports/run-store.ts';
import type { Store } from './ports/store.ts';
import { TaskTokens } from './task-tokens.ts';

/** Limits and times of the engine, each named; AWS's where AWS has one. */
export interface EngineSettings extends ArnScope {
  /** What a lost hint may cost before the scheduler looks, in milliseconds. It doubles up to maxGraceMs. */
  readonly graceMs: number;
  readonly maxGraceMs: number;
  /** A worker's lease, in milliseconds; renewed every third of it. */
  readonly leaseMs: number;
  /** Executions one worker holds in memory. */
  readonly maxResidentExecutions: number;
  /** How long a worker remembers an execution that waits, so that it goes on without a load, in milliseconds. */
  readonly warmMs: number;
  /** Executions it remembers at most: so many that wait for a near timer, and so many parked ones. */
  readonly maxWarmExecutions: number;
  /** How often a worker looks how late its turns come, in milliseconds. */
  readonly loopWatchMs: number;
  /** Outside calls one worker performs at once. */
  readonly maxConcurrentCalls: number;
  /** Synchronous Express executions that one process runs at once. */
  readonly maxSyncExecutions: number;
  /** Pollers that may wait for one activity in one process (AWS: 1,000). */
  readonly maxActivityPollers: number;
  /** How soon a job of `.sync` is asked for after its start, in milliseconds; each time it waits half as long again. */
  readonly jobPollMs: number;
  /** The longest time between two questions, in milliseconds. */
  readonly maxJobPollMs: number;
  /** Bytes of one flush of the commit writer. */
  readonly maxBatchBytes: number;
  /** Bytes of new executions that may wait for their flush; beyond, StartExecution is refused until there is room. */
  readonly maxWaitingBytes: number;
  /** How long a closed execution's name stays taken, in milliseconds (AWS: 90 days). */
  readonly nameReuseMs: number;
  /** How long a closed execution is kept, in milliseconds (AWS: 90 days). */
  readonly retentionMs: number;
  /** How long an entry of the audit log is kept, in milliseconds. */
  readonly auditRetentionMs: number;
  /**
   * How much longer it may be kept before it is removed by itself: a store that removes many at once, when the last of
   * them is past its retention, needs no work for each of them then. In milliseconds.
   */
  readonly retentionSlackMs: number;
}

export const DEFAULT_SETTINGS: EngineSettings = {
  region: 'us-east-1',
  accountId: '123456789012',
  graceMs: 1_000,
  maxGraceMs: 60_000,
  leaseMs: 6_000,
  maxResidentExecutions: 2_000,
  warmMs: 5_000,
  maxWarmExecutions: 2_000,
  loopWatchMs: 100,
  maxConcurrentCalls: 200,
  maxSyncExecutions: 1_000,
  maxActivityPollers: QUOTAS.activityPollers,
  jobPollMs: 1_000,
  maxJobPollMs: 60_000,
  maxBatchBytes: 4 * 1024 * 1024,
  maxWaitingBytes: 64 * 1024 * 1024,
  nameReuseMs: 90 * 86_400_000,
  retentionMs: 90 * 86_400_000,
  auditRetentionMs: 365 * 86_400_000,
  retentionSlackMs: 0,
};

/** The doors outward and the limits, as a service's main builds them. */
export interface EnginePorts {
  readonly store: Store;
  readonly hints: HintQueue;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: EngineSettings;
  /** Nobody looks where absent. */
  readonly metrics?: Metrics;
  /** By chance where absent. */
  readonly ids?: IdSource;
  /** Where absent, nothing is logged of executions, whatever their machines ask for. */
  readonly executionLog?: ExecutionLog;
  /** The keys that state machines and activities may name, the same as those of the store; none where absent. */
  readonly encryptionKeys?: EncryptionKeys;
}

export function encryptionKeysOf({ encryptionKeys }: Pick<EnginePorts, 'encryptionKeys'>): EncryptionKeys {
  return encryptionKeys ?? noEncryptionKeys;
}

/** Everything a use-case of the engine needs: the ports, and what is shared between the calls of one process. */
export interface EngineContext extends EnginePorts {
  readonly ids: IdSource;
  readonly metrics: Metrics;
  readonly machines: MachineCache;
  readonly taskTokens: TaskTokens;
  /** StartExecution's group commit. */
  readonly starts: Batcher<NewExecution, StartOutcome>;
  /** The same for asynchronous Express executions. */
  readonly expressStarts: Batcher<NewExpressRun, boolean>;
  /** Machines by ARN, read once for all who ask while a read is under way: each still sees what was committed before it asked. */
  readonly machineReads: Batcher<string, StateMachineRecord | null>;
  /** The same for activities. */
  readonly activityReads: Batcher<string, ActivityRecord | null>;
  /** Ends jobs that tasks have started and nobody waits for any more. */
  readonly jobStops: JobStops;
  readonly limiters: Limiters;
  /** Where pollers of GetActivityTask wait. */
  readonly activityDesks: ActivityDesks<ActivityTask>;
}

/** What GetActivityTask hands out. */
export interface ActivityTask {
  readonly taskToken: string;
  /** JSON text. */
  readonly input: string;
}

const START_BATCH = 500;

export function createEngineContext(ports: EnginePorts): EngineContext {
  const { store, hints, clock, logger, settings, ids = randomIds, metrics = silentMetrics } = ports;
  return {
    ...ports,
    ids,
    metrics,
    machines: new MachineCache(store),
    taskTokens: new TaskTokens(store),
    starts: new Batcher({
      write: (batch) => store.startExecutions(batch),
      size: (item) => item.input.length + item.checkpoint.length + item.activation.length,
      maxItems: START_BATCH,
      maxBytes: settings.maxBatchBytes,
      maxWaitingBytes: settings.maxWaitingBytes,
    }),
    expressStarts: new Batcher({
      write: (batch) => store.startExpress(batch),
      size: ({ execution }) => execution.input.length,
      maxItems: START_BATCH,
      maxBytes: settings.maxBatchBytes,
    }),
    machineReads: new Batcher({
      write: (arns) => readEach(arns, (arn) => store.findStateMachine(arn)),
      size: () => 1,
      maxItems: START_BATCH,
      maxBytes: START_BATCH,
    }),
    activityReads: new Batcher({
      write: (arns) => readEach(arns, (arn) => store.findActivity(arn)),
      size: () => 1,
      maxItems: START_BATCH,
      maxBytes: START_BATCH,
    }),
    jobStops: new JobStops({ clock, logger, store }),
    limiters: new Limiters({ store, hints, clock, logger, metrics }),
    activityDesks: new ActivityDesks({ hints, clock, logger, maxPollers: settings.maxActivityPollers }),
  };
}

async function readEach<Row>(
  arns: readonly string[],
  read: (arn: string) => Promise<Row | null>,
): Promise<Array<Row | null>> {
  const reads = new Map([...new Set(arns)].map((arn) => [arn, read(arn)]));
  return Promise.all(arns.map(async (arn) => (await reads.get(arn)) ?? null));
}
