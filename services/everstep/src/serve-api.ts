import { type ApiServer, createApiServer } from '@everstep/api-service';
import type { EngineContext } from '@everstep/engine';
import { type Integrations, createApiModels } from '@everstep/integrations';
import { type Config, isLoopback } from './config.ts';
import type { Lifecycle } from './lifecycle.ts';
import { codeOf, StartError } from './start-error.ts';

/** Serves the API until the lifecycle ends; answers its endpoint. `integrations` perform what this process itself runs. */
export async function serveApi(
  lifecycle: Lifecycle,
  context: EngineContext,
  integrations: Integrations,
  config: Config,
): Promise<string> {
  if (!isLoopback(config.host)) {
    const fields = { host: config.host };
    context.logger.warn(fields, 'the API is served without authentication, as EVERSTEP_ALLOW_UNAUTHENTICATED says');
  }
  const server = await listen(context, integrations, config);
  lifecycle.add('the API', () => server.close());
  context.logger.info({ endpoint: server.url }, 'the API is served');
  return server.url;
}

async function listen(context: EngineContext, integrations: Integrations, config: Config): Promise<ApiServer> {
  const { host, port } = config;
  try {
    return await createApiServer({
      context,
      syncExecutions: integrations.syncExecutions,
      testing: { registry: integrations, models: createApiModels() },
      logger: context.logger,
      host,
      port,
      drainMs: config.drainSeconds * 1_000,
    });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EADDRINUSE') {
      throw new StartError(`Port ${port} on ${host} is taken: set EVERSTEP_PORT to another one, or to 0 for any.`);
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new StartError(`EVERSTEP_HOST: ${host} is not an address of this machine.`);
    }
    throw error;
  }
}
