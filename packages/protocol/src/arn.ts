/**
 * ARNs of the `states` service: `arn:aws:states:<region>:<account>:<kind>:<name>[:<name>]`.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
 */
export interface ArnScope {
  readonly region: string;
  /** 12 digits. */
  readonly accountId: string;
}

export function stateMachineArn(scope: ArnScope, name: string): string {
  return `arn:aws:states:${scope.region}:${scope.accountId}:stateMachine:${name}`;
}

export function activityArn(scope: ArnScope, name: string): string {
  return `arn:aws:states:${scope.region}:${scope.accountId}:activity:${name}`;
}

/** The ARN of an execution of the machine with the given ARN. */
export function executionArn(ofStateMachineArn: string, name: string): string {
  return `${ofStateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}

/** The last part of a state machine's or an activity's ARN. */
export function nameOfArn(arn: string): string {
  return arn.split(':').slice(6).join(':');
}
