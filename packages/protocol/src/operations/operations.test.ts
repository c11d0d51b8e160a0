import { describe, expect, it } from 'vitest';
import { ApiError, errorBody } from '../errors.ts';
import * as operations from './index.ts';

const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:Orders';
const EXECUTION = 'arn:aws:states:us-east-1:123456789012:execution:Orders:run';
const ROLE = 'arn:aws:iam::123456789012:role/run';
const ARN_MESSAGE = "Invalid Arn: 'Invalid ARN prefix: xyz'";

function refusal(operation: { decode(body: unknown): unknown }, body: unknown): [string, string] | 'taken' {
  try {
    operation.decode(body);
    return 'taken';
  } catch (error) {
    if (error instanceof ApiError) return [error.code, error.message];
    throw error;
  }
}

const REFUSALS: [{ name: string; decode(body: unknown): unknown }, object, [code: string, message: string]][] = [
  [operations.createActivity, { name: 'activity name' }, ['InvalidName', "Invalid Name: 'activity name'"]],
  [
    operations.createStateMachine,
    { name: 'a:b', definition: '{}', roleArn: ROLE },
    ['InvalidName', "Invalid Name: 'a:b'"],
  ],
  [
    operations.createStateMachine,
    { name: 'a', definition: '{}', roleArn: 'r' },
    ['InvalidArn', "Invalid Role Arn: 'r'"],
  ],
  [
    operations.createStateMachine,
    { name: 'a', definition: '{}', roleArn: ROLE, versionDescription: 'first' },
    ['ValidationException', 'Version description can only be set when publish is true'],
  ],
  [
    operations.updateStateMachine,
    { stateMachineArn: `${MACHINE}:1`, roleArn: ROLE },
    ['InvalidArn', `Invalid Arn: 'Qualified ARN not valid in this context: ${MACHINE}:1'`],
  ],
  [
    operations.deleteStateMachineVersion,
    { stateMachineVersionArn: MACHINE },
    ['InvalidArn', `Invalid Arn: 'State machine version ARN expected: ${MACHINE}'`],
  ],
  [
    operations.describeStateMachineAlias,
    { stateMachineAliasArn: `${MACHINE}:1` },
    ['InvalidArn', `Invalid Arn: 'State machine alias ARN expected: ${MACHINE}:1'`],
  ],
  [
    operations.tagResource,
    { resourceArn: EXECUTION, tags: [] },
    ['InvalidArn', "Invalid Arn: 'Resource type not valid in this context: execution'"],
  ],
  [
    operations.tagResource,
    { resourceArn: MACHINE, tags: [{ value: 'v' }, { key: 'a!' }] },
    [
      'ValidationException',
      "2 validation errors detected: Value null at 'tags.1.member.key' failed to satisfy constraint: Member must not be null; Value 'a!' at 'tags.2.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: ^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$",
    ],
  ],
  [
    operations.createStateMachineAlias,
    { name: '123', routingConfiguration: [{ stateMachineVersionArn: `${MACHINE}:1`, weight: 101 }] },
    [
      'ValidationException',
      "2 validation errors detected: Value '123' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$; Value '101' at 'routingConfiguration.1.member.weight' failed to satisfy constraint: Member must have value less than or equal to 100",
    ],
  ],
  [
    operations.createStateMachineAlias,
    { name: 'LIVE', routingConfiguration: [] },
    [
      'ValidationException',
      "1 validation error detected: Value '[]' at 'routingConfiguration' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
  ],
  [
    operations.createStateMachineAlias,
    { name: 'LIVE', routingConfiguration: [{ stateMachineVersionArn: MACHINE, weight: 100 }] },
    ['ValidationException', `Routing configuration must contain state machine version ARNs. Received: [${MACHINE}]`],
  ],
  [
    operations.createStateMachineAlias,
    {
      name: 'LIVE',
      routingConfiguration: [
        { stateMachineVersionArn: `${MACHINE}:1`, weight: 50 },
        { stateMachineVersionArn: `${MACHINE}:2`, weight: 49 },
      ],
    },
    ['ValidationException', 'Sum of routing configuration weights must equal 100. Received: [50, 49]'],
  ],
  [
    operations.updateStateMachineAlias,
    { stateMachineAliasArn: `${MACHINE}:LIVE` },
    ['ValidationException', 'Either the description or the routingConfiguration must be specified'],
  ],
  [
    operations.updateMapRun,
    { mapRunArn: 'arn:aws:states:us-east-1:123456789012:mapRun:Orders/L:i', toleratedFailurePercentage: 100.5 },
    [
      'ValidationException',
      "1 validation error detected: Value '100.5' at 'toleratedFailurePercentage' failed to satisfy constraint: Member must have value less than or equal to 100",
    ],
  ],
  [
    operations.updateStateMachine,
    { stateMachineArn: MACHINE },
    [
      'MissingRequiredParameter',
      'Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified',
    ],
  ],
  [operations.listExecutions, {}, ['ValidationException', 'Must specify exactly one of stateMachineArn and mapRunArn']],
  [
    operations.listExecutions,
    { stateMachineArn: MACHINE, maxResults: 1001 },
    [
      'ValidationException',
      "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000",
    ],
  ],
  [
    operations.listExecutions,
    { stateMachineArn: MACHINE, statusFilter: 'succeeded' },
    [
      'ValidationException',
      "1 validation error detected: Value 'succeeded' at 'statusFilter' failed to satisfy constraint: Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]",
    ],
  ],
  [
    operations.startExecution,
    { stateMachineArn: MACHINE, input: ' '.repeat(262_145) },
    [
      'ValidationException',
      "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to 262144",
    ],
  ],
  [
    operations.startExecution,
    { stateMachineArn: MACHINE, traceHeader: 'ü' },
    [
      'ValidationException',
      "1 validation error detected: Value 'ü' at 'traceHeader' failed to satisfy constraint: Member must satisfy regular expression pattern: \\p{ASCII}*",
    ],
  ],
  [
    operations.sendTaskSuccess,
    { taskToken: 't' },
    [
      'ValidationException',
      "1 validation error detected: Value null at 'output' failed to satisfy constraint: Member must not be null",
    ],
  ],
];

describe('requests of the operations', () => {
  it('knows AWS’s 37 operations, those on connections, and its own beside them', () => {
    expect(operations.AWS_OPERATIONS).toHaveLength(37);
    const built = Object.values(operations).flatMap((value) => ('decode' in value ? [value.name] : []));
    const names: ReadonlySet<string> = new Set([...operations.AWS_OPERATIONS, ...operations.EVENTS_OPERATIONS]);
    expect(built).toEqual(expect.arrayContaining([...names]));
    expect(built.filter((name) => !names.has(name)).toSorted()).toEqual([
      ...['ClaimApproval', 'CommentApproval', 'DecideApproval', 'DelegateApproval'],
      ...[
        'DeleteLimiter',
        'DescribeApproval',
        'DescribeInstallation',
        'DescribeLimiter',
        'GetFunctionLogs',
        'GetHistoryEvents',
        'GetOverview',
        'GetStateFigures',
      ],
      ...['ListApprovals', 'ListLimiterTasks', 'ListLimiters', 'ListTasks', 'PauseLimiter', 'PutLimiter'],
      ...['ReleaseApproval', 'ResumeLimiter'],
      'SearchExecutions',
    ]);
  });

  it.each([
    [operations.describeStateMachine, { stateMachineArn: 'xyz' }],
    [operations.updateStateMachine, { stateMachineArn: 'xyz', roleArn: ROLE }],
    [operations.deleteStateMachine, { stateMachineArn: 'xyz' }],
    [operations.startExecution, { stateMachineArn: 'xyz' }],
    [operations.listExecutions, { stateMachineArn: 'xyz' }],
    [operations.stopExecution, { executionArn: 'xyz' }],
    [operations.describeExecution, { executionArn: 'xyz' }],
    [operations.describeStateMachineForExecution, { executionArn: 'xyz' }],
    [operations.getExecutionHistory, { executionArn: 'xyz' }],
    [operations.describeActivity, { activityArn: 'xyz' }],
    [operations.deleteActivity, { activityArn: 'xyz' }],
    [operations.getActivityTask, { activityArn: 'xyz' }],
    [operations.publishStateMachineVersion, { stateMachineArn: 'xyz' }],
    [operations.listStateMachineVersions, { stateMachineArn: 'xyz' }],
    [operations.deleteStateMachineVersion, { stateMachineVersionArn: 'xyz' }],
    [
      operations.createStateMachineAlias,
      { name: 'a', routingConfiguration: [{ stateMachineVersionArn: 'xyz', weight: 100 }] },
    ],
    [operations.updateStateMachineAlias, { stateMachineAliasArn: 'xyz', description: '' }],
    [operations.deleteStateMachineAlias, { stateMachineAliasArn: 'xyz' }],
    [operations.describeStateMachineAlias, { stateMachineAliasArn: 'xyz' }],
    [operations.listStateMachineAliases, { stateMachineArn: 'xyz' }],
    [operations.tagResource, { resourceArn: 'xyz', tags: [] }],
    [operations.untagResource, { resourceArn: 'xyz', tagKeys: [] }],
    [operations.listTagsForResource, { resourceArn: 'xyz' }],
    [operations.redriveExecution, { executionArn: 'xyz' }],
    [operations.describeMapRun, { mapRunArn: 'xyz' }],
    [operations.listMapRuns, { executionArn: 'xyz' }],
    [operations.updateMapRun, { mapRunArn: 'xyz' }],
  ])('$0.name refuses what is no ARN', (operation, body) => {
    expect(refusal(operation, body)).toEqual(['InvalidArn', ARN_MESSAGE]);
  });

  it.each([
    [operations.describeStateMachine, {}],
    [operations.updateStateMachine, { roleArn: ROLE }],
    [operations.deleteStateMachine, {}],
    [operations.startExecution, {}],
    [operations.publishStateMachineVersion, {}],
    [operations.listStateMachineVersions, {}],
    [operations.listStateMachineAliases, {}],
  ])('$0.name refuses the ARN of a Map state', (operation, body) => {
    expect(refusal(operation, { ...body, stateMachineArn: `${MACHINE}/Label` })[0]).toBe('ValidationException');
  });

  it.each(REFUSALS)('$0.name refuses %j', (operation, body, expected) => {
    expect(refusal(operation, body)).toEqual(expected);
  });

  it.each([
    { stateMachineArn: MACHINE, statusFilter: 'PENDING_REDRIVE' },
    { stateMachineArn: MACHINE, redriveFilter: 'REDRIVEN' },
    { stateMachineArn: MACHINE, mapRunArn: 'arn:aws:states:us-east-1:123456789012:mapRun:Orders/L:i' },
  ])('ListExecutions refuses members that exclude each other: %j', (body) => {
    expect(refusal(operations.listExecutions, body)[0]).toBe('ValidationException');
  });

  it('takes what is right', () => {
    expect(operations.stopExecution.decode({ executionArn: EXECUTION, error: '', cause: 'why' })).toEqual({
      executionArn: EXECUTION,
      error: '',
      cause: 'why',
    });
    expect(refusal(operations.createActivity, { name: 'a'.repeat(80), tags: [] })).toBe('taken');
  });
});

describe('requests about connections', () => {
  const create = (AuthParameters: object, more: object = {}) =>
    refusal(operations.createConnection, { Name: 'c', AuthorizationType: 'BASIC', AuthParameters, ...more });
  const basic = (Username: string, Password: string) => create({ BasicAuthParameters: { Username, Password } });

  it('must be whole where a connection is created, and may be partial where it is updated', () => {
    expect(refusal(operations.createConnection, {})).toEqual([
      'ValidationException',
      "3 validation errors detected: Value null at 'Name' failed to satisfy constraint: Member must not be null; Value null at 'AuthorizationType' failed to satisfy constraint: Member must not be null; Value null at 'AuthParameters' failed to satisfy constraint: Member must not be null",
    ]);
    expect(create({ BasicAuthParameters: { Username: 'u' } })[1]).toContain(
      'AuthParameters.BasicAuthParameters.Password',
    );
    expect(create({ OAuthParameters: {} })[1]).toContain('3 validation errors');
    const part = { Name: 'c', AuthParameters: { OAuthParameters: { ClientParameters: { ClientSecret: 's' } } } };
    expect(refusal(operations.updateConnection, part)).toBe('taken');
  });

  it('show no secret in a refusal', () => {
    const secret = 'hunter2:with\u0001control';
    const [code, message] = basic('u', secret);
    expect([code, message.includes('hunter2')]).toEqual(['ValidationException', false]);
    const parameter = { Key: 'X-Key', Value: 'hunter2\n', IsValueSecret: true };
    const [, inHeader] = create({ InvocationHttpParameters: { HeaderParameters: [parameter] } });
    expect(inHeader).toContain('HeaderParameters.1.member.Value');
    expect(inHeader).not.toContain('hunter2');
  });

  it('take what the API model takes, in linear time', () => {
    expect(basic('a b\tc', 'p w')).toBe('taken');
    for (const wrong of ['', '\t', 'a:b', 'a\nb', `${' '.repeat(500)}:`])
      expect(basic(wrong, 'p')[0]).toBe('ValidationException');
    const header = (Key: string, Value: string) =>
      create({ InvocationHttpParameters: { HeaderParameters: [{ Key, Value }] } });
    expect(header('X-A', 'v w')).toBe('taken');
    for (const [key, value] of [
      ['X A', 'v'],
      ['X-A', 'ü'],
      ['X-A', 'v\r\nHost: evil'],
      ['', 'v'],
      [',', 'v'],
    ] as const) {
      expect(header(key, value)[0], key).toBe('ValidationException');
    }
    expect(header('X-A', `${' '.repeat(511)}\n`)[0]).toBe('ValidationException');
  });

  it('are refused where they ask for what only AWS has', () => {
    expect(create({}, { KmsKeyIdentifier: 'alias/a' })[1]).toContain('KmsKeyIdentifier');
    expect(create({}, { InvocationConnectivityParameters: { ResourceParameters: {} } })[1]).toContain('not offered');
    const oauth = { ClientParameters: { ClientID: 'i', ClientSecret: 's' }, HttpMethod: 'POST' };
    for (const AuthorizationEndpoint of ['file:///etc/passwd', 'example.com', 'https://u:p@example.com']) {
      expect(create({ OAuthParameters: { ...oauth, AuthorizationEndpoint } })[1]).toContain('is not an https address');
    }
  });
});

describe('bodies of errors', () => {
  it('carry the code behind a prefix, the message and further members', () => {
    const error = new ApiError('ValidationException', 'why', { reason: 'MISSING_REQUIRED_PARAMETER' });
    expect(JSON.parse(errorBody(error))).toEqual({
      __type: 'com.amazonaws.swf.service.v2.model#ValidationException',
      message: 'why',
      reason: 'MISSING_REQUIRED_PARAMETER',
    });
    expect(errorBody(new ApiError('SerializationException', 'x'))).toContain('coral.service#SerializationException');
  });
});
