import { type Counts, loadProgress, pendingOf, resourceNotFound } from '@everstep/engine';
import { epochSeconds, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const describeMapRunRoute = route(operations.describeMapRun, async ({ engine }, input) => {
  const run = await engine.store.findMapRun(input.mapRunArn);
  if (run === null) throw resourceNotFound(input.mapRunArn);
  const { items, executions } = loadProgress(run.progress);
  return {
    mapRunArn: run.mapRunArn,
    executionArn: run.executionArn,
    status: run.status,
    startDate: epochSeconds(run.startDate),
    ...(run.stopDate === null ? {} : { stopDate: epochSeconds(run.stopDate) }),
    maxConcurrency: run.maxConcurrency,
    toleratedFailurePercentage: run.toleratedFailurePercentage ?? 0,
    toleratedFailureCount: run.toleratedFailureCount ?? 0,
    itemCounts: describeCounts(items),
    executionCounts: describeCounts(executions),
    redriveCount: run.redriveCount,
    ...(run.redriveDate === null ? {} : { redriveDate: epochSeconds(run.redriveDate) }),
  };
});

type Description = Parameters<typeof operations.describeMapRun.encode>[0];

function describeCounts(counts: Counts): Description['itemCounts'] {
  const { running, succeeded, failed, timedOut, aborted, total } = counts;
  const { resultsWritten, failuresNotRedrivable, pendingRedrive } = counts;
  return {
    pending: pendingOf(counts),
    ...{ running, succeeded, failed, timedOut, aborted, total, resultsWritten, failuresNotRedrivable, pendingRedrive },
  };
}
