import { sendTaskSuccess } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const sendTaskSuccessRoute = route(operations.sendTaskSuccess, async ({ engine }, input) => {
  await sendTaskSuccess(engine, input);
  return {};
});
