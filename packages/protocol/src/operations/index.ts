export type * from './connection-shapes.ts';
export * from './claim-approval.ts';
export * from './comment-approval.ts';
export * from './create-activity.ts';
export * from './create-connection.ts';
export * from './create-state-machine-alias.ts';
export * from './create-state-machine.ts';
export * from './deauthorize-connection.ts';
export * from './decide-approval.ts';
export * from './delegate-approval.ts';
export * from './delete-activity.ts';
export * from './delete-connection.ts';
export * from './delete-limiter.ts';
export * from './delete-state-machine-alias.ts';
export * from './delete-state-machine-version.ts';
export * from './delete-state-machine.ts';
export * from './describe-activity.ts';
export * from './describe-approval.ts';
export * from './describe-connection.ts';
export * from './describe-execution.ts';
export * from './describe-installation.ts';
export * from './describe-limiter.ts';
export * from './describe-map-run.ts';
export * from './describe-state-machine-alias.ts';
export * from './describe-state-machine-for-execution.ts';
export * from './describe-state-machine.ts';
export * from './get-activity-task.ts';
export * from './get-execution-history.ts';
export * from './get-function-logs.ts';
export * from './get-history-events.ts';
export * from './get-overview.ts';
export * from './get-state-figures.ts';
export * from './list-activities.ts';
export * from './list-approvals.ts';
export * from './list-connections.ts';
export * from './list-executions.ts';
export * from './list-limiter-tasks.ts';
export * from './list-limiters.ts';
export * from './list-map-runs.ts';
export * from './list-state-machine-aliases.ts';
export * from './list-state-machine-versions.ts';
export * from './list-state-machines.ts';
export * from './list-tags-for-resource.ts';
export * from './list-tasks.ts';
export * from './pause-limiter.ts';
export * from './publish-state-machine-version.ts';
export * from './put-limiter.ts';
export * from './redrive-execution.ts';
export * from './release-approval.ts';
export * from './resume-limiter.ts';
export * from './search-executions.ts';
export * from './send-task-failure.ts';
export * from './send-task-heartbeat.ts';
export * from './send-task-success.ts';
export * from './start-execution.ts';
export * from './start-sync-execution.ts';
export * from './stop-execution.ts';
export * from './tag-resource.ts';
export * from './test-state.ts';
export * from './untag-resource.ts';
export * from './update-connection.ts';
export * from './update-map-run.ts';
export * from './update-state-machine-alias.ts';
export * from './update-state-machine.ts';
export * from './validate-state-machine-definition.ts';

/** Every operation of AWS's API, by its name. */
export const AWS_OPERATIONS = [
  'CreateActivity',
  'CreateStateMachine',
  'CreateStateMachineAlias',
  'DeleteActivity',
  'DeleteStateMachine',
  'DeleteStateMachineAlias',
  'DeleteStateMachineVersion',
  'DescribeActivity',
  'DescribeExecution',
  'DescribeMapRun',
  'DescribeStateMachine',
  'DescribeStateMachineAlias',
  'DescribeStateMachineForExecution',
  'GetActivityTask',
  'GetExecutionHistory',
  'ListActivities',
  'ListExecutions',
  'ListMapRuns',
  'ListStateMachineAliases',
  'ListStateMachineVersions',
  'ListStateMachines',
  'ListTagsForResource',
  'PublishStateMachineVersion',
  'RedriveExecution',
  'SendTaskFailure',
  'SendTaskHeartbeat',
  'SendTaskSuccess',
  'StartExecution',
  'StartSyncExecution',
  'StopExecution',
  'TagResource',
  'TestState',
  'UntagResource',
  'UpdateMapRun',
  'UpdateStateMachine',
  'UpdateStateMachineAlias',
  'ValidateStateMachineDefinition',
] as const;

export type AwsOperationName = (typeof AWS_OPERATIONS)[number];

/** The operations of EventBridge's API that are offered: those on connections. */
export const EVENTS_OPERATIONS = [
  'CreateConnection',
  'DeauthorizeConnection',
  'DeleteConnection',
  'DescribeConnection',
  'ListConnections',
  'UpdateConnection',
] as const;

export type EventsOperationName = (typeof EVENTS_OPERATIONS)[number];
