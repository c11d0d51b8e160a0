import { ApiError } from '@everstep/protocol';
import type { EngineContext } from '../context.ts';
import { tellOwner } from '../hinting.ts';
import { resourceNotFound } from '../catalog/tag-resource.ts';
import { encodeSignal } from './map-run-signal.ts';

export interface UpdateMapRunRequest {
  readonly mapRunArn: string;
  readonly maxConcurrency?: number;
  readonly toleratedFailurePercentage?: number;
  readonly toleratedFailureCount?: number;
}

/**
 * Changes the limits of a Map Run under way: its record and an arrival at its run in one commit, and a hint. Children that
 * run stay; a threshold that is exceeded already fails it. Errors: ResourceNotFound, ValidationException.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateMapRun.html
 */
export async function updateMapRun(context: EngineContext, request: UpdateMapRunRequest): Promise<void> {
  const { mapRunArn, ...limits } = request;
  const found = await context.store.findMapRun(mapRunArn);
  if (found === null) throw resourceNotFound(mapRunArn);
  if (Object.keys(limits).length === 0) {
    throw new ApiError(
      'ValidationException',
      'At least one of the following parameters is required: maxConcurrency, toleratedFailureCount, toleratedFailurePercentage',
      {
        reason: 'MISSING_REQUIRED_PARAMETER',
      },
    );
  }
  const told = await context.store.updateMapRun({
    mapRunId: found.mapRunId,
    ...limits,
    activation: encodeSignal({ type: 'Update', ...limits }),
    graceMs: context.settings.graceMs,
  });
  if (told === null) {
    throw new ApiError('ValidationException', `Map Run is not in a state that can be updated: '${mapRunArn}'`, {
      reason: 'CANNOT_UPDATE_COMPLETED_MAP_RUN',
    });
  }
  tellOwner(context.hints, told);
}
