import type { operations } from '@everstep/protocol';

/** The operations that the console calls: what goes in and what comes out. */
export interface Calls {
  CreateActivity: [operations.CreateActivityInput, operations.CreateActivityOutput];
  DeleteActivity: [operations.DeleteActivityInput, object];
  ListActivities: [operations.ListActivitiesInput, operations.ListActivitiesOutput];
  DeleteLimiter: [operations.DescribeLimiterInput, object];
  DescribeLimiter: [operations.DescribeLimiterInput, operations.DescribeLimiterOutput];
  ListLimiters: [operations.ListLimitersInput, operations.ListLimitersOutput];
  ListLimiterTasks: [operations.ListLimiterTasksInput, operations.ListLimiterTasksOutput];
  PauseLimiter: [operations.DescribeLimiterInput, object];
  PutLimiter: [operations.PutLimiterInput, operations.PutLimiterOutput];
  ResumeLimiter: [operations.DescribeLimiterInput, object];
  ClaimApproval: [operations.ClaimApprovalInput, object];
  CommentApproval: [operations.CommentApprovalInput, object];
  CreateStateMachine: [operations.CreateStateMachineInput, operations.CreateStateMachineOutput];
  CreateStateMachineAlias: [operations.CreateStateMachineAliasInput, object];
  DecideApproval: [operations.DecideApprovalInput, operations.DecideApprovalOutput];
  DelegateApproval: [operations.DelegateApprovalInput, object];
  DeleteStateMachineAlias: [operations.DeleteStateMachineAliasInput, object];
  DeleteStateMachineVersion: [operations.DeleteStateMachineVersionInput, object];
  DeleteStateMachine: [operations.DeleteStateMachineInput, object];
  DescribeApproval: [operations.DescribeApprovalInput, operations.DescribeApprovalOutput];
  DescribeExecution: [operations.DescribeExecutionInput, operations.DescribeExecutionOutput];
  DescribeMapRun: [operations.DescribeMapRunInput, operations.DescribeMapRunOutput];
  ListApprovals: [operations.ListApprovalsInput, operations.ListApprovalsOutput];
  ListExecutions: [operations.ListExecutionsInput, operations.ListExecutionsOutput];
  ListMapRuns: [operations.ListMapRunsInput, operations.ListMapRunsOutput];
  DescribeInstallation: [object, operations.DescribeInstallationOutput];
  DescribeStateMachine: [operations.DescribeStateMachineInput, operations.DescribeStateMachineOutput];
  DescribeStateMachineAlias: [operations.DescribeStateMachineAliasInput, operations.DescribeStateMachineAliasOutput];
  DescribeStateMachineForExecution: [
    operations.DescribeStateMachineForExecutionInput,
    operations.DescribeStateMachineForExecutionOutput,
  ];
  GetHistoryEvents: [operations.GetHistoryEventsInput, operations.GetHistoryEventsOutput];
  GetStateFigures: [operations.GetStateFiguresInput, operations.GetStateFiguresOutput];
  GetOverview: [operations.GetOverviewInput, operations.GetOverviewOutput];
  ListStateMachineAliases: [operations.ListStateMachineAliasesInput, operations.ListStateMachineAliasesOutput];
  ListStateMachineVersions: [operations.ListStateMachineVersionsInput, operations.ListStateMachineVersionsOutput];
  ListStateMachines: [operations.ListStateMachinesInput, operations.ListStateMachinesOutput];
  ListTagsForResource: [operations.ListTagsForResourceInput, operations.ListTagsForResourceOutput];
  ListTasks: [operations.ListTasksInput, operations.ListTasksOutput];
  PublishStateMachineVersion: [operations.PublishStateMachineVersionInput, operations.PublishStateMachineVersionOutput];
  RedriveExecution: [operations.RedriveExecutionInput, operations.RedriveExecutionOutput];
  ReleaseApproval: [operations.ReleaseApprovalInput, object];
  SearchExecutions: [operations.SearchExecutionsInput, operations.SearchExecutionsOutput];
  SendTaskFailure: [operations.SendTaskFailureInput, object];
  SendTaskSuccess: [operations.SendTaskSuccessInput, object];
  StartExecution: [operations.StartExecutionInput, operations.StartExecutionOutput];
  StartSyncExecution: [operations.StartSyncExecutionInput, operations.StartSyncExecutionOutput];
  StopExecution: [operations.StopExecutionInput, operations.StopExecutionOutput];
  TagResource: [operations.TagResourceInput, object];
  UntagResource: [operations.UntagResourceInput, object];
  UpdateStateMachineAlias: [operations.UpdateStateMachineAliasInput, object];
  TestState: [operations.TestStateInput, operations.TestStateOutput];
  UpdateStateMachine: [operations.UpdateStateMachineInput, operations.UpdateStateMachineOutput];
}

const OWN: ReadonlySet<keyof Calls> = new Set([
  'ClaimApproval',
  'CommentApproval',
  'DecideApproval',
  'DelegateApproval',
  'DescribeApproval',
  'DeleteLimiter',
  'DescribeLimiter',
  'ListLimiters',
  'ListLimiterTasks',
  'PauseLimiter',
  'PutLimiter',
  'ResumeLimiter',
  'DescribeInstallation',
  'GetHistoryEvents',
  'GetOverview',
  'GetStateFigures',
  'ListApprovals',
  'ListTasks',
  'ReleaseApproval',
  'SearchExecutions',
] as const);

/** An answer that is no success. `code`: AWS's; `Unreachable` where there was no answer. */
export class CallError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'CallError';
    this.code = code;
  }
}

type SessionLost = () => void;
let sessionLost: SessionLost = () => undefined;

/** Told when an answer says that nobody is signed in any more. */
export function onSessionLost(callback: SessionLost): void {
  sessionLost = callback;
}

/** Calls an operation of the API. Throws CallErrors. */
export async function call<Name extends keyof Calls>(
  operation: Name,
  input: Calls[Name][0],
  signal?: AbortSignal,
): Promise<Calls[Name][1]> {
  const prefix = OWN.has(operation) ? 'Everstep' : 'AWSStepFunctions';
  const text = await send('/console/api', {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `${prefix}.${operation}` },
    body: JSON.stringify(input),
    ...(signal === undefined ? {} : { signal }),
  });
  return JSON.parse(text);
}

/** Sends a request to the server; the answer's text. Throws CallErrors. */
export async function send(path: string, request: RequestInit): Promise<string> {
  let answer: Response;
  try {
    answer = await fetch(path, { credentials: 'same-origin', cache: 'no-store', ...request });
  } catch (error) {
    if (request.signal?.aborted === true) throw error;
    throw new CallError('Unreachable', 'The server does not answer. Does it run?');
  }
  const text = await answer.text();
  if (answer.ok) return text;
  const failure = failureOf(text, answer.status);
  if (failure.code === 'MissingAuthenticationTokenException') sessionLost();
  throw failure;
}

function failureOf(text: string, status: number): CallError {
  try {
    const body: { __type?: string; message?: string } = JSON.parse(text);
    const code = (body.__type ?? String(status)).replace(/^.*#/, '');
    return new CallError(code, body.message ?? code);
  } catch {
    return new CallError(String(status), `The server answered ${status}, which is no answer of the API.`);
  }
}

export function messageOf(error: unknown): string {
  if (error instanceof CallError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
