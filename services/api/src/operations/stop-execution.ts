import { stopExecution } from '@everstep/engine';
import { epochSeconds, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const stopExecutionRoute = route(operations.stopExecution, async ({ engine }, input) => {
  const { stopDate } = await stopExecution(engine, input);
  return { stopDate: epochSeconds(stopDate) };
});
