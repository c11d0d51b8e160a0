import { AWS_OPERATIONS } from './operations/index.ts';
import { QUOTAS } from './quotas.ts';

/**
 * Policies in IAM's JSON, as far as they are offered: Version, Statement, Effect, Action and NotAction, Resource and
 * NotResource, with the wildcards * and ?. What is not offered is refused when the policy is stored, never passed over:
 * a condition that nobody looks at would allow more than was written.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export interface Policy {
  /** An explicit deny wins over every allow; what nothing allows is denied implicitly. */
  decide(action: string, resource: string): PolicyDecision;
}

export type PolicyDecision = 'allow' | 'explicit-deny' | 'implicit-deny';

/** A policy that cannot be stored; the message says where and why. */
export class PolicyError extends Error {
  constructor(message: string) {
    super(`Malformed policy: ${message}`);
    this.name = 'PolicyError';
  }
}

/** Everything in the key's own account. */
export const FULL_ACCESS_POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['states:*', 'events:*', 'everstep:*', 'lambda:*'], Resource: '*' }],
});

const VERSIONS: readonly unknown[] = ['2012-10-17', '2008-10-17'];
/** Actions of the service that are no operations. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html */
const PERMISSIONS_ONLY = ['RevealSecrets', 'InvokeHTTPEndpoint'];
const STATES_ACTIONS = [...AWS_OPERATIONS, ...PERMISSIONS_ONLY].map((name) => `states:${name}`.toLowerCase());

/** Throws {@link PolicyError}. */
export function parsePolicy(text: string): Policy {
  if (text.length > QUOTAS.policyLength) throw new PolicyError(`it is longer than ${QUOTAS.policyLength} characters.`);
  const document = parseMembers(text);
  refuseOthers(document, ['Version', 'Id', 'Statement'], 'the policy');
  if (!VERSIONS.includes(document.Version)) throw new PolicyError("Version must be '2012-10-17'.");
  const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
  if (statements.length === 0) throw new PolicyError('Statement must not be empty.');
  const compiled = statements.map((statement: unknown, index) => compileStatement(statement, `Statement ${index + 1}`));
  const denials = compiled.filter(({ effect }) => effect === 'Deny');
  const allowances = compiled.filter(({ effect }) => effect === 'Allow');
  return {
    decide(action, resource) {
      const lower = action.toLowerCase();
      const applies = (statement: Statement): boolean => statement.actions(lower) && statement.resources(resource);
      if (denials.some(applies)) return 'explicit-deny';
      return allowances.some(applies) ? 'allow' : 'implicit-deny';
    },
  };
}

type Matcher = (text: string) => boolean;
type Members = Readonly<Record<string, unknown>>;

interface Statement {
  readonly effect: 'Allow' | 'Deny';
  /** Takes the action in lower case. */
  readonly actions: Matcher;
  readonly resources: Matcher;
}

function parseMembers(text: string): Members {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new PolicyError(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isMembers(document)) throw new PolicyError('it must be a JSON object.');
  return document;
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function compileStatement(statement: unknown, where: string): Statement {
  if (!isMembers(statement)) throw new PolicyError(`${where} must be an object.`);
  if ('Condition' in statement) {
    throw new PolicyError(`${where} has a Condition. Conditions are not offered; write the policy without it.`);
  }
  if ('Principal' in statement || 'NotPrincipal' in statement) {
    throw new PolicyError(`${where} has a Principal, but the policy of a key is about that key.`);
  }
  refuseOthers(statement, ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource'], where);
  const effect = statement.Effect;
  if (effect !== 'Allow' && effect !== 'Deny') throw new PolicyError(`${where}: Effect must be 'Allow' or 'Deny'.`);
  const actions = oneOfTwo(statement, 'Action', where);
  for (const action of actions.patterns) checkAction(action, where);
  const resources = oneOfTwo(statement, 'Resource', where);
  for (const resource of resources.patterns) checkResource(resource, where);
  return {
    effect,
    actions: compile(
      actions.patterns.map((pattern) => pattern.toLowerCase()),
      actions.negated,
    ),
    resources: compile(resources.patterns, resources.negated),
  };
}

function refuseOthers(members: Members, known: readonly string[], where: string): void {
  for (const name of Object.keys(members)) {
    if (!known.includes(name)) throw new PolicyError(`${where} has an element that is not offered: '${name}'.`);
  }
}

interface Patterns {
  readonly patterns: readonly string[];
  readonly negated: boolean;
}

/** `Action` or `NotAction`, `Resource` or `NotResource`: exactly one of the two, one text or a list of them. */
function oneOfTwo(statement: Members, name: 'Action' | 'Resource', where: string): Patterns {
  const negated = `Not${name}` in statement;
  if (negated === name in statement) throw new PolicyError(`${where} needs exactly one of ${name} and Not${name}.`);
  const value = negated ? statement[`Not${name}`] : statement[name];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const patterns = list.filter((entry) => typeof entry === 'string');
  if (patterns.length !== list.length || patterns.length === 0) {
    throw new PolicyError(`${where}: ${negated ? 'Not' : ''}${name} must be a text or a list of texts.`);
  }
  return { patterns, negated };
}

function checkAction(action: string, where: string): void {
  if (action === '*') return;
  if (!/^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$/.test(action)) {
    throw new PolicyError(`${where}: '${action}' is not an action such as states:StartExecution or states:*.`);
  }
  const pattern = action.toLowerCase();
  if (!pattern.startsWith('states:') || STATES_ACTIONS.some((name) => wildcardMatches(pattern, name))) return;
  throw new PolicyError(`${where}: there is no action '${action}'.`);
}

function checkResource(resource: string, where: string): void {
  // Taken literally, a variable would match nothing: a denial that denies nobody.
  if (resource.includes('${')) throw new PolicyError(`${where}: '${resource}': policy variables are not offered.`);
  if (resource === '*' || /^arn:([^:]*:){4}./.test(resource)) return;
  throw new PolicyError(`${where}: the resource '${resource}' must be an ARN, with wildcards or without, or *.`);
}

function compile(patterns: readonly string[], negated: boolean): Matcher {
  if (patterns.includes('*')) return () => !negated;
  const exact = new Set(patterns.filter((pattern) => !/[*?]/.test(pattern)));
  const wild = patterns.filter((pattern) => /[*?]/.test(pattern));
  return (text) => (exact.has(text) || wild.some((pattern) => wildcardMatches(pattern, text))) !== negated;
}

/** * stands for any text, ? for one character. Its time is at most the product of the two lengths. */
export function wildcardMatches(pattern: string, text: string): boolean {
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let resumeAt = 0;
  while (at < text.length) {
    const expected = pattern[inPattern];
    if (expected === '*') {
      star = inPattern++;
      resumeAt = at;
    } else if (expected !== undefined && (expected === '?' || expected === text[at])) {
      at++;
      inPattern++;
    } else if (star >= 0) {
      // The last star takes one character more.
      inPattern = star + 1;
      at = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === '*') inPattern++;
  return inPattern === pattern.length;
}
