import { resourceNotFound } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

/** Distributed Map states do not run yet, so there is no Map Run to describe. */
export const describeMapRunRoute = route(operations.describeMapRun, async (_context, input) => {
  throw resourceNotFound(input.mapRunArn);
});
