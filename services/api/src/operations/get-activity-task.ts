import { getActivityTask } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const getActivityTaskRoute = route(operations.getActivityTask, async (context, input) => {
  const { engine, signal, activityPollMs } = context;
  const task = await getActivityTask(engine, { ...input, signal: signal(), waitMs: activityPollMs });
  return task === null ? { taskToken: null } : { taskToken: task.taskToken, input: task.input };
});
