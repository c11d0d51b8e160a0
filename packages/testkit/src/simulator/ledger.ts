import {
  type ApprovalKey,
  type CommitOutcome,
  type NewExecution,
  type ParentTask,
  type RunCommit,
  labelOfArn,
  taskKey,
  type WarmRun,
} from '@everstep/engine';
import type { HistoryEvent, MapRunResult } from '@everstep/language';
import { nameOfArn } from '@everstep/protocol';
import type { MemoryState, RunRow } from '@everstep/store-memory';
import { type Account, describeCommit, newAccount, noteDeadline, promisesOf } from './account.ts';
import { ApprovalLedger } from './approval-ledger.ts';
import { Deaths } from './deaths.ts';
import { ExpressLedger } from './express-ledger.ts';
import { JobBoard } from './job-board.ts';
import { MapLedger } from './map-ledger.ts';
import type { ParsedMachines } from './parsed-machines.ts';
import { Replay } from './replay.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Checker, Stage } from './stage.ts';
import { FOREIGN, SEALED } from './unreadable.ts';

/** While clocks differ, what is due for a worker is refused until it is due for the store. */
const MOST_REFUSALS = 25;
const REFUSED_FOR_MS = 1_500;

/**
 * Watches everything that the store answers and keeps its own account of it: who may write what, what was promised, and
 * what each execution must look like. It reads the store's tables, and never writes them.
 */
export class Ledger {
  readonly accounts = new Map<string, Account>();
  readonly #stage: Stage;
  readonly #state: MemoryState;
  readonly #machines: ParsedMachines;
  readonly #secret: Buffer;
  readonly #region: string;
  readonly mapRuns: MapLedger;
  readonly express: ExpressLedger;
  readonly deaths: Deaths;
  readonly jobs: JobBoard;
  readonly approvals: ApprovalLedger;
  #started = 0;

  constructor(stage: Stage, state: MemoryState, machines: ParsedMachines, region: string) {
    this.#stage = stage;
    this.#state = state;
    this.#machines = machines;
    this.#secret = Buffer.from(state.secret, 'hex');
    this.#region = region;
    const isOpen = (executionId: string): boolean => this.accounts.get(executionId)?.ended === false;
    this.jobs = new JobBoard(stage, (executionId) => this.accounts.get(executionId));
    this.deaths = new Deaths(stage, state);
    this.approvals = new ApprovalLedger(stage, state);
    this.mapRuns = new MapLedger(stage, state, isOpen);
    this.express = new ExpressLedger(stage, state, (workerId) => this.isAlive(workerId));
  }

  label(executionId: string): string {
    const known = this.accounts.get(executionId) ?? this.express.accounts.get(executionId);
    return known?.label ?? this.mapRuns.label(executionId) ?? executionId;
  }

  isAlive(workerId: string): boolean {
    const worker = this.#state.workers.get(workerId);
    return worker !== undefined && !worker.dead && worker.leaseUntil > this.#state.now();
  }

  started(process: SimulatedProcess, execution: NewExecution, kind: string): void {
    if (kind === 'started') {
      const { parent } = execution;
      const family = parent === null ? undefined : this.label(parent.executionId);
      if (parent === null) this.#started += 1;
      const label = parent === null ? `e${this.#started}` : `${family ?? '?'}/${parent.taskId}`;
      const account = newAccount(execution.executionId, label, this.#replay(execution));
      account.isLate = parent !== null && this.#isOver(parent);
      this.accounts.set(execution.executionId, account);
    }
    this.#stage.trace.note(process.name, `start ${this.label(execution.executionId)}: ${kind}`);
  }

  /** Whether a task that starts an execution has been closed before it came to that. */
  #isOver({ executionId, taskId }: ParentTask): boolean {
    const account = this.accounts.get(executionId);
    return account !== undefined && (account.ended || account.replay.closed.has(taskId));
  }

  claimed(process: SimulatedProcess, workerId: string, run: Pick<WarmRun, 'executionId' | 'epoch' | 'inbox'>): void {
    this.deaths.claimed(process.name, workerId, run);
    if (this.mapRuns.has(run.executionId)) {
      this.#stage.trace.note(process.name, `claim ${this.label(run.executionId)}: epoch ${run.epoch}`);
      return this.mapRuns.claimed(workerId, run, this.isAlive(workerId));
    }
    if (this.express.accounts.has(run.executionId)) return this.express.claimed(process, workerId, run);
    const account = this.accounts.get(run.executionId);
    if (account === undefined) return this.#violate('engine', 'a run was claimed that was never started');
    this.#stage.trace.note(process.name, `claim ${account.label}: epoch ${run.epoch}, inbox ${run.inbox.length}`);
    if (run.epoch <= account.epoch)
      this.#violate('fence', `${account.label} was claimed under epoch ${run.epoch} again`);
    if (!this.isAlive(workerId)) {
      this.#violate('lease', `${account.label} was claimed by ${process.name}, whose identity has no lease`);
    }
    const { holder } = account;
    if (holder !== null && holder !== workerId && this.isAlive(holder)) {
      this.#violate('fence', `${account.label} was claimed from an owner that is alive`);
    }
    account.epoch = run.epoch;
    account.holder = workerId;
    account.claimer = workerId;
    this.checkRow(account);
  }

  committed(process: SimulatedProcess, workerId: string, commit: RunCommit, outcome: CommitOutcome): void {
    const { mapRuns } = commit;
    if (mapRuns?.own !== undefined) return this.#mapCommitted(process, workerId, commit, outcome);
    const account = this.accounts.get(commit.executionId);
    if (account === undefined) return this.#violate('engine', 'a run was committed that was never started');
    if (this.#stage.trace.on) {
      const what = `commit ${account.label}: ${describeCommit(commit)} -> ${outcome.kind}`;
      this.#stage.trace.note(process.name, what);
    }
    if (outcome.kind === 'unstorable') return this.#violate('engine', `${account.label}: ${outcome.message}`);
    if (outcome.kind === 'signals' || outcome.kind === 'token') this.#refused(account, outcome.kind);
    if (outcome.kind !== 'committed') return;
    account.refused.count = 0;
    if (account.claimer !== workerId) {
      this.#violate('fence', `${process.name} committed ${account.label}, which it no longer owned`);
    }
    this.#apply(account, commit);
  }

  #mapCommitted(process: SimulatedProcess, workerId: string, commit: RunCommit, outcome: CommitOutcome): void {
    const own = commit.mapRuns?.own;
    if (this.#stage.trace.on) {
      const what = `${describeCommit(commit)}, ${own?.children.length ?? 0} begin, ${own?.progress ?? ''}`;
      this.#stage.trace.note(process.name, `commit ${this.label(commit.executionId)}: ${what} -> ${outcome.kind}`);
    }
    if (outcome.kind !== 'committed' || own === undefined) return;
    for (const child of own.children) this.started(process, child, 'started');
    for (const { executionId } of own.redrivenChildren) this.redriven(process, executionId);
    if (own.status === 'FAILED' && this.deaths.isHopeless(commit.executionId)) this.deaths.givenUp += 1;
    this.deaths.committed(commit.executionId);
    this.mapRuns.committed(workerId, commit, own);
    this.#deliver(commit.arrivals);
  }

  forced(process: SimulatedProcess, commit: RunCommit): void {
    const account = this.accounts.get(commit.executionId);
    if (account === undefined) return this.#violate('engine', 'a run was forced that was never started');
    if (this.#stage.trace.on) this.#stage.trace.note(process.name, `force ${account.label}: ${describeCommit(commit)}`);
    account.epoch = Math.max(account.epoch, commit.epoch);
    account.holder = null;
    account.claimer = null;
    this.#apply(account, commit);
  }

  /** The store has accepted the result of a task. */
  accepted(process: SimulatedProcess, { executionId, taskId }: ApprovalKey, activation: string): void {
    this.approvals.accepted({ executionId, taskId }, activation);
    const account = this.accounts.get(executionId);
    const token = account?.tokens.get(taskId);
    if (account === undefined || token === undefined) return this.#violate('tokens', 'an unknown token was accepted');
    this.#stage.trace.note(process.name, `callback ${account.label} task ${taskId}: accepted`);
    if (token.accepted !== null)
      this.#violate('tokens', `two results of ${account.label} task ${taskId} were accepted`);
    if (account.replay.closed.has(taskId) || account.ended) {
      this.#violate('tokens', `a result of ${account.label} task ${taskId} was accepted after the task had ended`);
    }
    this.#arrived(account);
    token.accepted = account.signals;
    account.results.set(taskId, account.signals);
  }

  /** A task has its permits, and will hear of it. */
  permitted(process: SimulatedProcess, executionId: string, taskId: number): void {
    const account = this.accounts.get(executionId);
    if (account === undefined) return this.#violate('permits', 'a permit was given to an execution that is not there');
    this.#stage.trace.note(process.name, `permit for ${account.label} task ${taskId}`);
    if (account.ended) this.#violate('permits', `${account.label} got a permit after its end`);
    this.#arrived(account);
  }

  beaten(process: SimulatedProcess, executionId: string, taskId: number): void {
    const account = this.accounts.get(executionId);
    if (account === undefined) return;
    this.#stage.trace.note(process.name, `heartbeat ${account.label} task ${taskId}: accepted`);
    this.#readDeadlines(account);
    const seconds = account.replay.scheduled.get(taskId)?.heartbeatSeconds ?? null;
    const wanted = seconds === null ? null : this.#state.now() + seconds * 1_000;
    const found = account.tokens.get(taskId)?.heartbeatAt ?? null;
    if (found !== wanted) {
      const what = `a heartbeat of ${account.label} task ${taskId}`;
      this.#violate('acknowledged', `${what} moved the deadline to ${found}, not to ${wanted}`);
    }
  }

  taken(process: SimulatedProcess, executionId: string, taskId: number): void {
    const account = this.accounts.get(executionId);
    const token = account?.tokens.get(taskId);
    if (account === undefined || token === undefined) return this.#violate('tokens', 'an unknown task was taken');
    this.#stage.trace.note(process.name, `take ${account.label} task ${taskId}`);
    if (token.taken) this.#violate('tokens', `${account.label} task ${taskId} was taken twice`);
    token.taken = true;
    this.#readDeadlines(account);
    this.#arrived(account);
  }

  /** It is open again; its inbox begins anew. */
  redriven(process: SimulatedProcess, executionId: string): void {
    const account = this.accounts.get(executionId);
    if (account === undefined) return this.#violate('engine', 'an execution was redriven that was never started');
    this.#stage.trace.note(process.name, `redrive ${account.label}`);
    if (!account.ended) this.#violate('engine', `${account.label} was redriven before its end`);
    account.ended = false;
    account.redrives += 1;
    account.holder = null;
    account.claimer = null;
    account.signals = 1;
    account.consumed = 0;
    account.stop = null;
    account.results.clear();
    this.checkRow(account);
  }

  /** Whether the owners of an execution, or of a Map Run, have died so often that the engine may say so. */
  isHopeless(executionArn: unknown): boolean {
    if (typeof executionArn !== 'string') return false;
    if (this.express.isGivenUp(executionArn)) return true;
    const mapRun = [...this.#state.runs.values()].find(
      ({ execution }) => execution.record.executionArn === executionArn,
    );
    const executionId = this.#state.idsByArn.get(executionArn) ?? mapRun?.executionId;
    return executionId !== undefined && this.deaths.isHopeless(executionId);
  }

  /** Runs that nobody owns any more. */
  released(executionIds: Iterable<string>): void {
    for (const executionId of executionIds) {
      this.mapRuns.checkRow(executionId);
      this.express.released(executionId);
      const account = this.accounts.get(executionId);
      if (account === undefined || account.ended) continue;
      if (this.#state.runs.get(executionId)?.owner === null) account.holder = null;
      this.checkRow(account);
    }
  }

  /** A run that nobody owns and nobody will look at must have nothing to do but wait for an arrival. */
  checkRow(account: Account): void {
    const row = this.#state.runs.get(account.executionId);
    if (row === undefined || row.owner !== null || account.ended) return;
    const problem = parkingProblem(account, row);
    if (problem !== null) this.#violate('parked', `${account.label} is unowned, ${problem}`);
  }

  #apply(account: Account, commit: RunCommit): void {
    const { label } = account;
    if (commit.epoch !== account.epoch) {
      this.#violate('fence', `${label} was committed under epoch ${commit.epoch}, the present one is ${account.epoch}`);
    }
    if (account.ended) this.#violate('fence', `${label} was committed after its end`);
    if (commit.consumed < account.consumed || commit.consumed > account.signals) {
      this.#violate('acknowledged', `${label}: ${commit.consumed} consumed of ${account.signals} arrivals`);
    }
    if (commit.then.kind !== 'keep' && commit.consumed !== account.signals) {
      const what = `${commit.then.kind} of ${label} consumed ${commit.consumed} of ${account.signals} arrivals`;
      this.#violate('acknowledged', `the ${what}`);
    }
    const isStop = commit.then.kind === 'end' && commit.then.status === 'ABORTED';
    const isGivenUp = account.replay.isGivenUp(commit);
    // Who cannot read it cannot see the Stop.
    const isUnread = isGivenUp && !isOfDeaths(commit);
    if (account.stop !== null && commit.consumed >= account.stop && !isStop && !isUnread) {
      this.#violate('acknowledged', `${label} has read a Stop and went on: ${describeCommit(commit)}`);
    }
    for (const closed of commit.tokens.closed) this.#checkClosing(account, commit, closed);
    if (isGivenUp) this.#givenUp(account, commit);
    this.deaths.committed(commit.executionId);
    const problem = account.replay.commit(commit, promisesOf(account, this.approvals, this.jobs));
    if (problem !== null) this.#violate('replay', `${label}: ${problem}`);
    account.consumed = commit.consumed;
    for (const { taskId, timeoutAt } of commit.tokens.opened) {
      noteDeadline(account, { taskId, status: 'open', timeoutAt, heartbeatAt: null });
    }
    this.#readDeadlines(account);
    if (commit.then.kind === 'end') account.ended = true;
    if (commit.then.kind === 'park') account.holder = null;
    for (const mapRun of commit.mapRuns?.started ?? []) this.mapRuns.started(`${label}/map`, mapRun);
    for (const { execution } of commit.mapRuns?.redriven ?? []) this.mapRuns.redriven(execution.executionId);
    this.#deliver(commit.arrivals);
    if (account.ended) this.#checkAbandoned(account);
    this.checkRow(account);
  }

  #givenUp(account: Account, { executionId, then }: RunCommit): void {
    const why = then.kind === 'end' ? (then.cause ?? '') : '';
    account.isUnread ||= why.endsWith(SEALED);
    if (isOfDeaths({ then })) this.deaths.failed(executionId, account.label);
    else if (why.endsWith(SEALED) || why.endsWith(FOREIGN)) this.deaths.givenUp += 1;
    else this.#violate('engine', `${account.label} was given up: ${why}`);
  }

  /** With its end all that works for it is told to stop: nobody waits for it any more. */
  #checkAbandoned({ executionId, label }: Account): void {
    for (const child of this.accounts.values()) {
      const parent = this.#state.executions.get(child.executionId)?.record.parent;
      const isOther = parent?.executionId !== executionId || !parent.sync;
      if (isOther || child.ended || child.stop !== null || child.isLate) continue;
      this.#violate('abandoned', `${label} has ended, and nobody stops ${child.label}, which works for it`);
    }
    this.mapRuns.checkAbandoned(executionId, label);
  }

  #deliver(arrivals: RunCommit['arrivals']): void {
    for (const { executionId, activation } of arrivals) {
      this.mapRuns.arrivedAt(executionId, activation);
      const target = this.accounts.get(executionId);
      if (target === undefined || target.ended) continue;
      this.#arrived(target);
      const { type, taskId, result }: { type: string; taskId?: number; result?: MapRunResult } = JSON.parse(activation);
      if (type === 'Stop') target.stop ??= target.signals;
      if (type === 'ChildResult' && taskId !== undefined) target.results.set(taskId, target.signals);
      if (type === 'MapRunEnded' && taskId !== undefined && result !== undefined) target.mapRuns.set(taskId, result);
    }
  }

  /** Refusals lead to something new: what is refused again and again for seconds never ends. */
  #refused(account: Account, why: string): void {
    const { refused } = account;
    const now = this.#state.now();
    if (refused.count === 0) refused.since = now;
    refused.count += 1;
    if (refused.count > MOST_REFUSALS && now - refused.since > REFUSED_FOR_MS) {
      this.#violate('served', `${account.label} was refused (${why}) ${refused.count} times in a row`);
    }
  }

  /** The token's row decides, whatever the store's own rules let pass. */
  #checkClosing(account: Account, commit: RunCommit, closed: RunCommit['tokens']['closed'][number]): void {
    const { taskId, reason } = closed;
    const token = account.tokens.get(taskId);
    const what = `${account.label} task ${taskId}`;
    if (token === undefined) return this.#violate('tokens', `${what} was closed without a token`);
    if (reason === 'timed-out') {
      const now = this.#state.now();
      if (token.accepted !== null) this.#violate('tokens', `${what} timed out after its result was accepted`);
      const limits = [token.timeoutAt, token.heartbeatAt].filter((limit) => limit !== null);
      if (!limits.some((limit) => limit <= now))
        this.#violate('tokens', `${what} timed out before its token's deadline`);
    } else if (token.accepted !== null && token.accepted > commit.consumed) {
      this.#violate('tokens', `${what} was closed (${reason}) with an accepted result unread`);
    }
  }

  #arrived(account: Account): void {
    account.signals += 1;
    this.checkRow(account);
  }

  #readDeadlines(account: Account): void {
    const row = this.#state.runs.get(account.executionId);
    for (const [taskId, { status, timeoutAt, heartbeatAt }] of row?.tokens ?? []) {
      noteDeadline(account, { taskId, status, timeoutAt, heartbeatAt });
    }
  }

  #replay(execution: NewExecution): Replay {
    const { executionId, executionArn, name, stateMachineArn, input, startDate } = execution;
    const revision = this.#state.revisions.get(execution.revisionId);
    if (revision === undefined) throw new Error(`execution ${name} names no revision`);
    const label = labelOfArn(stateMachineArn);
    return new Replay(this.#machines.parse(revision.definition, label), {
      executionId,
      executionArn,
      name,
      stateMachineArn,
      stateMachineName: nameOfArn(stateMachineArn),
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      roleArn: revision.roleArn,
      region: this.#region,
      startTime: startDate,
      input,
      tokenKey: taskKey(this.#secret, executionId),
    });
  }

  #violate(checker: Checker, message: string): void {
    this.#stage.violate(checker, message);
  }
}

/** Whether it says that an execution is failed because the processes that ran it died. */
function isOfDeaths({ then }: Pick<RunCommit, 'then'>): boolean {
  return then.kind === 'end' && then.cause?.includes(': the process that ran it died') === true;
}

function parkingProblem(account: Account, row: RunRow): string | null {
  const { replay } = account;
  const { wakeAt } = row;
  if (account.signals > account.consumed && wakeAt === null) return 'something has arrived, and wake_at is null';
  if (replay.events.length === 0) return wakeAt === null ? 'it has not begun, and wake_at is null' : null;
  const { timer } = replay;
  if (wakeAt === null && timer !== null) return `its next timer is at ${timer}, and wake_at is null`;
  if (wakeAt === null && replay.poll !== null) return `a job is asked for at ${replay.poll}, and wake_at is null`;
  const undone = replay.pending.find((task) => task.phase === 'scheduled' && task.resource.kind !== 'activity');
  if (undone !== undefined && wakeAt === null) return `task ${undone.taskId} must be performed, and wake_at is null`;
  return null;
}

/** What is wrong with a whole history, or null. */
export function historyFault(events: readonly HistoryEvent[], ended: boolean): string | null {
  let last = 0;
  for (const [index, { id, previousEventId, timestamp, type }] of events.entries()) {
    if (id !== index + 1) return `event number ${index + 1} has the id ${id}`;
    if (previousEventId >= id) return `event ${id} names ${previousEventId} as its previous one`;
    if (timestamp < last) return `event ${id} lies before the one before it`;
    const next = events[index + 1];
    const endsHere = next === undefined ? ended : next.type === 'ExecutionRedriven';
    if (isTerminal(type) !== endsHere) return `event ${id} of ${events.length} is ${type}`;
    last = timestamp;
  }
  return events.length === 0 && ended ? 'it has no events' : null;
}

function isTerminal(type: string): boolean {
  return /^Execution(Succeeded|Failed|TimedOut|Aborted)$/.test(type);
}
