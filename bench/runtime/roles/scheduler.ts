import { startScheduler } from '@everstep/scheduler-service';
import { runRole } from './role.ts';

await runRole('scheduler', async ({ context }) => {
  const scheduler = await startScheduler(context);
  return { url: null, stop: () => scheduler.stop() };
});
