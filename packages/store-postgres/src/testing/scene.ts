import { randomUUID } from 'node:crypto';
import { CHECKPOINT_FORMAT } from '@everstep/language';
import type { ClaimedRun, NewExecution, OpenToken, RunCommit, Store } from '@everstep/engine';
import type pg from 'pg';

/** What orphans are given, too. */
const FORMAT = CHECKPOINT_FORMAT;
const LEASE_MS = 600_000;

/** A UUIDv7 of that time. */
export function executionIdAt(time: number): string {
  const hex = time.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${randomUUID().slice(15)}`;
}

/** A machine and a worker in a store, and executions of it that the worker owns. */
export class Scene {
  readonly store: Store;
  readonly stateMachineArn = `arn:aws:states:us-east-1:123456789012:stateMachine:machine-${randomUUID()}`;
  readonly workerId = `worker-${randomUUID()}`;

  private constructor(store: Store) {
    this.store = store;
  }

  static async open(store: Store): Promise<Scene> {
    const scene = new Scene(store);
    const { stateMachineArn } = scene;
    await store.createStateMachine({
      stateMachineArn,
      name: stateMachineArn.slice(stateMachineArn.lastIndexOf(':') + 1),
      type: 'STANDARD',
      createdAt: Date.now(),
      revision: { revisionId: randomUUID(), definition: '{}', roleArn: 'role', configuration: '{}' },
    });
    await store.registerWorker({ workerId: scene.workerId, host: 'host', leaseMs: LEASE_MS });
    return scene;
  }

  newExecution(given: Partial<NewExecution> = {}): NewExecution {
    const name = `execution-${randomUUID()}`;
    return {
      executionId: executionIdAt(Date.now()),
      executionArn: `${this.stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`,
      name,
      stateMachineArn: this.stateMachineArn,
      revisionId: 'revision',
      input: '{}',
      startDate: Date.now(),
      traceHeader: null,
      parent: null,
      checkpoint: '{}',
      format: FORMAT,
      activation: '{"type":"Start"}',
      graceMs: 60_000,
      ...given,
    };
  }

  /** Runs that the worker owns, ascending by id, their Start consumed by a commit that opens these tokens. */
  async owned(count: number, opened: readonly OpenToken[] = [], checkpoint = '{}'): Promise<ClaimedRun[]> {
    const executions = Array.from({ length: count }, () => this.newExecution({ checkpoint }));
    await this.store.startExecutions(executions);
    const executionIds = executions.map((execution) => execution.executionId).sort();
    const runs = await this.claim(executionIds);
    await this.store.commit(
      this.workerId,
      runs.map((run) => commitOf(run, { consumed: 1, tokens: { opened, closed: [] } })),
    );
    return runs.map((run) => ({ ...run, consumed: 1, inbox: [] }));
  }

  claim(executionIds: readonly string[]): Promise<ClaimedRun[]> {
    return this.store.claim({ workerId: this.workerId, executionIds, formats: [FORMAT] });
  }
}

/** A commit that changes nothing but what is given. */
export function commitOf(run: ClaimedRun, given: Partial<RunCommit> = {}): RunCommit {
  return {
    executionId: run.execution.executionId,
    epoch: run.epoch,
    consumed: run.consumed,
    checkpoint: run.checkpoint,
    format: run.format,
    frames: { written: [], deleted: [] },
    history: null,
    tokens: { opened: [], closed: [] },
    arrivals: [],
    then: { kind: 'keep' },
    ...given,
  };
}

export function callbackToken(taskId: number, given: Partial<OpenToken> = {}): OpenToken {
  return {
    taskId,
    kind: 'callback',
    activityArn: null,
    input: null,
    stateName: 'Ask',
    timeoutAt: null,
    timeoutSeconds: null,
    heartbeatSeconds: null,
    ...given,
  };
}

/** The backends of the store that wait for a lock, once there are so many. */
export async function blockedBackends(admin: pg.Client, count: number): Promise<number[]> {
  const end = performance.now() + 10_000;
  for (;;) {
    // A transaction sees the activity as it was when it first asked, unless it forgets that.
    await admin.query('select pg_stat_clear_snapshot()');
    const { rows } = await admin.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
         and wait_event_type = 'Lock'`,
    );
    if (rows.length >= count) return rows.map((row) => row.pid);
    if (performance.now() > end) throw new Error(`waited in vain for ${count} statements to wait for a lock`);
  }
}
