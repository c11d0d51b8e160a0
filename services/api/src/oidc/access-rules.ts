import { FULL_ACCESS_POLICY, isValidName, type Policy, PolicyError, parsePolicy } from '@everstep/protocol';
import type { Caller } from '../caller.ts';
import type { Person } from './person.ts';

/** What a rule asks of a person, and what they may do then. */
interface AccessRule {
  /** One of them; any where absent. */
  readonly groups: readonly string[] | null;
  /** All of them. */
  readonly claims: ReadonlyArray<readonly [name: string, value: string]>;
  readonly accountId: string;
  readonly policy: Policy;
}

/** Says what is wrong with a file of rules, to follow its name. */
export class AccessRulesError extends Error {}

const MEMBERS: ReadonlySet<string> = new Set(['groups', 'claims', 'accountId', 'policy']);
const ACCOUNT = /^\d{12}$/;

/** Who may sign in, in which account, and what they may do there: the first rule that fits a person decides. */
export class AccessRules {
  readonly #rules: readonly AccessRule[];

  private constructor(rules: readonly AccessRule[]) {
    this.#rules = rules;
  }

  /** `accountId`: of rules that name none. Throws {@link AccessRulesError}. */
  static parse(text: string, accountId: string): AccessRules {
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      throw new AccessRulesError('it is not JSON');
    }
    if (!Array.isArray(parsed) || parsed.length === 0) throw new AccessRulesError('it must be a list of rules');
    return new AccessRules(parsed.map((rule: unknown, index) => readRule(rule, `rule ${index + 1}`, accountId)));
  }

  /** The claims that rules look at, beside groups. */
  get claimNames(): string[] {
    return [...new Set(this.#rules.flatMap(({ claims }) => claims.map(([name]) => name)))];
  }

  /** null: no rule lets them in. */
  callerOf({ userName, groups, claims }: Person): Caller | null {
    if (!isValidName(userName)) return null;
    const found = this.#rules.find(
      (rule) =>
        (rule.groups === null || rule.groups.some((group) => groups.includes(group))) &&
        rule.claims.every(([name, value]) => claims[name]?.includes(value) === true),
    );
    if (found === undefined) return null;
    const { accountId, policy } = found;
    return {
      accessKeyId: null,
      accountId,
      userArn: `arn:aws:iam::${accountId}:user/${userName}`,
      userName,
      groups,
      policy,
    };
  }
}

function readRule(rule: unknown, place: string, ownAccountId: string): AccessRule {
  if (!isMembers(rule)) throw new AccessRulesError(`${place} must be an object`);
  const stranger = Object.keys(rule).find((name) => !MEMBERS.has(name));
  if (stranger !== undefined) throw new AccessRulesError(`${place} has '${stranger}', which no rule has`);
  const { groups = null, claims = {}, accountId = ownAccountId, policy } = rule;
  if (groups !== null && !isTexts(groups)) throw new AccessRulesError(`groups of ${place} must be a list of names`);
  if (!isMembers(claims) || !Object.values(claims).every(isScalar)) {
    throw new AccessRulesError(`claims of ${place} must be names with a text, a number, true or false each`);
  }
  if (typeof accountId !== 'string' || !ACCOUNT.test(accountId)) {
    throw new AccessRulesError(`accountId of ${place} must be 12 digits`);
  }
  const wanted = Object.entries(claims).map(([name, value]): [string, string] => [name, String(value)]);
  return { groups, claims: wanted, accountId, policy: readPolicy(policy, place) };
}

/** Nothing is allowed by leaving it out. */
function readPolicy(policy: unknown, place: string): Policy {
  if (policy === 'full') return parsePolicy(FULL_ACCESS_POLICY);
  if (!isMembers(policy)) throw new AccessRulesError(`policy of ${place} must be a policy, or "full"`);
  try {
    return parsePolicy(JSON.stringify(policy));
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new AccessRulesError(`policy of ${place}: ${error.message.replace(/\.$/, '')}`);
  }
}

function isMembers(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string' && one !== '');
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
