import { redriveExecution } from '@everstep/engine';
import { epochSeconds, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const redriveExecutionRoute = route(operations.redriveExecution, async ({ engine }, input) => {
  const { redriveDate } = await redriveExecution(engine, input);
  return { redriveDate: epochSeconds(redriveDate) };
});
