import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type {
  ClaimedRun,
  CommitOutcome,
  CommitThen,
  NewExecution,
  OpenToken,
  RunCommit,
  StateMachineRecord,
  Store,
  Told,
} from '@everstep/engine';
import type { StoreContractHandle } from './contract-handle.ts';

/** Far enough away for whatever a case does, on the slowest machine. */
export const FAR_MS = 600_000;
export const GRACE_MS = 30;
export const FORMAT = 1;

const NINETY_DAYS_MS = 90 * 86_400_000;
const PATIENCE_MS = 15_000;
const POLL_MS = 3;

/** A run that a worker owns, and who that is. */
export interface OwnedRun {
  readonly execution: NewExecution;
  readonly run: ClaimedRun;
  readonly workerId: string;
}

/** What the cases are told with: starts, claims and commits with everything filled in that the case is not about. */
export class StoreScene {
  readonly store: Store;
  /** Another handle onto the same data where there is one; the same store otherwise. */
  readonly other: Store;
  readonly isSealed: boolean;
  readonly #advance: StoreContractHandle['advance'];
  #count = 0;
  #machine: StateMachineRecord | null = null;
  #worker: string | null = null;

  constructor(handle: StoreContractHandle) {
    this.store = handle.store;
    this.other = handle.secondStore ?? handle.store;
    this.isSealed = handle.isSealed === true;
    this.#advance = handle.advance;
  }

  /** A name nobody used before. */
  fresh(word: string): string {
    this.#count++;
    return `${word}-${this.#count}-${randomUUID().slice(0, 8)}`;
  }

  async machine(name = this.fresh('machine')): Promise<StateMachineRecord> {
    const { created, stateMachine } = await this.store.createStateMachine({
      stateMachineArn: machineArn(name),
      name,
      type: 'STANDARD',
      createdAt: await this.store.now(),
      revision: {
        revisionId: randomUUID(),
        definition: '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}',
        roleArn: 'arn:aws:iam::123456789012:role/everstep',
        configuration: '{}',
      },
    });
    assert.equal(created, true, 'a new machine is created');
    return stateMachine;
  }

  /** The machine of all executions that name no other. */
  async defaultMachine(): Promise<StateMachineRecord> {
    this.#machine ??= await this.machine();
    return this.#machine;
  }

  async newExecution(given: Partial<NewExecution> = {}): Promise<NewExecution> {
    const stateMachineArn = given.stateMachineArn ?? (await this.defaultMachine()).stateMachineArn;
    const machine = await this.store.findStateMachine(stateMachineArn);
    const startDate = await this.store.now();
    const name = given.name ?? this.fresh('execution');
    return {
      executionId: executionIdAt(startDate),
      executionArn: `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`,
      name,
      stateMachineArn,
      revisionId: machine?.revision.revisionId ?? randomUUID(),
      input: '{"n":1}',
      startDate,
      traceHeader: null,
      parent: null,
      checkpoint: '{"first":true}',
      format: FORMAT,
      activation: '{"type":"Start"}',
      graceMs: FAR_MS,
      ...given,
    };
  }

  async started(given: Partial<NewExecution> = {}): Promise<NewExecution> {
    const execution = await this.newExecution(given);
    assert.deepEqual(await this.store.startExecutions([execution]), [{ kind: 'started' }]);
    return execution;
  }

  async worker(leaseMs = FAR_MS): Promise<string> {
    const workerId = this.fresh('worker');
    await this.store.registerWorker({ workerId, host: 'host', leaseMs });
    return workerId;
  }

  async claimed(workerId: string, executionId: string): Promise<ClaimedRun> {
    const [run, ...more] = await this.store.claim({ workerId, executionIds: [executionId], formats: [FORMAT] });
    assert.ok(run !== undefined && more.length === 0, 'the claim answers exactly the one run');
    assert.equal(run.execution.executionId, executionId);
    return run;
  }

  /** Whether the worker cannot get it: somebody alive owns it, or it has ended. */
  async isOutOfReach(workerId: string, executionId: string): Promise<boolean> {
    return (await this.store.claim({ workerId, executionIds: [executionId], formats: [FORMAT] })).length === 0;
  }

  /** Started, claimed (by the same worker each time), and its Start consumed by a first commit, with these tokens open. */
  async owned(given: Partial<NewExecution> = {}, tokens: readonly OpenToken[] = []): Promise<OwnedRun> {
    const execution = await this.started(given);
    this.#worker ??= await this.worker();
    const workerId = this.#worker;
    const run = await this.claimed(workerId, execution.executionId);
    await this.committed(workerId, commitOf(run, { tokens: { opened: tokens, closed: [] } }));
    return { execution, workerId, run: { ...run, consumed: 1, inbox: [] } };
  }

  async commit(workerId: string, commit: RunCommit, store = this.store): Promise<CommitOutcome> {
    const outcomes = await store.commit(workerId, [commit]);
    const [outcome] = outcomes;
    assert.ok(outcome !== undefined && outcomes.length === 1, 'one outcome for one commit');
    return outcome;
  }

  async committed(workerId: string, commit: RunCommit): Promise<readonly Told[]> {
    const outcome = await this.commit(workerId, commit);
    assert.ok(outcome.kind === 'committed', `the commit was not refused, but it was: ${JSON.stringify(outcome)}`);
    return outcome.told;
  }

  async complete(executionId: string, taskId: number, store = this.store) {
    const activation = resultOf(taskId);
    return await store.completeTask({ executionId, taskId, activation, graceMs: GRACE_MS });
  }

  /** The worker stays away from its lease until it is over; nobody has marked it dead yet. */
  async lapse(workerId: string): Promise<void> {
    await this.store.renewLease({ workerId, leaseMs: 1, held: [] });
    const row = await this.workerRow(workerId);
    await this.passTo(row.leaseUntil);
  }

  async workerRow(workerId: string) {
    const row = (await this.store.listWorkers()).find((worker) => worker.workerId === workerId);
    assert.ok(row !== undefined, 'the worker is listed');
    return row;
  }

  /** Returns once the store's clock has gone past the time. */
  async passTo(time: number): Promise<void> {
    const advance = this.#advance;
    if (advance === undefined) {
      await this.until('the time has passed', async () => (await this.store.now()) > time);
      return;
    }
    const missing = time + 1 - (await this.store.now());
    if (missing > 0) await advance(missing);
  }

  /** Polls, within a bound; only a store without a virtual clock is waited for. */
  async until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (!(await condition())) {
      if (performance.now() > end) assert.fail(`waited ${PATIENCE_MS} ms in vain until ${what}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** That somebody looks at an unowned run within its grace, counted from now. */
  async wakesWithin(graceMs: number): Promise<void> {
    const wakeAt = await this.store.nextWakeAt();
    const now = await this.store.now();
    assert.ok(wakeAt !== null, 'a run with something to read has a wake_at');
    assert.ok(wakeAt <= now + graceMs, `wake_at is ${wakeAt - now} ms away, the grace is ${graceMs} ms`);
  }
}

/** A commit that reads all its run was claimed with and changes nothing else. */
export function commitOf(run: ClaimedRun, given: Partial<RunCommit> = {}): RunCommit {
  return {
    executionId: run.execution.executionId,
    epoch: run.epoch,
    consumed: run.inbox.at(-1)?.number ?? run.consumed,
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

export function park(wakeAt: number | null = null): CommitThen {
  return { kind: 'park', wakeAt };
}

type End = Extract<CommitThen, { kind: 'end' }>;

export function end(given: Partial<End> = {}): CommitThen {
  const stopDate = given.stopDate ?? Date.now();
  return {
    kind: 'end',
    status: 'SUCCEEDED',
    stopDate,
    output: '{}',
    error: null,
    cause: null,
    reusableAt: stopDate + NINETY_DAYS_MS,
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

export function activityToken(taskId: number, activityArn: string, given: Partial<OpenToken> = {}): OpenToken {
  return callbackToken(taskId, { kind: 'activity', activityArn, input: `{"task":${taskId}}`, ...given });
}

export function closing(taskId: number, reason: 'completed' | 'timed-out' | 'aborted'): RunCommit['tokens'] {
  return { opened: [], closed: [{ taskId, reason }] };
}

/** History events with these ids, each a text that survives only if nobody parses and writes it anew. */
export function chunk(firstEventId: number, lastEventId: number): NonNullable<RunCommit['history']> {
  const events: string[] = [];
  for (let id = firstEventId; id <= lastEventId; id++) events.push(eventText(id));
  return { firstEventId, lastEventId, events: `[${events.join(',')}]` };
}

export function eventText(id: number): string {
  return `{"id":${id},"type":"PassStateEntered","b":1.0,"a":"],[\\"}{"}`;
}

export function resultOf(taskId: number): string {
  return `{"type":"TaskResult","taskId":${taskId}}`;
}

export function machineArn(name: string): string {
  return `arn:aws:states:us-east-1:123456789012:stateMachine:${name}`;
}

/** A UUIDv7 of that time. */
export function executionIdAt(time: number): string {
  const hex = time.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${randomUUID().slice(15)}`;
}
