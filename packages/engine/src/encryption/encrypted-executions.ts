import type { ExecutionStore } from '../ports/execution-store.ts';
import type { TokenStore, WaitingTask } from '../ports/token-store.ts';
import { openHistory } from './sealed-history.ts';
import { openExecution, placeOf, stateNamePlace } from './sealed-records.ts';
import type { SealScopes } from './seal-scopes.ts';
import { ApiError } from '@everstep/protocol';
import { isSealed, type Sealer } from './sealer.ts';

type Verbs = Pick<
  ExecutionStore,
  'findExecution' | 'findExecutionByArn' | 'listExecutions' | 'readInputs' | 'readHistory'
> &
  Pick<TokenStore, 'completeTask' | 'takeActivityTask' | 'listWaitingTasks'>;

/** What people read of executions, and what they send to them. */
export function executionsOver(inner: ExecutionStore & TokenStore, sealer: Sealer, scopes: SealScopes): Verbs {
  return {
    async findExecution(executionId) {
      const execution = await inner.findExecution(executionId);
      return execution === null ? null : openExecution(sealer, execution);
    },
    async findExecutionByArn(executionArn) {
      const execution = await inner.findExecutionByArn(executionArn);
      return execution === null ? null : openExecution(sealer, execution);
    },
    async listExecutions(query) {
      return (await inner.listExecutions(query)).map((execution) => openExecution(sealer, execution));
    },
    async readInputs(executionIds, maxBytes) {
      return (await inner.readInputs(executionIds, maxBytes)).map(({ executionId, input }) => {
        if (input === null || isSealed(input)) return { executionId, input: null };
        return { executionId, input: sealer.open(placeOf(executionId, 'input'), input) };
      });
    },
    async readHistory(query) {
      return openHistory(sealer, query, await inner.readHistory(query));
    },
    async listWaitingTasks(query) {
      return (await inner.listWaitingTasks(query)).map((task) => ({
        ...task,
        stateName: openStateName(sealer, task),
      }));
    },
    async completeTask(request) {
      const { executionId, activation } = request;
      const scope = await scopes.ofExecution(executionId);
      if (scope === null) return inner.completeTask(request);
      const sealed = sealer.seal(scope, placeOf(executionId, 'activation'), activation);
      return inner.completeTask({ ...request, activation: sealed });
    },
    async takeActivityTask(request) {
      const task = await inner.takeActivityTask(request);
      if (task === null) return null;
      return { ...task, input: sealer.open(placeOf(task.executionId, 'task', task.taskId), task.input) };
    },
  };
}

/** A list shows what it can without a key. */
function openStateName(sealer: Sealer, { executionId, taskId, stateName }: WaitingTask): string {
  try {
    return sealer.open(stateNamePlace(executionId, taskId), stateName);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return '(encrypted)';
  }
}
