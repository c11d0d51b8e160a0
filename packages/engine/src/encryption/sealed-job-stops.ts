import type { JobStopStore, NewJobStop } from '../ports/job-stop-store.ts';
import type { SealScope } from './key-in-use.ts';
import { lazily, placeOf } from './sealed-records.ts';
import type { SealScopes } from './seal-scopes.ts';
import type { Sealer } from './sealer.ts';

export function sealJobStop<Stop extends Pick<NewJobStop, 'taskId' | 'request'>>(
  sealer: Sealer,
  scope: SealScope,
  executionId: string,
  stop: Stop,
): Stop {
  return { ...stop, request: sealer.seal(scope, jobStopPlace(executionId, stop.taskId), stop.request) };
}

function jobStopPlace(executionId: string, taskId: number): string {
  return placeOf(executionId, 'job stop', taskId);
}

/** What is needed to stop a job, sealed under the key of the execution that has started it, and opened by who stops it. */
export function jobStopsOver(
  inner: JobStopStore,
  sealer: Sealer,
  scopes: SealScopes,
): Pick<JobStopStore, 'addJobStop' | 'takeJobStops'> {
  return {
    async addJobStop(stop) {
      const scope = await scopes.ofExecution(stop.executionId);
      return inner.addJobStop(scope === null ? stop : sealJobStop(sealer, scope, stop.executionId, stop));
    },
    async takeJobStops(request) {
      return (await inner.takeJobStops(request)).map((stop) =>
        lazily(stop, ['request'], () => sealer.open(jobStopPlace(stop.executionId, stop.taskId), stop.request)),
      );
    },
  };
}
