import { type ApiServer, createApiServer } from '@everstep/api-service';
import type { EngineContext, SyncExecutions } from '@everstep/engine';
import { type Config, isLoopback } from './config.ts';
import type { Lifecycle } from './lifecycle.ts';
import { codeOf, StartError } from './start-error.ts';

/** Serves the API until the lifecycle ends; answers its endpoint. */
export async function serveApi(
  lifecycle: Lifecycle,
  context: EngineContext,
  syncExecutions: SyncExecutions,
  config: Config,
): Promise<string> {
  if (!isLoopback(config.host)) {
    const fields = { host: config.host };
    context.logger.warn(fields, 'the API is served without authentication, as EVERSTEP_ALLOW_UNAUTHENTICATED says');
  }
  const server = await listen(context, syncExecutions, config);
  lifecycle.add('the API', () => server.close());
  context.logger.info({ endpoint: server.url }, 'the API is served');
  return server.url;
}

async function listen(context: EngineContext, syncExecutions: SyncExecutions, config: Config): Promise<ApiServer> {
  const { host, port } = config;
  try {
    return await createApiServer({
      context,
      syncExecutions,
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
