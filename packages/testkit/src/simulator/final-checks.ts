import type { MemoryState } from '@everstep/store-memory';
import { type Ledger, historyFault } from './ledger.ts';
import type { Result } from './reference.ts';
import type { Stage } from './stage.ts';

/** Rows that belong to nobody any more, or to the wrong one; each as a sentence. */
export function orphanRows(state: MemoryState): string[] {
  const found: string[] = [];
  for (const [executionId, run] of state.runs) {
    const { record } = run.execution;
    if (record.status !== 'RUNNING') found.push(`run ${executionId} is there after the end of its execution`);
    if (run.owner !== null && !run.owner.runs.has(run)) found.push(`run ${executionId} is not among its owner's`);
    if (run.signals - run.consumed !== run.inbox.length) found.push(`run ${executionId} has lost inbox rows`);
    const sleeps = run.owner === null && run.wakeAt !== null;
    if (sleeps !== run.heapIndex >= 0) found.push(`run ${executionId} is in the wrong place among the sleeping`);
  }
  for (const worker of state.workers.values()) {
    for (const run of worker.runs) {
      if (state.runs.get(run.executionId) !== run || run.owner !== worker) {
        found.push(`worker ${worker.workerId} owns run ${run.executionId}, which is not its own`);
      }
    }
    if (worker.dead && worker.runs.size > 0 && !state.watchedWorkers.has(worker)) {
      found.push(`dead worker ${worker.workerId} keeps runs that nobody gives back`);
    }
  }
  for (const [activityArn, queue] of state.untaken) {
    for (const row of queue.values()) {
      if (row.run.tokens.get(row.token.taskId) !== row) found.push(`a task of ${activityArn} waits without a token`);
      if (state.runs.get(row.run.executionId) !== row.run) found.push(`a task of ${activityArn} waits without a run`);
    }
  }
  for (const [executionId, { record }] of state.executions) {
    const open = state.executionsByMachine.get(record.stateMachineArn)?.open.has(executionId) === true;
    const runs = record.status === 'RUNNING';
    if (open !== runs || state.runs.has(executionId) !== runs) found.push(`execution ${executionId} is half ended`);
  }
  for (const [key, { execution, reusableAt }] of state.names) {
    const runs = state.runs.has(execution.executionId);
    if (runs !== (reusableAt === null)) found.push(`name ${key} does not follow its execution`);
  }
  return found;
}

/** What must hold of every execution once all has come to rest. */
export function checkExecutions(stage: Stage, state: MemoryState, ledger: Ledger): void {
  for (const account of ledger.accounts.values()) {
    const { label, replay, executionId } = account;
    const row = state.executions.get(executionId);
    if (row === undefined) {
      stage.violate('rows', `${label} is gone`);
      continue;
    }
    const ended = row.record.status !== 'RUNNING';
    const fault = historyFault(replay.events, ended);
    if (fault !== null) stage.violate('history', `${label}: ${fault}`);
    if (row.chunks.map(({ events }) => events).join() !== replay.chunks.join()) {
      stage.violate('history', `${label}: what is stored is not what was committed`);
    }
    for (const [taskId, token] of account.tokens) {
      const reason = replay.closed.get(taskId);
      if (token.accepted !== null && reason === 'timed-out') {
        stage.violate('acknowledged', `${label} task ${taskId} timed out after its result was accepted`);
      }
    }
    if (!ended) continue;
    const unresolved = [...replay.scheduled.keys()].filter((taskId) => !replay.closed.has(taskId));
    if (unresolved.length > 0) stage.violate('history', `${label} left tasks ${unresolved.join(', ')} open`);
  }
}

/** Whether an execution that could be foretold came to what was foretold. */
export function checkResult(stage: Stage, state: MemoryState, executionArn: string, foretold: Result): void {
  const record = state.executions.get(state.idsByArn.get(executionArn) ?? '')?.record;
  if (record === undefined) return;
  const { status, output, error } = record;
  const found = JSON.stringify({ status, output, error });
  const { status: wantedStatus, output: wantedOutput, error: wantedError } = foretold;
  const wanted = JSON.stringify({ status: wantedStatus, output: wantedOutput, error: wantedError });
  // Of two failing branches, one with a child's failure, time decides which one fails the machine.
  const isRace = status === 'FAILED' && wantedStatus === 'FAILED' && [error, wantedError].includes('States.TaskFailed');
  if (found !== wanted && !isRace) stage.violate('result', `${record.name} came to ${found}, foretold was ${wanted}`);
}
