import { join } from 'node:path';
import { type FunctionInvoker, FunctionServiceError, type LocalFunctions, type Logger } from '@everstep/engine';
import {
  createFileFunctionLogs,
  createFunctionHost,
  createProcessFunctionLogs,
  type FunctionLogs,
  noFunctionLogs,
} from '@everstep/functions';
import { createRemoteFunctions } from '@everstep/integrations';
import type { Config } from './config.ts';

export interface FunctionHostChoices {
  /** How long what was read of a function's files is trusted, in milliseconds. */
  readonly trustMs: number;
  /** Where what functions write goes unless EVERSTEP_FUNCTION_LOGS says it. */
  readonly logs: 'file' | 'log';
}

/** A file that was saved is there with the next call. */
export const EMBEDDED_HOST: FunctionHostChoices = { trustMs: 0, logs: 'file' };
/** What was deployed is there within seconds, and calls do not look at files. */
export const DISTRIBUTED_HOST: FunctionHostChoices = { trustMs: 5_000, logs: 'log' };

/**
 * The functions that tasks call: the local folder's first; what is not there goes to the endpoint that is set. AWS itself
 * is called only where there is neither a folder nor an endpoint.
 */
export function createFunctions(
  config: Config,
  directory: string | null,
  logger: Logger,
  choices: FunctionHostChoices,
): { functions: FunctionInvoker; localFunctions: LocalFunctions | null } {
  const { region, accountId } = config;
  const endpoint = config.awsLambdaEndpointUrl ?? config.awsEndpointUrl;
  const remote = (): FunctionInvoker => createRemoteFunctions({ region, ...(endpoint === null ? {} : { endpoint }) });
  if (directory === null) return { functions: remote(), localFunctions: null };
  const local = createFunctionHost({
    ...{ functionsDir: directory, region, accountId, logger, trustMs: choices.trustMs },
    // Functions see where the server keeps its data, whether it was told or took the default.
    environment: { ...process.env, EVERSTEP_DATA_DIR: config.dataDirectory },
    maxProcesses: config.functionProcesses,
    logs: openLogs(config, logger, choices),
  });
  return { functions: endpoint === null ? local : localFirst(local, remote()), localFunctions: local };
}

function openLogs(config: Config, logger: Logger, choices: FunctionHostChoices): FunctionLogs {
  switch (config.functionLogs ?? choices.logs) {
    case 'file':
      return createFileFunctionLogs({ directory: join(config.dataDirectory, 'function-logs'), logger });
    case 'log':
      return createProcessFunctionLogs(logger);
    case 'off':
      return noFunctionLogs();
  }
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
