/**
 * History events in exactly AWS's shape (GetExecutionHistory), but for `timestamp`, which is in milliseconds since the
 * epoch here and in seconds on the wire.
 */
export interface DataDetails {
  readonly truncated: boolean;
}

export interface StateEnteredDetails {
  readonly name: string;
  readonly input?: string;
  readonly inputDetails?: DataDetails;
}
export interface StateExitedDetails {
  readonly name: string;
  readonly output?: string;
  readonly outputDetails?: DataDetails;
  readonly assignedVariables?: Readonly<Record<string, string>>;
  readonly assignedVariablesDetails?: DataDetails;
}
export interface ErrorDetails {
  readonly error?: string;
  readonly cause?: string;
}
export interface TaskDetails extends ErrorDetails {
  readonly resourceType: string;
  readonly resource: string;
  readonly output?: string;
  readonly outputDetails?: DataDetails;
}
export interface TaskScheduledDetails {
  readonly resourceType: string;
  readonly resource: string;
  readonly region: string;
  readonly parameters: string;
  readonly timeoutInSeconds?: number;
  readonly heartbeatInSeconds?: number;
  readonly taskCredentials?: { readonly roleArn?: string };
}
export interface ScheduledDetails {
  readonly resource: string;
  readonly input?: string;
  readonly inputDetails?: DataDetails;
  readonly timeoutInSeconds?: number;
  readonly heartbeatInSeconds?: number;
  readonly taskCredentials?: { readonly roleArn?: string };
}
export interface OutputDetails {
  readonly output?: string;
  readonly outputDetails?: DataDetails;
}
export interface ExecutionStartedDetails {
  readonly input?: string;
  readonly inputDetails?: DataDetails;
  readonly roleArn?: string;
  readonly stateMachineAliasArn?: string;
  readonly stateMachineVersionArn?: string;
}
export interface MapIterationDetails {
  readonly name: string;
  readonly index: number;
}
export interface EvaluationFailedDetails extends ErrorDetails {
  readonly location?: string;
  readonly state: string;
}

export interface HistoryEventDetails {
  readonly stateEnteredEventDetails?: StateEnteredDetails;
  readonly stateExitedEventDetails?: StateExitedDetails;
  readonly executionStartedEventDetails?: ExecutionStartedDetails;
  readonly executionSucceededEventDetails?: OutputDetails;
  readonly executionFailedEventDetails?: ErrorDetails;
  readonly executionTimedOutEventDetails?: ErrorDetails;
  readonly executionAbortedEventDetails?: ErrorDetails;
  readonly executionRedrivenEventDetails?: { readonly redriveCount: number };
  readonly taskScheduledEventDetails?: TaskScheduledDetails;
  readonly taskStartedEventDetails?: TaskDetails;
  readonly taskStartFailedEventDetails?: TaskDetails;
  readonly taskSubmittedEventDetails?: TaskDetails;
  readonly taskSubmitFailedEventDetails?: TaskDetails;
  readonly taskSucceededEventDetails?: TaskDetails;
  readonly taskFailedEventDetails?: TaskDetails;
  readonly taskTimedOutEventDetails?: TaskDetails;
  readonly lambdaFunctionScheduledEventDetails?: ScheduledDetails;
  readonly lambdaFunctionScheduleFailedEventDetails?: ErrorDetails;
  readonly lambdaFunctionStartFailedEventDetails?: ErrorDetails;
  readonly lambdaFunctionSucceededEventDetails?: OutputDetails;
  readonly lambdaFunctionFailedEventDetails?: ErrorDetails;
  readonly lambdaFunctionTimedOutEventDetails?: ErrorDetails;
  readonly activityScheduledEventDetails?: ScheduledDetails;
  readonly activityScheduleFailedEventDetails?: ErrorDetails;
  readonly activityStartedEventDetails?: { readonly workerName?: string };
  readonly activitySucceededEventDetails?: OutputDetails;
  readonly activityFailedEventDetails?: ErrorDetails;
  readonly activityTimedOutEventDetails?: ErrorDetails;
  readonly mapStateStartedEventDetails?: { readonly length: number };
  readonly mapIterationStartedEventDetails?: MapIterationDetails;
  readonly mapIterationSucceededEventDetails?: MapIterationDetails;
  readonly mapIterationFailedEventDetails?: MapIterationDetails;
  readonly mapIterationAbortedEventDetails?: MapIterationDetails;
  readonly mapRunStartedEventDetails?: { readonly mapRunArn: string };
  readonly mapRunFailedEventDetails?: ErrorDetails;
  readonly mapRunRedrivenEventDetails?: { readonly mapRunArn: string; readonly redriveCount: number };
  readonly evaluationFailedEventDetails?: EvaluationFailedDetails;
}

export type StateTypeName = 'Choice' | 'Fail' | 'Map' | 'Parallel' | 'Pass' | 'Succeed' | 'Task' | 'Wait';

export type HistoryEventType =
  | `${StateTypeName}StateEntered`
  | `${Exclude<StateTypeName, 'Fail'>}StateExited`
  | `${'Activity' | 'LambdaFunction'}${'Failed' | 'Scheduled' | 'ScheduleFailed' | 'Started' | 'Succeeded' | 'TimedOut'}`
  | 'LambdaFunctionStartFailed'
  | `Execution${'Aborted' | 'Failed' | 'Started' | 'Succeeded' | 'TimedOut' | 'Redriven'}`
  | `MapIteration${'Aborted' | 'Failed' | 'Started' | 'Succeeded'}`
  | `MapRun${'Aborted' | 'Failed' | 'Started' | 'Succeeded' | 'Redriven'}`
  | `${'Map' | 'Parallel'}State${'Aborted' | 'Failed' | 'Started' | 'Succeeded'}`
  | `Task${'Failed' | 'Scheduled' | 'Started' | 'StartFailed' | 'StateAborted' | 'SubmitFailed' | 'Submitted' | 'Succeeded' | 'TimedOut'}`
  | 'WaitStateAborted'
  | 'EvaluationFailed';

export interface HistoryEvent extends HistoryEventDetails {
  readonly id: number;
  readonly previousEventId: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly type: HistoryEventType;
}
