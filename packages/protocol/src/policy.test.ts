import { describe, expect, it } from 'vitest';
import { FULL_ACCESS_POLICY, type PolicyDecision, PolicyError, parsePolicy } from './policy.ts';

const PREFIX = 'arn:aws:states:us-east-1:123456789012';
const policy = (...statements: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement: statements });
const allow = (Action: unknown, Resource: unknown = '*') => ({ Effect: 'Allow', Action, Resource });
const deny = (Action: unknown, Resource: unknown = '*') => ({ Effect: 'Deny', Action, Resource });

describe('a policy', () => {
  it.each<[string, string, string, string, PolicyDecision]>([
    ['allows everything', FULL_ACCESS_POLICY, 'states:StartExecution', `${PREFIX}:stateMachine:a`, 'allow'],
    ['allows own operations', FULL_ACCESS_POLICY, 'everstep:Approve', `${PREFIX}:execution:a:b`, 'allow'],
    ['knows no other service', FULL_ACCESS_POLICY, 'iam:PassRole', 'arn:aws:iam::1:role/r', 'implicit-deny'],
    ['is without regard to case in actions', policy(allow('STATES:start*')), 'states:StartExecution', 'x', 'allow'],
    [
      'minds the case of resources',
      policy(allow('*', `${PREFIX}:stateMachine:A`)),
      'states:X',
      `${PREFIX}:stateMachine:a`,
      'implicit-deny',
    ],
    [
      'denies explicitly whatever it allows',
      policy(allow('*'), deny('states:Stop*')),
      'states:StopExecution',
      'x',
      'explicit-deny',
    ],
    ['denies what it does not name', policy(allow('states:Describe*')), 'states:StopExecution', 'x', 'implicit-deny'],
    [
      'has wildcards in resources',
      policy(allow('*', `${PREFIX}:execution:order-*:*`)),
      'states:X',
      `${PREFIX}:execution:order-7:run`,
      'allow',
    ],
    ['has single wildcards', policy(allow('*', `${PREFIX}:activity:?b`)), 'states:X', `${PREFIX}:activity:ab`, 'allow'],
    [
      'takes ? for one character',
      policy(allow('*', `${PREFIX}:activity:?b`)),
      'states:X',
      `${PREFIX}:activity:b`,
      'implicit-deny',
    ],
    [
      'has lists',
      policy(allow(['states:Create*', 'states:StopExecution'], ['arn:aws:states:::x', '*'])),
      'states:StopExecution',
      'y',
      'allow',
    ],
    [
      'has NotAction',
      policy({ Effect: 'Allow', NotAction: 'states:Delete*', Resource: '*' }),
      'states:StopExecution',
      'x',
      'allow',
    ],
    [
      'leaves out what NotAction names',
      policy({ Effect: 'Allow', NotAction: 'states:Delete*', Resource: '*' }),
      'states:DeleteActivity',
      'x',
      'implicit-deny',
    ],
    [
      'has NotResource',
      policy(allow('*'), { Effect: 'Deny', Action: '*', NotResource: `${PREFIX}:*` }),
      'states:X',
      'arn:aws:states:us-east-1:1:x',
      'explicit-deny',
    ],
    ['takes one statement', JSON.stringify({ Version: '2012-10-17', Statement: allow('*') }), 'states:X', 'x', 'allow'],
  ])('%s', (_what, text, action, resource, decision) => {
    expect(parsePolicy(text).decide(action, resource)).toBe(decision);
  });
});

describe('the patterns of a policy', () => {
  it('match in bounded time, whatever they are', () => {
    const pattern = `arn:aws:states:::${'*a'.repeat(2_000)}`;
    const started = performance.now();
    expect(parsePolicy(policy(allow('*', pattern))).decide('states:X', `arn:aws:states:::${'a'.repeat(1_999)}b`)).toBe(
      'implicit-deny',
    );
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('a policy that cannot be stored', () => {
  it.each<[string, string, string]>([
    ['text that is no JSON', '{', 'it is not JSON'],
    ['a list', '[]', 'it must be a JSON object'],
    ['no version', JSON.stringify({ Statement: [allow('*')] }), "Version must be '2012-10-17'"],
    ['no statement', policy(), 'Statement must not be empty'],
    [
      'a statement that is none',
      JSON.stringify({ Version: '2012-10-17', Statement: ['x'] }),
      'Statement 1 must be an object',
    ],
    [
      'a condition',
      policy(allow('*'), { ...deny('*'), Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      'Statement 2 has a Condition. Conditions are not offered',
    ],
    ['a principal', policy({ ...allow('*'), Principal: '*' }), 'Statement 1 has a Principal'],
    [
      'an unknown element',
      policy({ ...allow('*'), Actions: 'x' }),
      "Statement 1 has an element that is not offered: 'Actions'",
    ],
    ['an unknown effect', policy({ ...allow('*'), Effect: 'allow' }), "Effect must be 'Allow' or 'Deny'"],
    [
      'neither action',
      policy({ Effect: 'Deny', Resource: '*' }),
      'Statement 1 needs exactly one of Action and NotAction',
    ],
    [
      'both resources',
      policy({ ...deny('*'), NotResource: '*' }),
      'Statement 1 needs exactly one of Resource and NotResource',
    ],
    ['an empty list', policy(deny([])), 'Action must be a text or a list of texts'],
    ['a misspelt action', policy(deny('states:StartExecutions')), "there is no action 'states:StartExecutions'"],
    ['a wildcard for nothing', policy(deny('states:Strt*')), "there is no action 'states:Strt*'"],
    ['an action without a service', policy(deny('StartExecution')), "'StartExecution' is not an action"],
    ['a resource that is none', policy(deny('*', 'orders')), "the resource 'orders' must be an ARN"],
    [
      'a policy variable',
      policy(deny('*', `${PREFIX}:stateMachine:\${aws:username}-*`)),
      'policy variables are not offered',
    ],
    ['too much', policy(deny('*', 'arn:aws:states:::'.padEnd(11_000, 'x'))), 'longer than 10240 characters'],
  ])('has %s', (_what, text, message) => {
    expect(() => parsePolicy(text)).toThrow(PolicyError);
    expect(() => parsePolicy(text)).toThrow(message);
  });
});
