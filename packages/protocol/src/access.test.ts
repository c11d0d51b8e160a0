import { describe, expect, it } from 'vitest';
import { accessOf, foreignResource } from './access.ts';

const SCOPE = { region: 'us-east-1', accountId: '123456789012' };
const PREFIX = 'arn:aws:states:us-east-1:123456789012';
const OTHER = 'arn:aws:states:us-east-1:999999999999';

describe('what an operation asks for', () => {
  it.each<[string, object, string[]]>([
    [
      'StartExecution',
      { stateMachineArn: `${PREFIX}:stateMachine:a:PROD` },
      [`states:StartExecution ${PREFIX}:stateMachine:a:PROD`],
    ],
    ['ListStateMachines', {}, [`states:ListStateMachines ${PREFIX}:stateMachine:*`]],
    ['ListActivities', {}, [`states:ListActivities ${PREFIX}:activity:*`]],
    ['SendTaskSuccess', { taskToken: 'x' }, [`states:SendTaskSuccess ${PREFIX}:activity:*`]],
    ['CreateActivity', { name: 'pack' }, [`states:CreateActivity ${PREFIX}:activity:pack`]],
    [
      'CreateStateMachine',
      { name: 'a', publish: true, tags: [{ key: 'k' }] },
      ['CreateStateMachine', 'PublishStateMachineVersion', 'TagResource'].map(
        (name) => `states:${name} ${PREFIX}:stateMachine:a`,
      ),
    ],
    [
      'CreateStateMachineAlias',
      { name: 'PROD', routingConfiguration: [{ stateMachineVersionArn: `${PREFIX}:stateMachine:a:3`, weight: 100 }] },
      [`states:CreateStateMachineAlias ${PREFIX}:stateMachine:a:PROD`],
    ],
    ['ListExecutions', { mapRunArn: `${PREFIX}:mapRun:a/b:c` }, [`states:ListExecutions ${PREFIX}:mapRun:a/b:c`]],
    [
      'TestState',
      { revealSecrets: true },
      ['TestState', 'RevealSecrets'].map((name) => `states:${name} ${PREFIX}:stateMachine:*`),
    ],
    [
      'CreateConnection',
      { Name: 'stock' },
      ['events:CreateConnection arn:aws:events:us-east-1:123456789012:connection/stock'],
    ],
    ['ListConnections', {}, ['events:ListConnections arn:aws:events:us-east-1:123456789012:connection/*']],
    ['PutLimiter', { name: 'a' }, [`everstep:PutLimiter ${PREFIX}:limiter:a`]],
    ['ListLimiters', {}, [`everstep:ListLimiters ${PREFIX}:limiter:*`]],
    ['ApproveTask', { executionArn: `${PREFIX}:execution:a:b` }, [`everstep:ApproveTask ${PREFIX}:execution:a:b`]],
  ])('%s %j', (operation, input, demands) => {
    expect(accessOf(operation, input, SCOPE).demands.map(({ action, resource }) => `${action} ${resource}`)).toEqual(
      demands,
    );
  });

  it('asks for the right to read inputs where a search looks into them', () => {
    const ask = (input: object) => accessOf('SearchExecutions', input, SCOPE).demands;
    expect(ask({ nameContains: 'a' })).toHaveLength(1);
    const inputFilter = 'a = 1';
    expect(ask({ inputFilter })[1]).toEqual({
      action: 'states:DescribeExecution',
      resource: `${PREFIX}:execution:*:*`,
    });
    expect(ask({ inputFilter, stateMachineArn: `${PREFIX}:stateMachine:orders:live` })[1]?.resource).toBe(
      `${PREFIX}:execution:orders:*`,
    );
  });

  it('says whether it changes something', () => {
    const levels = ['DescribeExecution', 'StopExecution', 'TagResource', 'ApproveTask', 'ListApprovals'];
    expect(levels.map((operation) => accessOf(operation, {}, SCOPE).level)).toEqual([
      'Read',
      'Write',
      'Tagging',
      'Write',
      'Read',
    ]);
  });
});

describe('a resource of another account', () => {
  it('is found in every member that names one, and is answered as the operation does', () => {
    const found = (operation: string, input: object) =>
      foreignResource(operation, input, SCOPE.accountId)?.absence ?? null;
    expect(found('StartExecution', { stateMachineArn: `${OTHER}:stateMachine:a` })).toBe('StateMachineDoesNotExist');
    expect(found('StartExecution', { stateMachineArn: `${PREFIX}:stateMachine:a` })).toBeNull();
    expect(found('DeleteStateMachine', { stateMachineArn: `${OTHER}:stateMachine:a` })).toBe('Done');
    expect(found('TagResource', { resourceArn: `${OTHER}:activity:a` })).toBe('ResourceNotFound');
    const routingConfiguration = [
      { stateMachineVersionArn: `${PREFIX}:stateMachine:a:1` },
      { stateMachineVersionArn: `${OTHER}:stateMachine:a:1` },
    ];
    expect(found('CreateStateMachineAlias', { name: 'x', routingConfiguration })).toBe('AliasNotFound');
    expect(found('CreateStateMachine', { name: 'x', roleArn: 'arn:aws:iam::999999999999:role/r' })).toBeNull();
  });
});
