import { type ExecutionRecord, type ExecutionSummary, qualifiedArns } from '@everstep/engine';
import { epochSeconds, type operations } from '@everstep/protocol';

/** The ARNs of what an execution was started by, as far as the start named them. */
export function describeQualifier(execution: Pick<ExecutionRecord, 'stateMachineArn' | 'qualifier'>): {
  readonly stateMachineVersionArn?: string;
  readonly stateMachineAliasArn?: string;
} {
  const { stateMachineVersionArn, stateMachineAliasArn } = qualifiedArns(
    execution.stateMachineArn,
    execution.qualifier,
  );
  return {
    ...(stateMachineVersionArn === null ? {} : { stateMachineVersionArn }),
    ...(stateMachineAliasArn === null ? {} : { stateMachineAliasArn }),
  };
}

/** An execution as lists show it. */
export function executionListItem(execution: ExecutionSummary): operations.ExecutionListItem {
  return {
    executionArn: execution.executionArn,
    stateMachineArn: execution.stateMachineArn,
    ...describeQualifier(execution),
    name: execution.name,
    status: execution.status,
    startDate: epochSeconds(execution.startDate),
    ...(execution.stopDate === null ? {} : { stopDate: epochSeconds(execution.stopDate) }),
    redriveCount: execution.redriveCount,
    ...(execution.redriveDate === null ? {} : { redriveDate: epochSeconds(execution.redriveDate) }),
  };
}
