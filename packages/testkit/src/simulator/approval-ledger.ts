import { type Approval, type ApprovalKey, type ApprovalRecord, readApproval } from '@everstep/engine';
import { type TaskResult, isObject, jsonText, parseJson } from '@everstep/language';
import type { MemoryState } from '@everstep/store-memory';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Stage } from './stage.ts';

interface ApprovalAccount {
  readonly key: ApprovalKey;
  readonly label: string;
  /** What was written as decided, as a task's result in JSON text; null: nothing yet. */
  decided: string | null;
  /** What its task has taken; null: nothing yet. */
  taken: string | null;
  /** Whether somebody was answered that it is decided. */
  answered: boolean;
  /** Who was told that their vote counts, with what they chose. */
  readonly votes: Map<string, string>;
}

/**
 * Keeps account of the approvals: what was answered to whoever decided is what the task takes, once; what comes too late is
 * shown as such; and no approval stays open after its task.
 */
export class ApprovalLedger {
  readonly #stage: Stage;
  readonly #state: MemoryState;
  readonly #accounts = new Map<string, ApprovalAccount>();

  constructor(stage: Stage, state: MemoryState) {
    this.#stage = stage;
    this.#state = state;
  }

  asked(process: SimulatedProcess, record: ApprovalRecord, label: string): void {
    this.#stage.trace.note(process.name, `approval of ${label} task ${record.taskId}`);
    const { executionId, taskId } = record;
    if (this.#accounts.has(keyText(record))) return this.#violate(`${label} task ${taskId} has asked twice`);
    this.#accounts.set(keyText(record), {
      ...{ key: { executionId, taskId }, label: `${label} task ${taskId}` },
      ...{ decided: null, taken: null, answered: false, votes: new Map() },
    });
  }

  /** The row is another one since this moment. */
  changed(process: SimulatedProcess, key: ApprovalKey): void {
    const account = this.#accounts.get(keyText(key));
    const approval = this.#read(key);
    if (account === undefined || approval === null) return this.#violate('an approval was changed that is not there');
    const { record, progress } = approval;
    const { label } = account;
    const outcome = outcomeText(approval);
    this.#stage.trace.note(process.name, `approval of ${label}: ${record.status}, ${outcome ?? 'nothing decided'}`);
    if (account.decided !== null && outcome !== null && outcome !== account.decided) {
      this.#violate(`${label} was decided as ${account.decided}, and again as ${outcome}`);
    }
    if (outcome === null && account.decided !== null && account.taken !== null) {
      this.#violate(`${label} has taken its decision, and is shown as ${record.status}`);
    }
    for (const [user, choice] of account.votes) {
      const isThere = progress.decisions.some((vote) => vote.user === user && vote.choice === choice);
      if (!isThere) this.#violate(`the vote of ${user} for ${label} was acknowledged, and is gone`);
    }
    account.decided ??= outcome;
  }

  /** The store has accepted the result of a task, which may be one that people decide. */
  accepted(key: ApprovalKey, activation: string): void {
    const account = this.#accounts.get(keyText(key));
    if (account === undefined) return;
    const { result = null } = parseActivation(activation);
    account.taken = resultText(result);
    if (account.taken !== account.decided) {
      this.#violate(`${account.label} was answered ${account.taken}, decided was ${account.decided ?? 'nothing'}`);
    }
  }

  /** Somebody was told that their vote counts, and, where that decides, that it is decided. */
  told(key: ApprovalKey, vote: { readonly user: string; readonly choice: string }, isDecided: boolean): void {
    const account = this.#accounts.get(keyText(key));
    const approval = this.#read(key);
    if (account === undefined || approval === null) return this.#violate('a vote was acknowledged, and is nowhere');
    const { label } = account;
    account.votes.set(vote.user, vote.choice);
    if (!approval.progress.decisions.some(({ user, choice }) => user === vote.user && choice === vote.choice)) {
      this.#violate(`the vote of ${vote.user} for ${label} was acknowledged, and is not there`);
    }
    if (!isDecided) return;
    account.answered = true;
    if (approval.record.status !== 'DECIDED') {
      this.#violate(`${vote.user} was told that ${label} is decided, and it is ${approval.record.status}`);
    }
    if (account.taken === null)
      this.#violate(`${vote.user} was told that ${label} is decided, and its task has no answer`);
  }

  /** What its task has taken; null: nothing, or nobody was asked. */
  resultOf(key: ApprovalKey): string | null {
    return this.#accounts.get(keyText(key))?.taken ?? null;
  }

  /** What people find in their inbox: those whose task takes an answer still. */
  openKeys(): ApprovalKey[] {
    const keys = [...this.#accounts.values()].map(({ key }) => key);
    return keys.filter((key) => this.#read(key)?.record.status === 'OPEN' && this.#isWaiting(key));
  }

  #isWaiting({ executionId, taskId }: ApprovalKey): boolean {
    return this.#state.runs.get(executionId)?.tokens.get(taskId)?.status === 'open';
  }

  /** Those with which something is left to be done, each as a sentence. */
  unfinished(): string[] {
    const found: string[] = [];
    for (const { key, label } of this.#accounts.values()) {
      const approval = this.#read(key);
      if (approval === null) found.push(`the approval of ${label} is gone`);
      else if (approval.record.status === 'OPEN') found.push(`the approval of ${label} is open`);
    }
    return found;
  }

  /** Once all has come to rest. */
  checkAtRest(): void {
    for (const { key, label, answered, taken, decided } of this.#accounts.values()) {
      const approval = this.#read(key);
      const status = approval?.record.status ?? 'gone';
      if (answered && (status !== 'DECIDED' || taken === null)) {
        this.#violate(`somebody was told that ${label} is decided, and it is ${status}`);
      }
      if (taken === null && status === 'DECIDED') this.#violate(`${label} is shown as decided, and has taken nothing`);
      if (taken !== null && status !== 'DECIDED') this.#violate(`${label} has taken ${taken}, and is ${status}`);
      if (status === 'DECIDED' && approval !== null && outcomeText(approval) !== decided) {
        this.#violate(
          `${label} was decided as ${decided ?? 'nothing'}, and is shown as ${outcomeText(approval) ?? 'nothing'}`,
        );
      }
    }
    for (const what of this.unfinished()) this.#violate(what);
  }

  #read(key: ApprovalKey): Approval | null {
    const record = this.#state.approvals.get(keyText(key));
    return record === undefined ? null : readApproval(record);
  }

  #violate(message: string): void {
    this.#stage.violate('approvals', message);
  }
}

function keyText({ executionId, taskId }: ApprovalKey): string {
  return `${executionId}:${taskId}`;
}

function outcomeText({ progress: { outcome } }: Approval): string | null {
  if (outcome === null) return null;
  return outcome.ok
    ? resultText({ ok: true, output: parseJson(outcome.output) })
    : resultText({ ok: false, error: outcome.error, cause: outcome.cause });
}

/** The answer alone, the same however it came. */
export function resultText(result: TaskResult | null): string {
  if (result === null) return 'nothing';
  return result.ok ? jsonText(result.output) : JSON.stringify([result.error ?? null, result.cause ?? null]);
}

function parseActivation(text: string): { readonly result?: TaskResult } {
  const activation = parseJson(text);
  const result = isObject(activation) ? activation['result'] : undefined;
  if (!isObject(result)) return {};
  if (result['ok'] === true) return { result: { ok: true, output: result['output'] ?? null } };
  const [error, cause] = [result['error'], result['cause']];
  return {
    result: {
      ok: false,
      ...(typeof error === 'string' ? { error } : {}),
      ...(typeof cause === 'string' ? { cause } : {}),
    },
  };
}
