import { createHash } from 'node:crypto';
import {
  type ExecutionFacts,
  type Json,
  type JsonObject,
  type StartingTask,
  type TaskLimit,
  StatesError,
  compileJsonata,
  compilePath,
  getOwn,
  isNumber,
  isObject,
  jsonText,
  plainScope,
  toNumber,
} from '@everstep/language';
import { accountOfArn, functionArn, nameOfArn, parseFunctionName, wildcardMatches } from '@everstep/protocol';
import type { LimiterRecord } from '../ports/limiter-store.ts';
import { type LimiterSettings, readSettings } from './limiter-settings.ts';

/** What an expression of a limiter comes to for a task; undefined: nothing. */
type TaskExpression = (task: StartingTask) => Json | undefined;

interface CompiledLimiter {
  readonly limiterArn: string;
  readonly settings: LimiterSettings;
  readonly key: TaskExpression | null;
  readonly priority: TaskExpression | null;
}

/** Keys longer than this are known by their digest. */
const MAX_KEY_LENGTH = 256;
export const MAX_PRIORITY = 1_000_000;

/** The limiters that a process knows, compiled: which of them a task needs a permit of, and under which key. */
export class LimiterBook {
  #byAccount = new Map<string, CompiledLimiter[]>();
  readonly #compiled = new Map<string, { readonly settings: string; readonly compiled: CompiledLimiter }>();

  /** Replaces all that is known. */
  replace(records: readonly LimiterRecord[]): void {
    const byAccount = new Map<string, CompiledLimiter[]>();
    for (const record of records) {
      const account = accountOfArn(record.limiterArn);
      byAccount.set(account, [...(byAccount.get(account) ?? []), this.#compile(record)]);
    }
    const known = new Set(records.map(({ limiterArn }) => limiterArn));
    for (const limiterArn of this.#compiled.keys()) if (!known.has(limiterArn)) this.#compiled.delete(limiterArn);
    this.#byAccount = byAccount;
  }

  /** The permits that a task of the execution needs. */
  limitsOf(facts: ExecutionFacts, task: StartingTask): TaskLimit[] {
    if (this.#byAccount.size === 0) return [];
    const limiters = this.#byAccount.get(accountOfArn(facts.executionArn)) ?? [];
    return limiters
      .filter(({ settings }) => isAbout(settings, facts, task))
      .map(({ limiterArn, key, priority, settings }) => ({
        limiterArn,
        key: key === null ? '' : keyText(key(task)),
        priority: typeof settings.priority === 'number' ? settings.priority : priorityOf(priority?.(task)),
      }));
  }

  #compile(record: LimiterRecord): CompiledLimiter {
    const { limiterArn, settings: text } = record;
    const known = this.#compiled.get(limiterArn);
    if (known?.settings === text) return known.compiled;
    const settings = readSettings(text);
    const { key, priority } = settings;
    const compiled = {
      limiterArn,
      settings,
      key: key === null ? null : compileTaskExpression(key),
      priority: typeof priority === 'string' ? compileTaskExpression(priority) : null,
    };
    this.#compiled.set(limiterArn, { settings: text, compiled });
    return compiled;
  }
}

/**
 * A JSONPath, of which `$` is the task's input and `$$` the context object, or JSONata between `{%` and `%}` with
 * `$states.input` and `$states.context`. The task's input is what it is called with, as its Scheduled event shows it.
 * Throws ExpressionSyntaxError. What fails for a task comes to nothing there: a limiter never fails an execution.
 */
export function compileTaskExpression(text: string): TaskExpression {
  const jsonata = /^\s*\{%([\s\S]*)%\}\s*$/.exec(text)?.[1];
  const evaluate = jsonata === undefined ? compilePathExpression(text) : compileJsonataExpression(jsonata);
  return (task) => {
    try {
      return evaluate(task);
    } catch (error) {
      if (error instanceof StatesError) return undefined;
      throw error;
    }
  };
}

function compilePathExpression(text: string): TaskExpression {
  const path = compilePath(text);
  const needsContext = text.trimStart().startsWith('$$');
  return (task) => path.evaluate(plainScope({ input: task.parameters, context: needsContext ? task.context() : {} }));
}

function compileJsonataExpression(text: string): TaskExpression {
  const compiled = compileJsonata(text.trim());
  return (task) => {
    const states: JsonObject = { input: task.parameters, context: task.context() };
    const { random } = plainScope({});
    return compiled.evaluate({ states, variables: () => undefined, now: 0, random });
  };
}

function isAbout(settings: LimiterSettings, facts: ExecutionFacts, task: StartingTask): boolean {
  const { stateMachine, resource } = settings;
  if (stateMachine !== null) {
    // The children of a Distributed Map are their machine's, whose ARN they have with the Map's label behind it.
    const arn = facts.stateMachineArn.split('/', 1)[0] ?? '';
    const name = stateMachine.startsWith('arn:') ? arn : nameOfArn(arn);
    if (!wildcardMatches(stateMachine, name)) return false;
  }
  return resource === null || resourcesOf(facts, task).some((arn) => wildcardMatches(resource, arn));
}

/** The resource's ARN as the definition has it, and that of the function or the state machine which it is told to call. */
function resourcesOf(facts: ExecutionFacts, { resource, parameters }: StartingTask): string[] {
  const arns = [resource.arn];
  if (resource.kind !== 'integration' || !isObject(parameters)) return arns;
  const machine = getOwn(parameters, 'StateMachineArn');
  if (resource.service === 'states' && typeof machine === 'string') arns.push(machine);
  const called = getOwn(parameters, 'FunctionName');
  if (resource.service === 'lambda' && typeof called === 'string') arns.push(calledArn(facts, called));
  return arns;
}

/** A function is named by its name, with or without the account, or by its ARN. */
function calledArn({ region, executionArn }: ExecutionFacts, named: string): string {
  if (named.startsWith('arn:')) return named;
  const { name, qualifier } = parseFunctionName(named);
  return functionArn({ region, accountId: accountOfArn(executionArn) }, name, qualifier);
}

/** A text as it is, everything else as JSON; tasks without a value share the empty key. */
function keyText(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' ? value : jsonText(value);
  if (text.length <= MAX_KEY_LENGTH && text.isWellFormed() && !text.includes('\0')) return text;
  return `sha256:${createHash('sha256').update(JSON.stringify(text)).digest('hex')}`;
}

function priorityOf(value: Json | undefined): number {
  const number = isNumber(value) ? Math.round(toNumber(value)) : 0;
  return Math.max(-MAX_PRIORITY, Math.min(MAX_PRIORITY, number));
}
