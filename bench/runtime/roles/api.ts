import { createApiServer } from '@everstep/api-service';
import { runRole } from './role.ts';

await runRole('api', async ({ context }) => {
  const server = await createApiServer({ context, logger: context.logger, host: '127.0.0.1', port: 0 });
  return { url: server.url, stop: () => server.close() };
});
