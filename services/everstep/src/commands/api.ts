import { Command } from 'commander';
import { refuseOpenApi } from '../config.ts';
import { runService } from '../lifecycle.ts';
import { serveApi } from '../serve-api.ts';
import { openDistributed } from './distributed.ts';

export function apiCommand(): Command {
  return new Command('api').description('serve the AWS Step Functions API').action(async () => {
    process.exitCode = await runService(async (lifecycle) => {
      const { config, context } = await openDistributed('api', lifecycle, refuseOpenApi);
      await serveApi(lifecycle, context, config);
    });
  });
}
