import { describe, expect, it } from 'vitest';
import { AccessRules } from './access-rules.ts';
import { claimTexts, type Person } from './person.ts';

const OWN = '123456789012';
const READ = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'states:Describe*', Resource: '*' }],
};
const person = (change: Partial<Person> = {}): Person => ({ userName: 'ann', groups: [], claims: {}, ...change });
const rules = (...list: object[]): AccessRules => AccessRules.parse(JSON.stringify(list), OWN);

describe('rules of access', () => {
  it('the first that fits decides; whom none fits is not let in', () => {
    const some = rules(
      { groups: ['admins', 'root'], policy: 'full' },
      { claims: { department: 'finance', level: 2 }, accountId: '999999999999', policy: READ },
    );
    expect(some.callerOf(person({ groups: ['staff', 'root'] }))).toMatchObject({
      accessKeyId: null,
      accountId: OWN,
      userArn: `arn:aws:iam::${OWN}:user/ann`,
      groups: ['staff', 'root'],
    });
    const finance = some.callerOf(person({ claims: { department: ['sales', 'finance'], level: ['2'] } }));
    expect(finance?.accountId).toBe('999999999999');
    expect(finance?.policy.decide('states:StopExecution', '*')).toBe('implicit-deny');
    expect(some.callerOf(person({ claims: { department: ['finance'] } }))).toBeNull();
    expect(some.callerOf(person())).toBeNull();
    expect(some.claimNames).toEqual(['department', 'level']);
  });

  it('a name that no user can have is let in by none', () => {
    expect(rules({ policy: 'full' }).callerOf(person({ userName: 'ann/../root' }))).toBeNull();
    expect(rules({ policy: 'full' }).callerOf(person({ userName: '' }))).toBeNull();
    expect(rules({ policy: 'full' }).callerOf(person({ userName: 'ann@example.org' }))).not.toBeNull();
  });

  it.each([
    ['{', 'not JSON'],
    ['[]', 'a list of rules'],
    ['{"policy":"full"}', 'a list of rules'],
    ['[{"groups":["a"]}]', 'policy of rule 1 must be'],
    ['[{"policy":"all"}]', 'policy of rule 1 must be'],
    ['[{"policy":"full"},{"group":["a"],"policy":"full"}]', "rule 2 has 'group'"],
    ['[{"groups":[],"policy":"full"}]', 'groups of rule 1'],
    ['[{"groups":"a","policy":"full"}]', 'groups of rule 1'],
    ['[{"claims":{"a":["b"]},"policy":"full"}]', 'claims of rule 1'],
    ['[{"accountId":"1","policy":"full"}]', 'accountId of rule 1'],
    [
      '[{"policy":{"Version":"2012-10-17","Statement":{"Effect":"Allow"}}}]',
      'policy of rule 1: Malformed policy: Statement 1',
    ],
  ])('refuses %s', (text, reason) => {
    expect(() => AccessRules.parse(text, OWN)).toThrow(reason);
  });
});

describe('claims', () => {
  it('are found by their whole name first, then by a path, and never in what is inherited', () => {
    const claims = { 'https://a.b/groups': ['x', 7, null, {}], realm_access: { roles: ['r'] }, on: true };
    expect(claimTexts(claims, 'https://a.b/groups')).toEqual(['x', '7']);
    expect(claimTexts(claims, 'realm_access.roles')).toEqual(['r']);
    expect(claimTexts(claims, 'on')).toEqual(['true']);
    for (const none of ['off', 'realm_access.none', 'on.x', 'constructor.name', '__proto__']) {
      expect(claimTexts(claims, none)).toEqual([]);
    }
  });
});
