import { updateMapRun } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const updateMapRunRoute = route(operations.updateMapRun, async ({ engine }, input) => {
  await updateMapRun(engine, input);
  return {};
});
