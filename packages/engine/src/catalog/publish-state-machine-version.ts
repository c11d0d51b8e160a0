import { ApiError, QUOTAS } from '@everstep/protocol';
import type { EnginePorts } from '../context.ts';
import type { PublishOutcome, VersionRecord } from '../ports/version-store.ts';
import { doesNotExist, isBeingDeleted } from './find-state-machine.ts';

export interface PublishVersionRequest {
  readonly stateMachineArn: string;
  readonly revisionId?: string;
  readonly description?: string;
}

/**
 * Makes the current revision a version; a revision that has one already answers that one.
 * Errors: StateMachineDoesNotExist, StateMachineDeleting, ConflictException (another revision is current, or its
 * version is described otherwise), ServiceQuotaExceededException.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_PublishStateMachineVersion.html
 */
export async function publishStateMachineVersion(
  context: EnginePorts,
  request: PublishVersionRequest,
): Promise<VersionRecord> {
  const { stateMachineArn, revisionId, description } = request;
  const outcome = await context.store.publishVersion({
    stateMachineArn,
    ...(revisionId === undefined ? {} : { revisionId }),
    description: description ?? null,
    createdAt: context.clock.now(),
    limit: QUOTAS.versions,
  });
  if (outcome.kind !== 'published') throw publishRefusal(outcome, request);
  const { version } = outcome;
  if (description !== undefined && version.description !== description) {
    throw new ApiError(
      'ConflictException',
      `The current revision is already published as version ${version.version} with another description: '${stateMachineArn}'`,
    );
  }
  return version;
}

export function publishRefusal(
  outcome: Exclude<PublishOutcome, { kind: 'published' }>,
  request: Pick<PublishVersionRequest, 'stateMachineArn' | 'revisionId'>,
): ApiError {
  const { stateMachineArn, revisionId = '' } = request;
  switch (outcome.kind) {
    case 'no-machine':
      return doesNotExist(stateMachineArn);
    case 'deleting':
      return isBeingDeleted(stateMachineArn);
    case 'revision':
      return new ApiError(
        'ConflictException',
        `Failed to publish the State Machine version for revision ${revisionId}. The current State Machine revision is ${outcome.current}.`,
      );
    case 'limit':
      return new ApiError(
        'ServiceQuotaExceededException',
        `A state machine has at most ${QUOTAS.versions} versions; delete unused ones first: '${stateMachineArn}'`,
      );
  }
}
