import { type ExecutionRecord, qualifiedArns } from '@everstep/engine';

/** The ARNs of what an execution was started by, as far as the start named them. */
export function describeQualifier(execution: ExecutionRecord): {
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
