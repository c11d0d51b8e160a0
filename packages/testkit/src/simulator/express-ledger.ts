import type { ExecutionRecord, WarmRun } from '@everstep/engine';
import { QUOTAS } from '@everstep/protocol';
import type { MemoryState } from '@everstep/store-memory';
import type { Performance } from './account.ts';
import type { Result } from './reference.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Stage } from './stage.ts';

/** So many owners in a row must have died before one is given up. */
const DEATHS = 7;
/** An end that no definition tells of. */
const UNFORESEEN = 'UNFORESEEN';
const GIVEN_UP = 'This execution cannot go on: the workers that ran it died';

/** What one process has logged of its latest attempt. */
interface Attempt {
  readonly startedAt: number;
  lastEventId: number;
  at: number;
  ended: boolean;
}

interface ExpressAccount {
  readonly executionId: string;
  readonly label: string;
  readonly stateMachineArn: string;
  readonly attempts: Map<string, Attempt>;
  /** Every identity that has claimed it, and the process that it was, in their order. */
  readonly claims: Array<{ readonly workerId: string; readonly processName: string }>;
  readonly ends: Result[];
  epoch: number;
  /** Whoever has claimed it, until it is given back. */
  holder: string | null;
}

/** A line of the execution log, as far as it matters here. */
interface Line {
  readonly id: string;
  readonly type: string;
  readonly details: { readonly output?: string; readonly error?: string; readonly cause?: string };
  readonly event_timestamp: string;
  readonly execution_arn: string;
}

/**
 * Keeps account of the Express executions that are started by themselves. Of what they do nothing is stored but that they
 * are there, so their logs are read: each attempt begins at the start, whoever died before; the row goes only after an end
 * that its own owner has logged; and whatever was started ends at least once.
 */
export class ExpressLedger {
  readonly accounts = new Map<string, ExpressAccount>();
  /** How many lines the log has: as long as it grows, something goes on. */
  lines = 0;
  readonly #byArn = new Map<string, ExpressAccount>();
  readonly #stage: Stage;
  readonly #state: MemoryState;
  readonly #isAlive: (workerId: string) => boolean;

  constructor(stage: Stage, state: MemoryState, isAlive: (workerId: string) => boolean) {
    this.#stage = stage;
    this.#state = state;
    this.#isAlive = isAlive;
  }

  knows(executionArn: string): boolean {
    return this.#byArn.has(executionArn);
  }

  started(process: SimulatedProcess, execution: ExecutionRecord): void {
    const { executionId, executionArn, stateMachineArn } = execution;
    if (this.accounts.has(executionId)) return;
    const label = `x${this.accounts.size + 1}`;
    const account: ExpressAccount = {
      ...{ executionId, stateMachineArn, label, epoch: 0, holder: null },
      ...{ attempts: new Map(), claims: [], ends: [] },
    };
    this.#stage.trace.note(process.name, `start ${label}`);
    this.accounts.set(executionId, account);
    this.#byArn.set(executionArn, account);
  }

  claimed(process: SimulatedProcess, workerId: string, run: Pick<WarmRun, 'executionId' | 'epoch'>): void {
    const account = this.accounts.get(run.executionId);
    if (account === undefined) return;
    const { label, claims, holder } = account;
    this.#stage.trace.note(process.name, `claim ${label}: epoch ${run.epoch}`);
    if (run.epoch <= account.epoch) this.#stage.violate('fence', `${label} was claimed under epoch ${run.epoch} again`);
    if (!this.#isAlive(workerId)) this.#stage.violate('lease', `${label} was claimed without a lease`);
    if (holder !== null && holder !== workerId && this.#isAlive(holder)) {
      this.#stage.violate('fence', `${label} was claimed from an owner that is alive`);
    }
    account.epoch = run.epoch;
    account.holder = workerId;
    claims.push({ workerId, processName: process.name });
  }

  /** Runs that nobody owns any more. */
  released(executionId: string): void {
    const account = this.accounts.get(executionId);
    if (account !== undefined && this.#state.runs.get(executionId)?.owner === null) account.holder = null;
  }

  acted(executionId: string, by: Performance): void {
    const account = this.accounts.get(executionId);
    if (account === undefined) return this.#stage.violate('effects', 'an effect for an execution that is not there');
    const { label, claims } = account;
    this.#stage.trace.note(by.processName, `effect of ${label}`);
    if (!this.#isAlive(by.workerId))
      this.#stage.violate('lease', `${by.processName} acted for ${label} without a lease`);
    if (claims.at(-1)?.workerId !== by.workerId) {
      this.#stage.violate('effects', `${by.processName} acted for ${label}, which is not its own`);
    }
  }

  /** A process has written a line into the execution log. */
  logged(process: SimulatedProcess, message: string): void {
    this.lines += 1;
    const { id, type, details, ...line }: Line = JSON.parse(message);
    const account = this.#byArn.get(line.execution_arn);
    if (account === undefined) return this.#violate(`${line.execution_arn} is in the log, and was never started`);
    const { label, attempts } = account;
    const before = attempts.get(process.name);
    const what = `${label}, ${process.name}: event ${id}, ${type},`;
    const at = Number(line.event_timestamp);
    const isGivenUp = type === 'ExecutionFailed' && details.cause?.startsWith(GIVEN_UP) === true;
    if (!account.claims.some(({ processName }) => processName === process.name)) {
      this.#violate(`${what} was logged by a process that never had it`);
    }
    if (isGivenUp) this.#checkGivenUp(account);
    else if ((type === 'ExecutionStarted') !== (id === '1')) this.#violate(`${what} does not begin at the start`);
    else if (id !== '1' && Number(id) !== (before?.lastEventId ?? 0) + 1) {
      this.#violate(`${what} comes after event ${before?.lastEventId ?? 0}`);
    } else if (id !== '1' && (before?.ended === true || at < (before?.at ?? 0))) {
      this.#violate(`${what} comes after the end, or before what was before it`);
    }
    const ended = /^Execution(Succeeded|Failed|TimedOut|Aborted)$/.test(type);
    const startedAt = id === '1' ? at : (before?.startedAt ?? at);
    attempts.set(process.name, { startedAt, lastEventId: Number(id), at, ended });
    if (!ended) return;
    this.#stage.trace.note(process.name, `${label} comes to ${type}`);
    const status = type.replace('Execution', '').toUpperCase();
    // Where many wait for few places, each may come to the end of its five minutes.
    const isOverTime = type === 'ExecutionTimedOut' && at - startedAt >= QUOTAS.expressDurationMs;
    if (!isGivenUp && !isOverTime)
      account.ends.push({ status, output: details.output ?? null, error: details.error ?? null });
    else account.ends.push({ status: UNFORESEEN, output: null, error: null });
  }

  #checkGivenUp({ label, claims }: ExpressAccount): void {
    const dead = claims.filter(({ workerId }) => !this.#isAlive(workerId));
    if (dead.length < DEATHS) this.#violate(`${label} was given up after ${dead.length} deaths`);
  }

  /** Whether an execution was given up for a reason. */
  isGivenUp(executionArn: unknown): boolean {
    const account = typeof executionArn === 'string' ? this.#byArn.get(executionArn) : undefined;
    return account !== undefined && account.claims.filter(({ workerId }) => !this.#isAlive(workerId)).length >= DEATHS;
  }

  /** Rows were asked to go, and some of those that were `there` have gone. */
  removed(
    process: SimulatedProcess,
    there: ReadonlyArray<{ readonly executionId: string; readonly epoch: number }>,
  ): void {
    for (const { executionId, epoch } of there) {
      const account = this.accounts.get(executionId);
      if (account === undefined) continue;
      const { label, claims, attempts } = account;
      if (this.#state.runs.has(executionId)) {
        if (epoch === account.epoch) this.#violate(`${label} has ended, and its row is there still`);
        continue;
      }
      this.#stage.trace.note(process.name, `${label} is removed`);
      const owner = claims.at(-1);
      if (epoch !== account.epoch) {
        this.#stage.violate('fence', `${label} was removed under epoch ${epoch}, the present one is ${account.epoch}`);
      } else if (owner === undefined || attempts.get(owner.processName)?.ended !== true) {
        this.#violate(`${label} was removed before its end`);
      }
    }
  }

  /** Why one should not be left as it is; each as a sentence. */
  troubles(): string[] {
    const found: string[] = [];
    for (const { executionId, label } of this.accounts.values()) {
      const row = this.#state.runs.get(executionId);
      if (row !== undefined && (row.owner === null || !this.#isAlive(row.owner.workerId)))
        found.push(`${label} runs nowhere`);
    }
    return found;
  }

  /** One that nobody owns is looked for at some time. */
  checkRows(): void {
    for (const { executionId, label } of this.accounts.values()) {
      const row = this.#state.runs.get(executionId);
      if (row?.owner === null && row.wakeAt === null) {
        this.#stage.violate('parked', `${label} is unowned, and wake_at is null`);
      }
    }
  }

  /** Once all has come to rest. `foretell`: what a machine comes to, where that can be known. */
  checkAtRest(foretell: (stateMachineArn: string) => Result | null): void {
    for (const { label, ends, stateMachineArn } of this.accounts.values()) {
      if (ends.length === 0) this.#violate(`${label} is gone, and has never come to its end`);
      const foretold = foretell(stateMachineArn);
      if (foretold === null) continue;
      const wrong = ends.find((end) => end.status !== UNFORESEEN && JSON.stringify(end) !== JSON.stringify(foretold));
      if (wrong === undefined) continue;
      const what = `${label} came to ${JSON.stringify(wrong)}, foretold was ${JSON.stringify(foretold)}`;
      this.#stage.violate('result', what);
    }
  }

  #violate(message: string): void {
    this.#stage.violate('express', message);
  }
}
