import { Authenticator, createApiServer } from '@everstep/api-service';
import { type EngineContext, MasterKeys } from '@everstep/engine';
import { createIntegrationRegistry } from '@everstep/integrations';
import { noFunctions, runRole } from './role.ts';

await runRole('api', async ({ context, settings }) => {
  const registry = createIntegrationRegistry({ context, functions: noFunctions });
  const { syncExecutions } = registry;
  const { masterKey } = settings;
  const server = await createApiServer({
    ...{ context, syncExecutions, logger: context.logger, host: '127.0.0.1', port: 0, audit: 'changes' },
    ...(masterKey === undefined ? {} : { authenticator: authenticatorOf(context, masterKey) }),
  });
  return {
    url: server.url,
    async stop() {
      await server.close();
      await registry.close();
    },
  };
});

function authenticatorOf(context: EngineContext, masterKey: string): Authenticator {
  const { store, clock, logger, settings } = context;
  const keys = new MasterKeys([masterKey]);
  return new Authenticator({
    store,
    logger,
    masterKeys: { current: () => keys, reload: () => keys },
    region: settings.region,
    now: () => clock.now(),
  });
}
