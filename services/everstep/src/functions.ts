import { type FunctionInvoker, FunctionServiceError, type Logger } from '@everstep/engine';
import { createFunctionHost } from '@everstep/functions';
import { createRemoteFunctions } from '@everstep/integrations';
import type { Config } from './config.ts';

/**
 * The functions that tasks call: the local folder's first; what is not there goes to the endpoint that is set. AWS itself
 * is called only where there is neither a folder nor an endpoint.
 */
export function createFunctions(config: Config, directory: string | null, logger: Logger): FunctionInvoker {
  const { region, accountId } = config;
  const endpoint = config.awsLambdaEndpointUrl ?? config.awsEndpointUrl;
  const remote = (): FunctionInvoker => createRemoteFunctions({ region, ...(endpoint === null ? {} : { endpoint }) });
  if (directory === null) return remote();
  // Functions see where the server keeps its data, whether it was told or took the default.
  const environment = { ...process.env, EVERSTEP_DATA_DIR: config.dataDirectory };
  const local = createFunctionHost({ functionsDir: directory, region, accountId, logger, environment });
  return endpoint === null ? local : localFirst(local, remote());
}

export function localFirst(local: FunctionInvoker, remote: FunctionInvoker): FunctionInvoker {
  return {
    async invoke(invocation) {
      try {
        return await local.invoke(invocation);
      } catch (error) {
        const unknown = error instanceof FunctionServiceError && error.code === 'ResourceNotFoundException';
        if (!unknown) throw error;
      }
      return remote.invoke(invocation);
    },
    async close() {
      await Promise.all([local.close(), remote.close()]);
    },
  };
}
