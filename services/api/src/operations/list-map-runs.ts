import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { findExecution } from '../find-execution.ts';

/** Distributed Map states do not run yet: no execution has started a Map Run. */
export const listMapRunsRoute = route(operations.listMapRuns, async ({ engine, pageTokens }, input) => {
  await pageTokens.open({ operation: 'ListMapRuns', arguments: [input.executionArn] }, input.nextToken);
  await findExecution(engine.store, input.executionArn);
  return { mapRuns: [] };
});
