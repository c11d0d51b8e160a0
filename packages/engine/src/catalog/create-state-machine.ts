import { randomUUID } from 'node:crypto';
import {
  ApiError,
  type StateMachineType,
  type Tag,
  requireName,
  stateMachineArn,
  versionArn,
} from '@everstep/protocol';
import { type EnginePorts, encryptionKeysOf } from '../context.ts';
import type { StateMachineRecord } from '../ports/catalog-store.ts';
import type { VersionDraft } from '../ports/version-store.ts';
import { checkDefinition } from './check-definition.ts';
import { DEFAULT_CONFIGURATION, type MachineConfiguration, configurationText, configure } from './configuration.ts';
import { tagRecords } from './tag-records.ts';

export interface CreateStateMachineRequest extends Partial<MachineConfiguration> {
  readonly name: string;
  readonly definition: string;
  readonly roleArn: string;
  /** STANDARD where absent. */
  readonly type?: StateMachineType;
  /** Makes the first revision version 1. */
  readonly publish?: boolean;
  readonly versionDescription?: string;
  readonly tags?: readonly Tag[];
}

export interface CreatedStateMachine {
  readonly stateMachine: StateMachineRecord;
  /** Where the request published it. */
  readonly stateMachineVersionArn: string | null;
}

/**
 * Idempotent, as AWS's is: the same name, definition, type, configuration, publish and versionDescription answer the
 * machine that is there, whatever role and tags the request names; anything else under the name is
 * StateMachineAlreadyExists.
 * Errors: InvalidName, InvalidDefinition, InvalidLoggingConfiguration, InvalidEncryptionConfiguration,
 * KmsAccessDeniedException, TooManyTags, StateMachineAlreadyExists, StateMachineDeleting.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
 */
export async function createStateMachine(
  context: EnginePorts,
  request: CreateStateMachineRequest,
): Promise<CreatedStateMachine> {
  requireName(request.name);
  const type = request.type ?? 'STANDARD';
  const keyring = { keys: encryptionKeysOf(context), accountId: context.settings.accountId };
  const configuration = configurationText(configure(DEFAULT_CONFIGURATION, request, keyring));
  checkDefinition(request.definition, type);
  const arn = stateMachineArn(context.settings, request.name);
  const publish = request.publish === true ? { description: request.versionDescription ?? null } : null;
  const { created, stateMachine } = await context.store.createStateMachine({
    stateMachineArn: arn,
    name: request.name,
    type,
    createdAt: context.clock.now(),
    revision: { revisionId: randomUUID(), definition: request.definition, roleArn: request.roleArn, configuration },
    ...(publish === null ? {} : { publish }),
    tags: tagRecords(arn, request.tags ?? []),
  });
  const answer = { stateMachine, stateMachineVersionArn: publish === null ? null : versionArn(arn, 1) };
  if (created) return answer;
  if (stateMachine.status === 'DELETING') {
    throw new ApiError('StateMachineDeleting', `State Machine is being deleted: '${arn}'`);
  }
  const { revision } = stateMachine;
  const same =
    stateMachine.type === type &&
    revision.configuration === configuration &&
    revision.definition === request.definition &&
    isSamePublication(stateMachine.publishedAtCreation, publish);
  if (!same) throw new ApiError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
  return answer;
}

function isSamePublication(one: VersionDraft | null, other: VersionDraft | null): boolean {
  return one === null || other === null ? one === other : one.description === other.description;
}
