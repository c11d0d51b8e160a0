import { storeReadiness } from '@everstep/engine';
import { Command } from 'commander';
import { openIntegrations } from '../adapters.ts';
import { runService } from '../lifecycle.ts';
import { checkSecurity } from '../security/api-security.ts';
import { serveApi } from '../serve-api.ts';
import { openDistributed, openHealth } from './distributed.ts';

const READY_MS = 2_000;

export function apiCommand(): Command {
  return new Command('api').description('serve the AWS Step Functions API').action(async () => {
    process.exitCode = await runService(async (lifecycle) => {
      const { config, metrics, context } = await openDistributed('api', lifecycle, checkSecurity);
      const integrations = await openIntegrations(lifecycle, context, config, config);
      await serveApi(lifecycle, context, integrations, config);
      await openHealth(lifecycle, config, { metrics, ready: () => storeReadiness(context.store, READY_MS) });
    });
  });
}
