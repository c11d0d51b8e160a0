import { sendTaskHeartbeat } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const sendTaskHeartbeatRoute = route(operations.sendTaskHeartbeat, async ({ engine }, input) => {
  await sendTaskHeartbeat(engine, input);
  return {};
});
