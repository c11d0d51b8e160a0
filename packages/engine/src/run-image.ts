import {
  type ExecutionFacts,
  type ExecutionState,
  type StateMachine,
  type Surroundings,
  loadExecution,
} from '@everstep/language';
import { accountOfArn, aliasArn, nameOfArn, versionArn } from '@everstep/protocol';
import type { EngineContext } from './context.ts';
import type { LogPlan } from './execution-logging.ts';
import { type CompiledRevision, processorOf } from './machine-cache.ts';
import { labelOfArn } from './map-run/map-children.ts';
import type { ExecutionRecord, Qualifier } from './ports/execution-store.ts';
import type { ClaimedRun } from './ports/run-store.ts';

/** What does not change while an execution runs: its facts and its compiled revision. */
export interface RunSubject {
  readonly facts: ExecutionFacts;
  readonly machine: StateMachine;
  /** The whole machine of its revision: a child of a Map Run runs only a part of it. */
  readonly revisionMachine: StateMachine;
  /** What the interpreter may know of the world: which activities there were when the run was loaded. */
  readonly surroundings: Surroundings;
  /** What is logged of it; null: nothing. */
  readonly logging: LogPlan | null;
}

export async function loadSubject(context: EngineContext, execution: ExecutionRecord): Promise<RunSubject> {
  const [compiled, tokenKey] = await Promise.all([
    context.machines.load(execution.revisionId),
    context.taskTokens.keyOf(execution.executionId),
  ]);
  const facts = executionFacts(context, execution, { roleArn: compiled.revision.roleArn, tokenKey });
  const { machine: revisionMachine, logging } = compiled;
  const label = labelOfArn(execution.stateMachineArn);
  const { machine } = label === null ? compiled : processorOf(compiled, label);
  return { facts, machine, revisionMachine, logging, surroundings: await lookAround(context, compiled, facts) };
}

/** Another account's activities do not exist for it: its tasks would reach that account's workers. */
async function lookAround(
  context: EngineContext,
  { activityArns }: CompiledRevision,
  facts: ExecutionFacts,
): Promise<Surroundings> {
  const accountId = accountOfArn(facts.executionArn);
  const own = activityArns.filter((arn) => accountOfArn(arn) === accountId);
  const activities = await Promise.all(own.map((arn) => context.store.findActivity(arn)));
  const known = new Set(activities.flatMap((activity) => (activity === null ? [] : [activity.activityArn])));
  return {
    activityExists: (arn) => known.has(arn),
    limitsOf: (task) => context.limiters.book.limitsOf(facts, task),
  };
}

export function loadState(subject: RunSubject, claimed: ClaimedRun): ExecutionState {
  return loadExecution(subject.facts, claimed.checkpoint, claimed.frames);
}

export function executionFacts(
  context: EngineContext,
  execution: ExecutionRecord,
  { roleArn, tokenKey }: Pick<ExecutionFacts, 'roleArn' | 'tokenKey'>,
): ExecutionFacts {
  return {
    executionId: execution.executionId,
    executionArn: execution.executionArn,
    name: execution.name,
    stateMachineArn: execution.stateMachineArn,
    stateMachineName: nameOfArn(execution.stateMachineArn),
    ...qualifiedArns(execution.stateMachineArn, execution.qualifier),
    roleArn,
    region: context.settings.region,
    startTime: execution.startDate,
    input: execution.input,
    tokenKey,
  };
}

/** The ARNs of the version and the alias that an execution was started by. */
export function qualifiedArns(
  stateMachineArn: string,
  qualifier: Qualifier | null,
): Pick<ExecutionFacts, 'stateMachineVersionArn' | 'stateMachineAliasArn'> {
  return {
    stateMachineVersionArn: qualifier === null ? null : versionArn(stateMachineArn, qualifier.version),
    stateMachineAliasArn:
      qualifier === null || qualifier.alias === null ? null : aliasArn(stateMachineArn, qualifier.alias),
  };
}
