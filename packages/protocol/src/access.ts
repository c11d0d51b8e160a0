import {
  type ArnScope,
  accountOfArn,
  activityArn,
  connectionNameArn,
  executionArn,
  functionArn,
  limiterArn,
  stateMachineArn,
} from './arn.ts';
import {
  AWS_OPERATIONS,
  type AwsOperationName,
  EVENTS_OPERATIONS,
  type EventsOperationName,
} from './operations/index.ts';

/** What an operation does, in the words of AWS's service authorization reference. */
export type AccessLevel = 'Read' | 'List' | 'Write' | 'Tagging';

/** How an operation answers for a resource that is not there, or is not the caller's: an error, or as if it were empty. */
export type Absence =
  | 'StateMachineDoesNotExist'
  | 'ExecutionDoesNotExist'
  | 'ActivityDoesNotExist'
  | 'ApprovalDoesNotExist'
  | 'ResourceNotFound'
  /** ResourceNotFound in the words that the operations on aliases have. */
  | 'AliasNotFound'
  /** Deletions of what is not there succeed. */
  | 'Done'
  | 'NoVersions';

/** What one request asks for: each pair of action and resource must be allowed. */
export interface AccessRequest {
  readonly level: AccessLevel;
  readonly demands: readonly AccessDemand[];
}

export interface AccessDemand {
  /** `states:DescribeExecution`, `events:CreateConnection`, `everstep:…` */
  readonly action: string;
  /** An ARN; for what is about nothing in particular, one with a wildcard, as AWS names it in its refusals. */
  readonly resource: string;
}

interface OperationAccess {
  readonly level: AccessLevel;
  /** Members that may name the resource, the first that is there counts, with what is answered where it is not. */
  readonly members?: readonly (readonly [member: string, absence: Absence])[];
  /** A resource that the request makes, under its `name`. */
  readonly creates?: 'stateMachine' | 'activity' | 'alias';
  /** Where it is about no resource in particular: the kind AWS's refusals name. */
  readonly all?: 'stateMachine' | 'activity';
  /** It is about the limiter of its `name`, or about all of them. */
  readonly limiter?: true;
  /** It is about the connection of its `Name`, or about all of them. */
  readonly connection?: true;
}

const MACHINE = ['stateMachineArn', 'StateMachineDoesNotExist'] as const;
const EXECUTION = ['executionArn', 'ExecutionDoesNotExist'] as const;
const ACTIVITY = ['activityArn', 'ActivityDoesNotExist'] as const;
const MAP_RUN = ['mapRunArn', 'ResourceNotFound'] as const;
const ALIAS = ['stateMachineAliasArn', 'AliasNotFound'] as const;
const APPROVAL = ['approvalArn', 'ApprovalDoesNotExist'] as const;
const TAGGED = ['resourceArn', 'ResourceNotFound'] as const;

/**
 * Which resource each operation is about.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
 */
const OPERATIONS: Readonly<Record<AwsOperationName, OperationAccess>> = {
  CreateActivity: { level: 'Write', creates: 'activity' },
  CreateStateMachine: { level: 'Write', creates: 'stateMachine' },
  CreateStateMachineAlias: { level: 'Write', creates: 'alias', members: [['stateMachineVersionArn', 'AliasNotFound']] },
  DeleteActivity: { level: 'Write', members: [['activityArn', 'Done']] },
  DeleteStateMachine: { level: 'Write', members: [['stateMachineArn', 'Done']] },
  DeleteStateMachineAlias: { level: 'Write', members: [['stateMachineAliasArn', 'Done']] },
  DeleteStateMachineVersion: { level: 'Write', members: [['stateMachineVersionArn', 'Done']] },
  DescribeActivity: { level: 'Read', members: [ACTIVITY] },
  DescribeExecution: { level: 'Read', members: [EXECUTION] },
  DescribeMapRun: { level: 'Read', members: [MAP_RUN] },
  DescribeStateMachine: { level: 'Read', members: [MACHINE] },
  DescribeStateMachineAlias: { level: 'Read', members: [ALIAS] },
  DescribeStateMachineForExecution: { level: 'Read', members: [EXECUTION] },
  GetActivityTask: { level: 'Write', members: [ACTIVITY] },
  GetExecutionHistory: { level: 'Read', members: [EXECUTION] },
  ListActivities: { level: 'List', all: 'activity' },
  ListExecutions: { level: 'List', members: [MACHINE, MAP_RUN] },
  ListMapRuns: { level: 'List', members: [EXECUTION] },
  ListStateMachineAliases: { level: 'List', members: [MACHINE] },
  ListStateMachineVersions: { level: 'List', members: [['stateMachineArn', 'NoVersions']] },
  ListStateMachines: { level: 'List', all: 'stateMachine' },
  ListTagsForResource: { level: 'List', members: [TAGGED] },
  PublishStateMachineVersion: { level: 'Write', members: [MACHINE] },
  RedriveExecution: { level: 'Write', members: [EXECUTION] },
  // Callbacks name no resource; AWS's examples of policies allow them on activities.
  SendTaskFailure: { level: 'Write', all: 'activity' },
  SendTaskHeartbeat: { level: 'Write', all: 'activity' },
  SendTaskSuccess: { level: 'Write', all: 'activity' },
  StartExecution: { level: 'Write', members: [MACHINE] },
  StartSyncExecution: { level: 'Write', members: [MACHINE] },
  StopExecution: { level: 'Write', members: [EXECUTION] },
  TagResource: { level: 'Tagging', members: [TAGGED] },
  // Its tasks are really done where they are not mocked.
  TestState: { level: 'Write', all: 'stateMachine' },
  UntagResource: { level: 'Tagging', members: [TAGGED] },
  UpdateMapRun: { level: 'Write', members: [MAP_RUN] },
  UpdateStateMachine: { level: 'Write', members: [MACHINE] },
  UpdateStateMachineAlias: { level: 'Write', members: [ALIAS] },
  ValidateStateMachineDefinition: { level: 'Read', all: 'stateMachine' },
};

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html */
const EVENTS: Readonly<Record<EventsOperationName, OperationAccess>> = {
  CreateConnection: { level: 'Write', connection: true },
  DeauthorizeConnection: { level: 'Write', connection: true },
  DeleteConnection: { level: 'Write', connection: true },
  DescribeConnection: { level: 'Read', connection: true },
  ListConnections: { level: 'List', connection: true },
  UpdateConnection: { level: 'Write', connection: true },
};

/** Everstep's own operations change something unless their names say otherwise, and are about what their ARN names. */
const OWN_OPERATION: OperationAccess = {
  level: 'Write',
  members: [APPROVAL, EXECUTION, MAP_RUN, ACTIVITY, MACHINE, TAGGED],
  all: 'stateMachine',
};

const LIMITER_OPERATION: OperationAccess = { level: 'Write', limiter: true };

/** What a decoded request needs to be allowed, in the caller's account. */
export function accessOf(operation: string, input: object, scope: ArnScope): AccessRequest {
  const entry = entryOf(operation);
  const resource = resourceOf(entry, input, scope);
  const service = isAwsOperation(operation) ? 'states' : isEventsOperation(operation) ? 'events' : 'everstep';
  const actions = [`${service}:${operation}`];
  // AWS asks for these beside the operation's own.
  if (service === 'states') {
    if ('publish' in input && input.publish === true) actions.push('states:PublishStateMachineVersion');
    if (operation.startsWith('Create') && 'tags' in input && Array.isArray(input.tags) && input.tags.length > 0) {
      actions.push('states:TagResource');
    }
    if ('revealSecrets' in input && input.revealSecrets === true) actions.push('states:RevealSecrets');
  }
  const demands = actions.map((action) => ({ action, resource }));
  return { level: entry.level, demands: [...demands, ...searchDemands(operation, input, scope)] };
}

/** Whoever finds executions by what their inputs hold learns their inputs. */
function searchDemands(operation: string, input: object, scope: ArnScope): AccessDemand[] {
  if (operation !== 'SearchExecutions' || !('inputFilter' in input) || input.inputFilter === undefined) return [];
  const machine =
    'stateMachineArn' in input && typeof input.stateMachineArn === 'string' ? input.stateMachineArn : null;
  // A version or an alias is no part of an execution's ARN.
  const unqualified = machine?.split(':').slice(0, 7).join(':') ?? stateMachineArn(scope, '*');
  const resource = executionArn(unqualified, '*');
  return [{ action: 'states:DescribeExecution', resource }];
}

/**
 * The first ARN of a decoded request that lies in another account, and how the operation answers it: as a resource that
 * does not exist. null where there is none.
 */
export function foreignResource(
  operation: string,
  input: object,
  accountId: string,
): { readonly arn: string; readonly absence: Absence } | null {
  const found = findArn(input, (arn) => arn.split(':', 3)[2] === 'states' && accountOfArn(arn) !== accountId);
  if (found === null) return null;
  const known = entryOf(operation).members?.find(([member]) => member === found.name);
  return { arn: found.arn, absence: known?.[1] ?? 'ResourceNotFound' };
}

function entryOf(operation: string): OperationAccess {
  if (isAwsOperation(operation)) return OPERATIONS[operation];
  if (isEventsOperation(operation)) return EVENTS[operation];
  const own = /Limiter/.test(operation) ? LIMITER_OPERATION : OWN_OPERATION;
  return /^(Describe|Get|List|Search)/.test(operation) ? { ...own, level: 'Read' } : own;
}

const AWS_NAMES: ReadonlySet<string> = new Set(AWS_OPERATIONS);

function isAwsOperation(name: string): name is AwsOperationName {
  return AWS_NAMES.has(name);
}

const EVENTS_NAMES: ReadonlySet<string> = new Set(EVENTS_OPERATIONS);

function isEventsOperation(name: string): name is EventsOperationName {
  return EVENTS_NAMES.has(name);
}

function resourceOf(entry: OperationAccess, input: object, scope: ArnScope): string {
  for (const [member] of entry.members ?? []) {
    const value = textMember(input, member);
    if (value !== null) return value;
  }
  if (entry.connection === true) return connectionNameArn(scope, textMember(input, 'Name') ?? '*');
  const functionName = textMember(input, 'functionName');
  if (functionName !== null) return functionArn(scope, functionName);
  const named = textMember(input, 'name') ?? '*';
  if (entry.limiter === true) return limiterArn(scope, named);
  switch (entry.creates) {
    case 'activity':
      return activityArn(scope, named);
    case 'stateMachine':
      return stateMachineArn(scope, named);
    case 'alias':
      return aliasArn(input, named) ?? stateMachineArn(scope, '*');
    case undefined:
      return entry.all === 'activity' ? activityArn(scope, '*') : stateMachineArn(scope, '*');
  }
}

function textMember(input: object, name: string): string | null {
  const value: unknown = Object.hasOwn(input, name) ? Reflect.get(input, name) : undefined;
  return typeof value === 'string' ? value : null;
}

/** An alias belongs to the machine whose versions it routes to. */
function aliasArn(input: object, name: string): string | null {
  const version = findArn(input, () => true);
  return version === null ? null : `${version.arn.split(':').slice(0, 7).join(':')}:${name}`;
}

/** The first member called `…Arn`, wherever it is, that is wanted; what clients send as JSON text stays theirs. */
function findArn(value: object, isWanted: (arn: string) => boolean): { name: string; arn: string } | null {
  for (const [name, member] of Object.entries(value)) {
    if (typeof member === 'string') {
      if (name.endsWith('Arn') && isWanted(member)) return { name, arn: member };
    } else if (typeof member === 'object' && member !== null) {
      const found = findArn(member, isWanted);
      if (found !== null) return found;
    }
  }
  return null;
}
