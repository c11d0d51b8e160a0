import { ApiError } from './errors.ts';

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

/** Everstep's own: limiters have no ARN at AWS. */
export function limiterArn(scope: ArnScope, name: string): string {
  return `arn:aws:states:${scope.region}:${scope.accountId}:limiter:${name}`;
}

/** Everstep's own: an approval is known by the task that asks for it. */
export function approvalArn(scope: ArnScope, executionId: string, taskId: number): string {
  return `arn:aws:states:${scope.region}:${scope.accountId}:approval:${executionId}.${taskId}`;
}

/** What an approval's ARN names; null: the text is none. */
export function approvalOfArn(arn: string): { readonly executionId: string; readonly taskId: number } | null {
  const [, executionId, taskId] =
    /^arn:aws:states:[a-z0-9-]+:\d{12}:approval:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([1-9]\d{0,8})$/.exec(
      arn,
    ) ?? [];
  return executionId === undefined ? null : { executionId, taskId: Number(taskId) };
}

/** The ARN of a function that this installation hosts, with a version or an alias where one is meant. */
export function functionArn(scope: ArnScope, name: string, qualifier?: string): string {
  const arn = `arn:aws:lambda:${scope.region}:${scope.accountId}:function:${name}`;
  return qualifier === undefined ? arn : `${arn}:${qualifier}`;
}

export interface FunctionReference {
  readonly name: string;
  /** A version, an alias or `$LATEST`; undefined: none is said. */
  readonly qualifier: string | undefined;
}

const FUNCTION =
  /^(?:(?:arn:[\w-]+:lambda:)?[\w-]+:\d{12}:function:|(?:\d{12}:)?(?:function:)?)([\w-]+)(?::(\$LATEST|[\w-]+))?$/;

/**
 * Which function is meant by `name`, `name:qualifier`, `account:function:name` or a whole ARN. A qualifier beside it wins
 * over its own. What is none of these is a name as a whole, which no function has.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export function parseFunctionName(text: string, qualifier?: string): FunctionReference {
  const [, name = text, own] = FUNCTION.exec(text) ?? [];
  return { name, qualifier: qualifier ?? own };
}

/** The ARN of an execution of the machine with the given ARN. */
export function executionArn(ofStateMachineArn: string, name: string): string {
  return `${ofStateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}

/** The ARN of an Express execution: names may be used again at once, so the id tells executions of one name apart. */
export function expressArn(ofStateMachineArn: string, name: string, executionId: string): string {
  return `${ofStateMachineArn.replace(':stateMachine:', ':express:')}:${name}:${executionId}`;
}

/** The ARN of a version of the machine with the given ARN. */
export function versionArn(ofStateMachineArn: string, version: number): string {
  return `${ofStateMachineArn}:${version}`;
}

export function aliasArn(ofStateMachineArn: string, name: string): string {
  return `${ofStateMachineArn}:${name}`;
}

/** What a connection of EventBridge's API is found by: its ARN without the id that tells it from an earlier one of its name. */
export function connectionNameArn(scope: ArnScope, name: string): string {
  return `arn:aws:events:${scope.region}:${scope.accountId}:connection/${name}`;
}

/** A connection's ARN without its id; null: the text is no ARN of a connection. */
export function nameArnOfConnection(arn: string): string | null {
  return (
    /^(arn:aws[a-z-]*:events:[a-z0-9-]+:\d{12}:connection\/[.\-_A-Za-z0-9]+)\/[-A-Za-z0-9]+$/.exec(arn)?.[1] ?? null
  );
}

/** What an ARN of kind `stateMachine` names: the machine, or one of its versions or aliases. */
export interface MachineTarget {
  /** Without version and alias. */
  readonly stateMachineArn: string;
  readonly version: number | null;
  readonly alias: string | null;
}

/** Takes a state machine's ARN apart that {@link requireArn} took. A number is a version: an alias is never one. */
export function machineTarget(arn: string): MachineTarget {
  const parts = arn.split(':');
  const qualifier = parts[QUALIFIER];
  if (qualifier === undefined) return { stateMachineArn: arn, version: null, alias: null };
  const stateMachineArn = parts.slice(0, QUALIFIER).join(':');
  if (/^[1-9]\d{0,8}$/.test(qualifier)) return { stateMachineArn, version: Number(qualifier), alias: null };
  return { stateMachineArn, version: null, alias: qualifier };
}

/** Where in an ARN the version or the alias stands. */
const QUALIFIER = 7;

/** The last part of a state machine's or an activity's ARN. */
export function nameOfArn(arn: string): string {
  let start = 0;
  for (let part = 0; part < 6; part++) {
    start = arn.indexOf(':', start) + 1;
    if (start === 0) return '';
  }
  return arn.slice(start);
}

/** The account that an ARN lies in; empty where the text is none. */
export function accountOfArn(arn: string): string {
  return arn.split(':', 5)[4] ?? '';
}

/** The kinds of resource the service has. */
export type ArnKind = 'stateMachine' | 'execution' | 'express' | 'activity' | 'mapRun' | 'limiter' | 'approval';

export interface ParsedArn {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
  readonly kind: string;
  /** What follows the kind: one name for an activity, machine and execution for an execution. */
  readonly names: readonly string[];
}

/** Takes an ARN of the `states` service apart. Errors: InvalidArn. */
export function parseArn(arn: string): ParsedArn {
  const [prefix, partition, service, region, accountId, kind, ...names] = arn.split(':');
  if (prefix !== 'arn') throw invalidArn(`Invalid ARN prefix: ${arn}`);
  if (partition === undefined || !/^aws(-[a-z]+)*$/.test(partition)) throw invalidArn(`Invalid partition: ${arn}`);
  if (service !== 'states') throw invalidArn(`Invalid service: ${arn}`);
  if (region === undefined || !/^[a-z0-9-]+$/.test(region)) throw invalidArn(`Invalid region: ${arn}`);
  if (accountId === undefined || !/^\d{12}$/.test(accountId)) throw invalidArn(`Invalid account: ${arn}`);
  if (kind === undefined || names.length === 0 || names.some((name) => name === '')) {
    throw invalidArn(`Invalid resource: ${arn}`);
  }
  return { partition, region, accountId, kind, names };
}

/** Throws InvalidArn unless the ARN names a resource of the kind the operation is about. */
export function requireArn(arn: string, kind: ArnKind): void {
  const parsed = parseArn(arn);
  if (parsed.kind !== kind) throw invalidArn(`Resource type not valid in this context: ${parsed.kind}`);
  const { names } = parsed;
  const [least, most] = NAME_COUNTS[kind];
  if (names.length < least || names.length > most) throw invalidArn(`Invalid resource: ${arn}`);
}

/** The ARN of a state machine itself, not of a version, an alias or a Map state. Errors: InvalidArn, ValidationException. */
export function requireMachineArn(arn: string): void {
  requireArn(arn, 'stateMachine');
  refuseLabel(arn);
  if (arn.split(':').length > QUALIFIER) throw invalidArn(`Qualified ARN not valid in this context: ${arn}`);
}

/** Errors: InvalidArn. */
export function requireVersionArn(arn: string): void {
  requireArn(arn, 'stateMachine');
  if (machineTarget(arn).version === null) throw invalidArn(`State machine version ARN expected: ${arn}`);
}

/** Errors: InvalidArn. */
export function requireAliasArn(arn: string): void {
  requireArn(arn, 'stateMachine');
  if (machineTarget(arn).alias === null) throw invalidArn(`State machine alias ARN expected: ${arn}`);
}

/** A resource that can have tags: a state machine or an activity. Errors: InvalidArn. */
export function requireTaggableArn(arn: string): void {
  requireArn(arn, parseArn(arn).kind === 'activity' ? 'activity' : 'stateMachine');
}

/** How many names an ARN of the kind carries; a state machine's may be qualified by a version or an alias. */
const NAME_COUNTS: Readonly<Record<ArnKind, readonly [least: number, most: number]>> = {
  stateMachine: [1, 2],
  execution: [2, 2],
  express: [3, 3],
  activity: [1, 1],
  mapRun: [2, 2],
  limiter: [1, 1],
  approval: [1, 1],
};

function invalidArn(detail: string): ApiError {
  return new ApiError('InvalidArn', `Invalid Arn: '${detail}'`);
}

/**
 * An ARN with a label (`stateMachine:NAME/LABEL`) means a Distributed Map inside a machine; most operations take whole
 * machines only. Errors: ValidationException.
 */
export function refuseLabel(arn: string): void {
  if (nameOfArn(arn).includes('/')) {
    throw new ApiError(
      'ValidationException',
      `A qualified ARN with a Map state label is not supported here: '${arn}'`,
      {
        reason: 'API_DOES_NOT_SUPPORT_LABELED_ARNS',
      },
    );
  }
}
