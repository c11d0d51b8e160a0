import { resourceNotFound } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

/** Distributed Map states do not run yet, so there is no Map Run to change. */
export const updateMapRunRoute = route(operations.updateMapRun, async (_context, input) => {
  throw resourceNotFound(input.mapRunArn);
});
