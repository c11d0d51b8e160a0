import { createApiServer } from '@everstep/api-service';
import { createIntegrationRegistry } from '@everstep/integrations';
import { noFunctions, runRole } from './role.ts';

await runRole('api', async ({ context }) => {
  const registry = createIntegrationRegistry({ context, functions: noFunctions });
  const { syncExecutions } = registry;
  const server = await createApiServer({
    context,
    syncExecutions,
    logger: context.logger,
    host: '127.0.0.1',
    port: 0,
  });
  return {
    url: server.url,
    async stop() {
      await server.close();
      await registry.close();
    },
  };
});
