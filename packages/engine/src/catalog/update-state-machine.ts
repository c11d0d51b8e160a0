import { randomUUID } from 'node:crypto';
import { QUOTAS, accountOfArn, versionArn } from '@everstep/protocol';
import { type EnginePorts, encryptionKeysOf } from '../context.ts';
import type { RevisionRecord } from '../ports/catalog-store.ts';
import { checkDefinition } from './check-definition.ts';
import { type MachineConfiguration, configurationText, configure, parseConfiguration } from './configuration.ts';
import { findActiveStateMachine } from './find-state-machine.ts';
import { publishRefusal } from './publish-state-machine-version.ts';

export interface UpdateStateMachineRequest extends Partial<MachineConfiguration> {
  readonly stateMachineArn: string;
  readonly definition?: string;
  readonly roleArn?: string;
  /** Publishes the revision that this update leaves. */
  readonly publish?: boolean;
  readonly versionDescription?: string;
}

export interface UpdatedStateMachine {
  readonly revision: RevisionRecord;
  /** Where the request published it. */
  readonly stateMachineVersionArn: string | null;
}

/**
 * Makes a new revision of what the request names and what it leaves as it was. Running executions keep theirs. A
 * request that changes nothing leaves the revision of an earlier update in place, as AWS does.
 * Errors: StateMachineDoesNotExist, StateMachineDeleting, InvalidDefinition, InvalidLoggingConfiguration,
 * InvalidEncryptionConfiguration, KmsAccessDeniedException, KmsInvalidStateException, ServiceQuotaExceededException.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html
 */
export async function updateStateMachine(
  context: EnginePorts,
  request: UpdateStateMachineRequest,
): Promise<UpdatedStateMachine> {
  const { stateMachineArn } = request;
  const machine = await findActiveStateMachine(context, stateMachineArn);
  const before = machine.revision;
  const keyring = { keys: encryptionKeysOf(context), accountId: accountOfArn(stateMachineArn) };
  const configuration = configurationText(configure(parseConfiguration(before.configuration), request, keyring));
  const definition = request.definition ?? before.definition;
  const roleArn = request.roleArn ?? before.roleArn;
  if (request.definition !== undefined) checkDefinition(definition, machine.type);
  // The definition last: a machine is brought away from a key that is gone by a new definition and configuration.
  const same = configuration === before.configuration && roleArn === before.roleArn && definition === before.definition;
  const isUnchanged = same && machine.revisionNumber > 1;
  if (isUnchanged && request.publish !== true) return { revision: before, stateMachineVersionArn: null };
  const createdAt = context.clock.now();
  const description = request.versionDescription ?? null;
  const outcome = await context.store.updateStateMachine(stateMachineArn, {
    ...(isUnchanged ? {} : { revision: { revisionId: randomUUID(), definition, roleArn, configuration, createdAt } }),
    ...(request.publish === true ? { publish: { description, createdAt, limit: QUOTAS.versions } } : {}),
  });
  if (outcome.kind !== 'updated') throw publishRefusal(outcome, { stateMachineArn });
  const { stateMachine, version } = outcome;
  return {
    revision: stateMachine.revision,
    stateMachineVersionArn: version === null ? null : versionArn(stateMachineArn, version.version),
  };
}
