import type { EngineContext } from '../context.ts';
import type { ApprovalNotice, ApprovalNotifier } from '../ports/approval-notifier.ts';
import type { ApprovalKey, ApprovalRecord } from '../ports/approval-store.ts';
import { ApprovalLinks } from './approval-links.ts';
import {
  type Approval,
  type ApprovalProgress,
  type PendingNotice,
  escalate,
  readApproval,
  withTrail,
} from './approval-progress.ts';
import type { ApprovalNotify } from './approval-request.ts';
import { approvalArnOf, closeApproval, keep } from './approvals.ts';

export interface ApprovalDutyOptions {
  /** Sends the notices; where absent, none are sent. */
  readonly notifier?: ApprovalNotifier;
  /** Where people reach the console, without a slash at its end; null: notices carry no links. */
  readonly publicUrl?: string | null;
}

const BATCH = 50;
/** Longer than all that one of them may take: nobody sends the same twice unless somebody has died. */
const LEASE_MS = 120_000;
const SEND_MS = 15_000;
const ATTEMPTS = 8;
const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 3_600_000;
const PAGE = 500;

/** Duty `approvals`: what approvals want of themselves: escalations, notices. Answers how many it saw to. */
export class ApprovalDuty {
  readonly #options: ApprovalDutyOptions;
  #forsakenAfter: ApprovalKey | null = null;

  constructor(options: ApprovalDutyOptions = {}) {
    this.#options = options;
  }

  async run(context: EngineContext): Promise<number> {
    const { store, logger } = context;
    let seen = 0;
    for (;;) {
      const taken = await store.takeApprovals({ limit: BATCH, leaseMs: LEASE_MS });
      await Promise.all(
        taken.map(async (record) => {
          try {
            await this.#see(context, readApproval(record));
          } catch (error) {
            logger.warn({ err: error, executionArn: record.executionArn }, 'an approval was not seen to; trying again');
          }
        }),
      );
      seen += taken.length;
      if (taken.length < BATCH) return seen;
    }
  }

  /** Duty `forsaken-approvals`: closes those whose task ended without them. Answers how many. */
  async closeForsaken(context: EngineContext): Promise<number> {
    const { store } = context;
    const after = this.#forsakenAfter;
    const page = await store.listForsakenApprovals({ ...(after === null ? {} : { after }), limit: PAGE });
    for (const record of page) {
      await closeApproval(context, readApproval(record));
    }
    this.#forsakenAfter = page.length < PAGE ? null : (page.at(-1) ?? null);
    return page.length;
  }

  async #see(context: EngineContext, approval: Approval): Promise<void> {
    const { progress, request, record } = approval;
    if (record.status !== 'OPEN') return;
    // Nobody is told of, or given, what nobody can decide any more.
    if (!(await isWaiting(context, record))) {
      await closeApproval(context, approval);
      return;
    }
    const now = context.clock.now();
    if (request.escalation !== null && !progress.escalated && request.escalation.at <= now) {
      await keep(context, approval, escalate(approval, now));
      return;
    }
    const due = progress.notices.filter(({ at }) => at <= now);
    const failures = new Map<string, string>();
    await Promise.all(
      due.map(async (notice) => {
        const problem = await this.#send(context, approval, notice);
        if (problem !== null) failures.set(notice.id, problem);
      }),
    );
    // Whoever commented or voted meanwhile changed nothing of what was sent.
    for (let present: Approval | null = approval; present !== null; present = await readAgain(context, present)) {
      if (present.record.status !== 'OPEN' || present.progress.outcome !== null) return;
      const after = afterSending(present.progress, due, failures, context.clock.now());
      if ((await keep(context, present, after)) !== null) return;
    }
  }

  /** What kept it from being sent; null: nothing. */
  async #send(context: EngineContext, approval: Approval, notice: PendingNotice): Promise<string | null> {
    const { notifier } = this.#options;
    const way = approval.request.notify[notice.way];
    if (notifier === undefined || way === undefined) return 'this scheduler sends no notices';
    try {
      const to = way.kind === 'smtp' && notice.to !== undefined ? { ...way, to: [notice.to] } : way;
      await notifier.send(await this.#noticeOf(context, approval, notice, to), to, AbortSignal.timeout(SEND_MS));
      context.metrics.count('approvalNotices');
      return null;
    } catch (error) {
      const { executionArn } = approval.record;
      context.logger.warn({ err: error, executionArn, notice: notice.id }, 'a notice of an approval was not sent');
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #noticeOf(
    { store, clock }: EngineContext,
    { record, request, progress }: Approval,
    { id, kind }: PendingNotice,
    way: ApprovalNotify,
  ): Promise<ApprovalNotice> {
    const { publicUrl = null } = this.#options;
    const links = new ApprovalLinks(store);
    const { executionId, taskId, executionArn, stateName } = record;
    // A mail is for whoever reads its address; a webhook passes each their own.
    const recipients = way.kind === 'smtp' ? way.to : progress.assignees;
    const shown = recipients.map(async (recipient) => ({
      recipient,
      url: `${publicUrl}/console/link/${await links.make({ executionId, taskId, recipient }, clock.now())}`,
    }));
    return {
      id: `${executionId}.${taskId}.${id}`,
      type: `approval.${kind}`,
      approvalArn: approvalArnOf(record),
      ...{ title: request.title, description: request.description, dueAt: request.dueAt, executionArn, stateName },
      links: publicUrl === null ? [] : await Promise.all(shown),
    };
  }
}

/** Whether its task takes a result still: the list of the open ones has it at its place. */
async function isWaiting({ store }: EngineContext, record: ApprovalRecord): Promise<boolean> {
  const { accountId, executionId, taskId, rank } = record;
  const after = { rank, executionId, taskId: taskId - 1 };
  const [found] = await store.listApprovals({ accountId, open: true, executionId, after, limit: 1 });
  return found?.taskId === taskId;
}

async function readAgain({ store }: EngineContext, { record }: Approval): Promise<Approval | null> {
  const present = await store.findApproval(record);
  return present === null ? null : readApproval(present);
}

/** Those that were sent are done; the others wait longer each time, and are given up in the end. */
function afterSending(
  progress: ApprovalProgress,
  due: readonly PendingNotice[],
  failures: ReadonlyMap<string, string>,
  now: number,
): ApprovalProgress {
  const tried = new Map(due.map((notice) => [notice.id, notice]));
  const notices: PendingNotice[] = [];
  let next = progress;
  for (const notice of progress.notices) {
    const problem = failures.get(notice.id);
    if (!tried.has(notice.id)) notices.push(notice);
    else if (problem === undefined) {
      if (notice.kind === 'reminder') next = withTrail(next, { at: now, user: null, action: 'REMINDED' });
    } else if (notice.attempts + 1 >= ATTEMPTS) {
      next = withTrail(next, { at: now, user: null, action: 'NOTICE_FAILED', comment: problem });
    } else {
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** notice.attempts, LONGEST_PAUSE_MS);
      notices.push({ ...notice, attempts: notice.attempts + 1, at: now + pause });
    }
  }
  return { ...next, notices };
}
