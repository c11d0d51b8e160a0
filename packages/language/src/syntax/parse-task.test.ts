import { describe, expect, it } from 'vitest';
import { parseStateMachine } from './parse.ts';

const SCHEMA = 'SCHEMA_VALIDATION_FAILED';
const RESOURCE = 'arn:aws:states:::sqs:sendMessage';

function findings(task: Record<string, unknown>, type: 'STANDARD' | 'EXPRESS' = 'STANDARD'): readonly string[] {
  const definition = { StartAt: 'S', States: { S: { Type: 'Task', End: true, ...task }, T: { Type: 'Succeed' } } };
  const { diagnostics } = parseStateMachine(JSON.stringify(definition), { type });
  return diagnostics
    .map(({ code, message, location }) => `${code}: ${message} at ${location ?? 'null'}`)
    .filter((finding) => !finding.includes('"T" is not reachable'));
}

describe('Resource', () => {
  const unknown = (arn: string): string =>
    `${SCHEMA}: The resource provided ${arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/S/Resource`;

  it('must be there and known', () => {
    expect(findings({ Resource: RESOURCE })).toEqual([]);
    expect(findings({})).toEqual([`${SCHEMA}: These fields are required: [Resource] at /States/S`]);
    expect(findings({ Resource: 7 })).toEqual([`${SCHEMA}: Expected value of type String at /States/S/Resource`]);
    expect(findings({ Resource: 'createToken' })).toEqual([
      `${SCHEMA}: Value is not a valid resource ARN at /States/S/Resource`,
    ]);
    expect(findings({ Resource: 'arn:aws:states:::dynamodb:query' })).toEqual([
      unknown('arn:aws:states:::dynamodb:query'),
    ]);
  });

  it('of an Express workflow waits for an answer at most', () => {
    expect(findings({ Resource: RESOURCE }, 'EXPRESS')).toEqual([]);
    expect(findings({ Resource: `${RESOURCE}.waitForTaskToken` }, 'EXPRESS')).toEqual([
      `${SCHEMA}: Express state machine does not support '.waitForTaskToken' service integration  at /States/S/Resource`,
    ]);
    for (const suffix of ['.sync', '.sync:2']) {
      expect(findings({ Resource: `arn:aws:states:::states:startExecution${suffix}` }, 'EXPRESS')).toEqual([
        `${SCHEMA}: Express state machine does not support '.sync' service integration at /States/S/Resource`,
      ]);
    }
    expect(findings({ Resource: 'arn:aws:states:us-east-1:123456789012:activity:a' }, 'EXPRESS')).toEqual([
      `${SCHEMA}: Express state machine does not support Activity ARN at /States/S/Resource`,
    ]);
  });
});

describe('the parameters of this installation’s own services', () => {
  const query = 'arn:aws:states:::everstep:postgres:query';
  const at = (field: string, where = '') => `${SCHEMA}: ${field} at /States/S/Parameters${where}`;

  it('must be known, there, and of their kind, as far as the definition shows them', () => {
    const Parameters = { Target: 'orders', 'Sql.$': '$.sql', Values: [1], 'MaxRows.$': '$.n' };
    expect(findings({ Resource: query, Parameters })).toEqual([]);
    expect(findings({ Resource: query, Parameters: { Sql: 7, Values: 'x', Database: 'd', MaxRows: -1 } })).toEqual([
      at("The value for the field 'Sql' must be a STRING", '/Sql'),
      at("The value for the field 'Values' must be a LIST", '/Values'),
      at("The field 'Database' is not supported by Step Functions", '/Database'),
      at("The value for the field 'MaxRows' must be a non-negative INTEGER", '/MaxRows'),
      at("The field 'Target' is required but was missing"),
    ]);
    expect(findings({ Resource: query }), 'the state’s input is what they are').toEqual([]);
  });

  it('may be expressions of JSONata', () => {
    const Arguments = { Target: '{% $t %}', Sql: 'select 1', Values: '{% $states.input.values %}' };
    expect(findings({ QueryLanguage: 'JSONata', Resource: query, Arguments })).toEqual([]);
    expect(findings({ QueryLanguage: 'JSONata', Resource: query, Arguments: '{% $states.input %}' })).toEqual([]);
    expect(findings({ QueryLanguage: 'JSONata', Resource: query, Arguments: { Sql: 'select 1' } })).toEqual([
      `${SCHEMA}: The field 'Target' is required but was missing at /States/S/Arguments`,
    ]);
  });

  it('belong to operations that are there, in the patterns that these have', () => {
    const known = (resource: string) => findings({ Resource: `arn:aws:states:::everstep:${resource}` }).length === 0;
    expect(['bullmq:addJob', 'bullmq:addJob.sync', 'redis:xadd', 'smtp:sendMail.waitForTaskToken'].map(known)).toEqual([
      ...[true, true, true, true],
    ]);
    expect(['postgres:query.sync', 'postgres:drop', 'command:run.waitForTaskToken'].map(known)).toEqual([
      ...[false, false, false],
    ]);
    expect(known('teapot:brew'), 'packages bring services of their own').toBe(true);
  });
});

describe('the times', () => {
  it('are whole seconds from 1 on, constant or by path', () => {
    expect(findings({ Resource: RESOURCE, TimeoutSeconds: 99_999_999, HeartbeatSeconds: 1 })).toEqual([]);
    expect(findings({ Resource: RESOURCE, TimeoutSecondsPath: '$.t', HeartbeatSecondsPath: '$$.x' })).toEqual([]);
    expect(findings({ Resource: RESOURCE, TimeoutSeconds: 0, HeartbeatSeconds: 'x' })).toEqual([
      `${SCHEMA}: Minimum value is 1 at /States/S/TimeoutSeconds`,
      `${SCHEMA}: Expected value of type Integer at /States/S/HeartbeatSeconds`,
    ]);
    expect(findings({ Resource: RESOURCE, TimeoutSeconds: 100_000_000, HeartbeatSecondsPath: 'x' })).toEqual([
      `${SCHEMA}: Maximum value is 99999999 at /States/S/TimeoutSeconds`,
      `${SCHEMA}: Value must be a valid JSONPath. at /States/S/HeartbeatSecondsPath`,
    ]);
    expect(findings({ Resource: RESOURCE, TimeoutSeconds: 1, TimeoutSecondsPath: '$.t' })).toEqual([
      `${SCHEMA}: There should only be one of the following fields: [TimeoutSeconds, TimeoutSecondsPath] at /States/S`,
    ]);
  });

  it('of the heartbeat are smaller', () => {
    const expected = [`${SCHEMA}: HeartbeatSeconds must be smaller than TimeoutSeconds at /States/S/HeartbeatSeconds`];
    expect(findings({ Resource: RESOURCE, TimeoutSeconds: 60, HeartbeatSeconds: 60 })).toEqual(expected);
    expect(findings({ Resource: RESOURCE, TimeoutSeconds: 60, HeartbeatSeconds: 59 })).toEqual([]);
  });
});

describe('Credentials', () => {
  it('need a role', () => {
    expect(findings({ Resource: RESOURCE, Credentials: { RoleArn: 'arn:aws:iam::123456789012:role/r' } })).toEqual([]);
    expect(findings({ Resource: RESOURCE, Credentials: { 'RoleArn.$': '$.role' } })).toEqual([]);
    expect(findings({ Resource: RESOURCE, Credentials: {} })).toEqual([
      `${SCHEMA}: The field 'RoleArn' is required but was missing at /States/S/Credentials`,
    ]);
    expect(findings({ Resource: RESOURCE, QueryLanguage: 'JSONata', Credentials: {} })).toEqual([
      `${SCHEMA}: The field 'RoleArn' is required but was missing at /States/S/Credentials`,
    ]);
    expect(findings({ Resource: RESOURCE, Credentials: 'x' })).toEqual([
      `${SCHEMA}: Expected value of type Object at /States/S/Credentials`,
    ]);
  });

  it('are not for activities', () => {
    const task = { Resource: 'arn:aws:states:us-east-1:123456789012:activity:a', Credentials: { RoleArn: 'r' } };
    expect(findings(task)).toEqual([`${SCHEMA}: The field 'Credentials' is not supported for activities at /States/S`]);
  });
});
