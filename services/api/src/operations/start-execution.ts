import { startExecution } from '@everstep/engine';
import { epochSeconds, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const startExecutionRoute = route(operations.startExecution, async ({ engine, traceHeader }, input) => {
  // Where both say something, the header wins, as in AWS.
  const trace = traceHeader ?? input.traceHeader;
  const started = await startExecution(engine, { ...input, ...(trace === undefined ? {} : { traceHeader: trace }) });
  return { executionArn: started.executionArn, startDate: epochSeconds(started.startDate) };
});
