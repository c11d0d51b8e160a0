import { type MachineTarget, machineTarget } from '@everstep/protocol';
import { doesNotExist, isBeingDeleted } from './catalog/find-state-machine.ts';
import { type EngineContext, encryptionKeysOf } from './context.ts';
import { requireKey } from './encryption/key-in-use.ts';
import { scopeOfConfiguration } from './encryption/seal-scopes.ts';
import type { AliasRoute } from './ports/alias-store.ts';
import type { RevisionRecord, StateMachineRecord } from './ports/catalog-store.ts';
import type { Qualifier } from './ports/execution-store.ts';

/** What an execution is started of: a machine, and which of its revisions. */
export interface StartTarget {
  readonly machine: StateMachineRecord;
  readonly revision: RevisionRecord;
  /** Where the ARN named a version or an alias. */
  readonly qualifier: Qualifier | null;
}

/**
 * Finds what the ARN of a machine, a version or an alias means now. An alias with two routes chooses by the execution's
 * id, which is random: asked again for the same execution it chooses the same.
 * Errors: StateMachineDoesNotExist, StateMachineDeleting, KmsAccessDeniedException, KmsInvalidStateException.
 */
export async function findStartTarget(context: EngineContext, arn: string, executionId: string): Promise<StartTarget> {
  const found = await findTarget(context, arn, executionId);
  const scope = scopeOfConfiguration(found.revision);
  if (scope !== null) requireKey(encryptionKeysOf(context), scope);
  return found;
}

async function findTarget(context: EngineContext, arn: string, executionId: string): Promise<StartTarget> {
  const target = machineTarget(arn);
  const machine = await requireActiveMachine(context, target, arn);
  if (target.version === null && target.alias === null) return { machine, revision: machine.revision, qualifier: null };
  const qualifier = await qualify(context, target, executionId);
  const version =
    qualifier === null ? null : await context.store.findVersion(machine.stateMachineArn, qualifier.version);
  if (version === null) throw doesNotExist(arn);
  const { revision } = await context.machines.load(version.revisionId);
  return { machine, revision, qualifier };
}

async function requireActiveMachine(
  context: EngineContext,
  { stateMachineArn }: MachineTarget,
  arn: string,
): Promise<StateMachineRecord> {
  const machine = await context.machineReads.submit(stateMachineArn);
  if (machine === null) throw doesNotExist(arn);
  if (machine.status === 'DELETING') throw isBeingDeleted(stateMachineArn);
  return machine;
}

async function qualify(
  { store }: Pick<EngineContext, 'store'>,
  { stateMachineArn, version, alias }: MachineTarget,
  executionId: string,
): Promise<Qualifier | null> {
  if (alias === null) return version === null ? null : { version, alias: null };
  const found = await store.findAlias(stateMachineArn, alias);
  return found === null ? null : { version: chooseRoute(found.routes, executionId), alias };
}

/** The end of the id, but for the lane, is the part of it that is random. */
export function chooseRoute(routes: readonly AliasRoute[], executionId: string): number {
  const drawn = Number.parseInt(executionId.slice(-10, -2), 16) % 100;
  let sum = 0;
  for (const { version, weight } of routes) {
    sum += weight;
    if (drawn < sum) return version;
  }
  throw new Error('the weights of an alias sum to 100');
}
