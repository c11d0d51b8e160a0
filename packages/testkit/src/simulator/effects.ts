import type { TaskRequest } from '@everstep/engine';
import type { Account, Performance } from './account.ts';
import type { Ledger } from './ledger.ts';
import type { Stage } from './stage.ts';

/** Something outside happens: it must have been committed, and whoever does it must hold the lease. */
export function noteEffect(
  watch: { readonly stage: Stage; readonly ledger: Ledger; readonly isUp: (processName: string) => boolean },
  request: TaskRequest,
  by: Performance,
): void {
  const { stage, ledger } = watch;
  if (ledger.express.knows(request.executionArn)) return ledger.express.acted(request.executionId, by);
  if (request.executionArn.includes(':express:')) {
    if (!ledger.isAlive(by.workerId)) stage.violate('lease', `${by.processName} acted for a child without a lease`);
    return;
  }
  const account = ledger.accounts.get(request.executionId);
  if (account === undefined) return stage.violate('effects', `an effect for an execution that is not there`);
  const what = `${account.label} task ${request.taskId}`;
  stage.trace.note(by.processName, `effect of ${what}`);
  if (!account.replay.scheduled.has(request.taskId)) {
    stage.violate('effects', `${what} was performed without a committed command`);
  }
  if (!ledger.isAlive(by.workerId)) stage.violate('lease', `${by.processName} performed ${what} without a lease`);
  ledger.deaths.performed(request.executionId, by.workerId);
  const before = account.performances.get(request.taskId) ?? [];
  if (!mayRepeat(watch, before, by)) {
    stage.violate(
      'effects',
      `${what} was performed by ${before.map((one) => one.processName).join(', ')} and again by ${by.processName}`,
    );
  }
  account.performances.set(request.taskId, [...before, by]);
}

/** Who performed it before is gone, or has lost its lease, or may have claimed the run without knowing: each once. */
function mayRepeat(
  { ledger, isUp }: { readonly ledger: Ledger; readonly isUp: (processName: string) => boolean },
  before: readonly Performance[],
  by: Performance,
): boolean {
  const present = before.filter((one) => isUp(one.processName) && ledger.isAlive(one.workerId));
  const own = present.filter((one) => one.processName === by.processName && one.workerId === by.workerId);
  return own.length === present.length && own.length <= by.unknownClaims;
}

/** Tasks that must be performed, and that nobody who is alive has performed. */
export function undoneTasks(account: Account, isUp: (performance: Performance) => boolean): number[] {
  return account.replay.pending
    .filter((task) => task.phase === 'scheduled' && task.resource.kind !== 'activity')
    .filter(({ taskId }) => {
      const last = account.performances.get(taskId)?.at(-1);
      return last === undefined || !isUp(last);
    })
    .map(({ taskId }) => taskId);
}
