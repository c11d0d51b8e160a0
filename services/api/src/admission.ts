import {
  type Absence,
  type AccessDemand,
  ApiError,
  type PolicyDecision,
  accessOf,
  accountOfArn,
  foreignResource,
} from '@everstep/protocol';
import type { ApiContext, RequestFacts } from './api-context.ts';
import type { Caller } from './caller.ts';

/**
 * Decides whether a decoded request may go on: its caller's policy must allow it, and what it names must lie in the
 * caller's account. What lies in another one is answered as if it did not exist, without a look at whether it does.
 * null: it goes on; a text: the answer, without the operation, as AWS answers deletions of what is not there.
 * Errors: AccessDeniedException, StateMachineDoesNotExist, ExecutionDoesNotExist, ActivityDoesNotExist,
 * ApprovalDoesNotExist, ResourceNotFound, InvalidToken.
 */
export async function admit(
  context: ApiContext,
  operation: string,
  input: object,
  facts: RequestFacts,
): Promise<string | null> {
  const { caller, engine } = context;
  const { level, demands } = accessOf(operation, input, engine.settings);
  const [first] = demands;
  if (first !== undefined) facts.access = { level, ...first };
  // Nobody was asked who they are: everything is theirs.
  if (caller === null) return null;
  for (const demand of demands) requireAllowed(caller, demand);
  const foreign = foreignResource(operation, input, caller.accountId);
  if (foreign !== null) return answerAbsence(foreign.absence, foreign.arn);
  if ('taskToken' in input && typeof input.taskToken === 'string')
    await requireOwnTask(context, caller, input.taskToken);
  return null;
}

export function requireAllowed(caller: Caller, demand: AccessDemand): void {
  const decision = caller.policy.decide(demand.action, demand.resource);
  if (decision === 'allow') return;
  const { action, resource } = demand;
  throw new ApiError(
    'AccessDeniedException',
    `User: ${caller.userArn} is not authorized to perform: ${action} on resource: ${resource} ${reason(decision, action)}`,
  );
}

function reason(decision: Exclude<PolicyDecision, 'allow'>, action: string): string {
  return decision === 'explicit-deny'
    ? 'with an explicit deny in an identity-based policy'
    : `because no identity-based policy allows the ${action} action`;
}

/** In the words of the operations themselves. */
function answerAbsence(absence: Absence, arn: string): string {
  switch (absence) {
    case 'StateMachineDoesNotExist':
      throw new ApiError(absence, `State Machine Does Not Exist: '${arn}'`);
    case 'ExecutionDoesNotExist':
      throw new ApiError(absence, `Execution Does Not Exist: '${arn}'`);
    case 'ActivityDoesNotExist':
      throw new ApiError(absence, `Activity Does Not Exist: '${arn}'`);
    case 'ApprovalDoesNotExist':
      throw new ApiError(absence, `Approval Does Not Exist: '${arn}'`);
    case 'ResourceNotFound':
      throw new ApiError(absence, `Resource not found: '${arn}'`, { resourceName: arn });
    case 'AliasNotFound': {
      // A version that is to be routed to is told by its machine.
      const resourceName = arn.replace(/:\d+$/, '');
      throw new ApiError('ResourceNotFound', 'Request references a resource that does not exist.', { resourceName });
    }
    case 'Done':
      return '{}';
    case 'NoVersions':
      return JSON.stringify({ stateMachineVersions: [] });
  }
}

/** A token of another account's task is none of this account's, like a token of another installation. */
async function requireOwnTask(context: ApiContext, caller: Caller, taskToken: string): Promise<void> {
  const { engine } = context;
  const subject = await engine.taskTokens.verify(taskToken);
  // The operation itself tells what is wrong with it.
  if (subject === null) return;
  const execution = await engine.store.findExecution(subject.executionId);
  if (execution === null || accountOfArn(execution.executionArn) === caller.accountId) return;
  throw new ApiError('InvalidToken', "Invalid Token: 'Invalid token'");
}
