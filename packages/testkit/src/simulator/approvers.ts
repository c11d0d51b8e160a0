import {
  type ApprovalKey,
  DEFAULT_SETTINGS,
  claimApproval,
  commentApproval,
  decideApproval,
  releaseApproval,
} from '@everstep/engine';
import { approvalArn } from '@everstep/protocol';
import type { ApprovalLedger } from './approval-ledger.ts';
import type { People } from './people.ts';
import type { Stage } from './stage.ts';

/** Who may be asked. */
export const APPROVERS: readonly [string, ...string[]] = ['ann', 'bob', 'eve'];
const SLOWEST_MS = 5_000;

/** Those who decide: several at once, early and late, some twice, some not at all. */
export class Approvers {
  readonly #stage: Stage;
  readonly #people: People;
  readonly #ledger: ApprovalLedger;
  /** The approvals that somebody will decide still. */
  readonly #busy = new Map<string, number>();

  constructor(stage: Stage, people: People, ledger: ApprovalLedger) {
    this.#stage = stage;
    this.#people = people;
    this.#ledger = ledger;
  }

  /** A task has asked, perhaps not for the first time. */
  hear(key: ApprovalKey): void {
    const { chance } = this.#stage;
    for (const name of APPROVERS) {
      if (chance.happens(0.4)) continue;
      this.#act(key, () => this.#decide(key, name, chance.integer(0, SLOWEST_MS)));
    }
  }

  /** Whoever looks into the inbox finds what is open. */
  findOpen(): void {
    for (const key of this.#ledger.openKeys()) {
      if (this.#busy.has(textOf(key))) continue;
      for (const name of APPROVERS) this.#act(key, () => this.#decide(key, name, 0));
    }
  }

  #act(key: ApprovalKey, act: () => Promise<void>): void {
    const text = textOf(key);
    this.#busy.set(text, (this.#busy.get(text) ?? 0) + 1);
    this.#people.inBackground(
      act().finally(() => {
        const left = (this.#busy.get(text) ?? 0) - 1;
        if (left > 0) this.#busy.set(text, left);
        else this.#busy.delete(text);
      }),
    );
  }

  async #decide(key: ApprovalKey, name: string, afterMs: number): Promise<void> {
    const { chance, timeline } = this.#stage;
    const arn = approvalArn(DEFAULT_SETTINGS, key.executionId, key.taskId);
    const what = `${name}, approval ${key.executionId.slice(-6)} ${key.taskId}`;
    const person = { name, groups: [], isAnybody: false };
    await timeline.sleep(afterMs);
    if (chance.happens(0.2)) {
      await this.#people.ask(`comment of ${what}`, (context) =>
        commentApproval(context, arn, { person, comment: 'well' }),
      );
    }
    const claims = chance.happens(0.2);
    if (claims) {
      await this.#people.ask(`claim of ${what}`, (context) => claimApproval(context, arn, { person, force: false }));
      if (chance.happens(0.5)) {
        await this.#people.ask(`release of ${what}`, (context) => releaseApproval(context, arn, person));
      }
    }
    const choice = chance.pick(['approve', 'approve', 'reject']);
    const decide = async (): Promise<void> => {
      const answer = await this.#people.ask(`${choice} of ${what}`, async (context) => ({
        outcome: await decideApproval(context, arn, { person, choice }),
      }));
      if (answer !== null) this.#ledger.told(key, { user: name, choice }, answer.outcome !== null);
    };
    if (chance.happens(0.2)) this.#people.inBackground(decide());
    await decide();
  }
}

function textOf({ executionId, taskId }: ApprovalKey): string {
  return `${executionId}:${taskId}`;
}
