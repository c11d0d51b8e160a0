import {
  ApprovalParameterError,
  type EngineContext,
  type Integration,
  type TaskOutcome,
  type TaskRequest,
  askForApproval,
} from '@everstep/engine';
import { isObject, jsonText, ownOperation, parameterProblems } from '@everstep/language';

/**
 * `arn:aws:states:::everstep:approval.waitForTaskToken`: asks people. Whoever decides answers the task, by its token's row;
 * asked twice for one attempt it asks once.
 */
export function createApprovalIntegration(context: EngineContext): Integration {
  return {
    async perform(request: TaskRequest): Promise<TaskOutcome> {
      const { parameters, executionId, taskId, executionArn, stateMachineArn, stateName } = request;
      if (!isObject(parameters)) return unusable('The Parameters of everstep:approval must be an object.');
      const operation = ownOperation('everstep', 'approval');
      const problems = operation === null ? [] : parameterProblems(operation, parameters);
      if (problems.length > 0) {
        const told = problems.map(({ message }) => message).join(', ');
        return unusable(`The Parameters '${jsonText(parameters)}' could not be used to start the Task: [${told}]`);
      }
      try {
        const task = { executionId, taskId, executionArn, stateMachineArn, stateName };
        return { type: 'submitted', output: { ApprovalArn: await askForApproval(context, task, parameters) } };
      } catch (error) {
        if (!(error instanceof ApprovalParameterError)) throw error;
        return unusable(error.message);
      }
    },
  };
}

function unusable(cause: string): TaskOutcome {
  return { type: 'failed', error: 'States.Runtime', cause };
}
