import { sendTaskFailure } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const sendTaskFailureRoute = route(operations.sendTaskFailure, async ({ engine }, input) => {
  await sendTaskFailure(engine, input);
  return {};
});
