import { startScheduler } from '@everstep/scheduler-service';
import { Command } from 'commander';
import { openApprovalNotices } from '../adapters.ts';
import { runService } from '../lifecycle.ts';
import { openDistributed, openHealth } from './distributed.ts';

export function schedulerCommand(): Command {
  return new Command('scheduler')
    .description('wake what is due, take over from dead workers, delete what is past its retention')
    .action(async () => {
      process.exitCode = await runService(async (lifecycle) => {
        const { config, metrics, context, duties } = await openDistributed('scheduler', lifecycle);
        const scheduler = await startScheduler(context, {
          duties,
          approvals: await openApprovalNotices(lifecycle, context, config, null),
        });
        lifecycle.add('the scheduler', () => scheduler.stop());
        await openHealth(lifecycle, config, { metrics, ready: () => scheduler.ready() });
      });
    });
}
