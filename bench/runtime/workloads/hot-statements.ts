import { randomUUID } from 'node:crypto';
import type { ClaimedRun, NewExecution, RunCommit } from '@everstep/engine';
import { createPostgresStore, type PostgresStore } from '@everstep/store-postgres';

const BATCH = 20;
const LEASE_MS = 3_600_000;
const FORMAT = 1;
const EVENTS = JSON.stringify([{ id: 1, previousEventId: 0, timestamp: 0, type: 'PassStateEntered' }]);

export const HOT = [
  'startExecutions',
  'claim',
  'commit (keep)',
  'commit (callback opened, parked)',
  'completeTask',
  'commit (end)',
  'takeDue',
  'nextWakeAt',
  'renewLease',
] as const;
export type Hot = (typeof HOT)[number];

/**
 * The verbs of the hot path on one database, each timed by itself. A cycle leads executions through all of them in the
 * order of HOT, so that each finds what it needs.
 */
export class HotStatements {
  readonly #store: PostgresStore;
  readonly #workerId = `bench-${randomUUID()}`;
  readonly #arn = `arn:aws:states:us-east-1:123456789012:stateMachine:hot-${randomUUID()}`;

  private constructor(store: PostgresStore) {
    this.#store = store;
  }

  static async open(connectionString: string): Promise<HotStatements> {
    const store = createPostgresStore({ connectionString, poolSize: 2 });
    const statements = new HotStatements(store);
    await store.createStateMachine({
      stateMachineArn: statements.#arn,
      name: 'hot',
      type: 'STANDARD',
      createdAt: Date.now(),
      revision: { revisionId: randomUUID(), definition: '{}', roleArn: 'role', configuration: '{}' },
    });
    await store.registerWorker({ workerId: statements.#workerId, host: 'bench', leaseMs: LEASE_MS });
    return statements;
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  /** Milliseconds of one call; what it needs and what it leaves behind is not in them. */
  async time(hot: Hot): Promise<number> {
    switch (hot) {
      case 'startExecutions': {
        const batch = this.#newExecutions();
        const took = await timed(() => this.#store.startExecutions(batch));
        await this.#end(await this.#claim(batch));
        return took;
      }
      case 'claim':
        return this.#timeClaim();
      case 'commit (keep)':
        return this.#timeCommit((run) => commitOf(run, { then: { kind: 'keep' } }));
      case 'commit (callback opened, parked)':
        return this.#timeCommit(parkedCommit);
      case 'completeTask':
        return this.#timeCallback();
      case 'commit (end)':
        return this.#timeCommit(endCommit);
      case 'takeDue':
        return timed(() => this.#store.takeDue({ limit: 500, maxGraceMs: 60_000 }));
      case 'nextWakeAt':
        return timed(() => this.#store.nextWakeAt());
      case 'renewLease':
        return timed(() => this.#store.renewLease({ workerId: this.#workerId, leaseMs: LEASE_MS, held: [] }));
    }
  }

  async #timeClaim(): Promise<number> {
    const batch = this.#newExecutions();
    await this.#store.startExecutions(batch);
    let runs: ClaimedRun[] = [];
    const took = await timed(async () => {
      runs = await this.#claim(batch);
    });
    await this.#end(runs);
    return took;
  }

  async #timeCommit(build: (run: ClaimedRun) => RunCommit): Promise<number> {
    const batch = this.#newExecutions();
    await this.#store.startExecutions(batch);
    const runs = await this.#claim(batch);
    const commits = runs.map(build);
    const took = await timed(() => this.#store.commit(this.#workerId, commits));
    if (commits[0]?.then.kind !== 'end') await this.#end(await this.#claim(batch));
    return took;
  }

  async #timeCallback(): Promise<number> {
    const batch = this.#newExecutions();
    await this.#store.startExecutions(batch);
    await this.#store.commit(this.#workerId, (await this.#claim(batch)).map(parkedCommit));
    const took = await timed(() =>
      Promise.all(
        batch.map(({ executionId }) =>
          this.#store.completeTask({ executionId, taskId: 1, activation: '{"type":"TaskResult"}', graceMs: 60_000 }),
        ),
      ),
    );
    await this.#end(await this.#claim(batch));
    return took;
  }

  #newExecutions(): NewExecution[] {
    return Array.from({ length: BATCH }, () => newExecution(this.#arn));
  }

  #claim(batch: readonly NewExecution[]): Promise<ClaimedRun[]> {
    const executionIds = batch.map(({ executionId }) => executionId);
    return this.#store.claim({ workerId: this.#workerId, executionIds, formats: [FORMAT] });
  }

  async #end(runs: readonly ClaimedRun[]): Promise<void> {
    const outcomes = await this.#store.commit(this.#workerId, runs.map(endCommit));
    const refused = outcomes.find(({ kind }) => kind !== 'committed');
    if (runs.length !== BATCH || refused !== undefined) throw new Error(`not ended: ${refused?.kind ?? runs.length}`);
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function newExecution(stateMachineArn: string): NewExecution {
  const now = Date.now();
  const hex = now.toString(16).padStart(12, '0');
  const name = randomUUID();
  return {
    executionId: `${hex.slice(0, 8)}-${hex.slice(8)}-7${randomUUID().slice(15)}`,
    executionArn: `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`,
    name,
    stateMachineArn,
    revisionId: 'revision',
    input: '{}',
    startDate: now,
    traceHeader: null,
    parent: null,
    checkpoint: '{}',
    format: FORMAT,
    activation: '{"type":"Start"}',
    graceMs: 60_000,
  };
}

function lastRead(run: ClaimedRun): number {
  return run.inbox.at(-1)?.number ?? run.consumed;
}

function commitOf(run: ClaimedRun, given: Partial<RunCommit>): RunCommit {
  return {
    executionId: run.execution.executionId,
    epoch: run.epoch,
    consumed: lastRead(run),
    checkpoint: run.checkpoint,
    format: run.format,
    frames: { written: [], deleted: [] },
    history: { firstEventId: run.epoch, lastEventId: run.epoch, events: EVENTS },
    tokens: { opened: [], closed: [] },
    arrivals: [],
    then: { kind: 'keep' },
    ...given,
  };
}

function parkedCommit(run: ClaimedRun): RunCommit {
  const token = {
    taskId: 1,
    kind: 'callback' as const,
    activityArn: null,
    input: null,
    stateName: 'Ask',
    timeoutAt: null,
    timeoutSeconds: null,
    heartbeatSeconds: null,
  };
  return commitOf(run, { tokens: { opened: [token], closed: [] }, then: { kind: 'park', wakeAt: null } });
}

function endCommit(run: ClaimedRun): RunCommit {
  const stopDate = Date.now();
  const end = { status: 'SUCCEEDED', stopDate, output: '{}', error: null, cause: null, reusableAt: stopDate } as const;
  return commitOf(run, { then: { kind: 'end', ...end } });
}
