import { join } from 'node:path';
import type { ExecutionLog, Logger } from '@everstep/engine';
import { allLogs, createCloudWatchLog, createFileLog, createProcessLog } from '@everstep/telemetry';
import type { Config } from './config.ts';

export interface ExecutionLogsOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** What is done where EVERSTEP_EXECUTION_LOGS says nothing. */
  readonly fallback: 'file' | 'off';
}

/** Where the executions' logs go, as the settings say; null: nowhere. */
export function openExecutionLog({ config, logger, fallback }: ExecutionLogsOptions): ExecutionLog | null {
  const chosen = config.executionLogs ?? fallback;
  if (config.executionLogs === 'off') return null;
  const endpoint = config.awsCloudWatchLogsEndpointUrl ?? config.awsEndpointUrl;
  const logs: ExecutionLog[] = [];
  if (endpoint !== null) logs.push(createCloudWatchLog({ endpoint, logger }));
  else if (chosen === 'cloudwatch') logs.push(createCloudWatchLog({ logger }));
  if (chosen === 'file') logs.push(createFileLog({ directory: join(config.dataDirectory, 'execution-logs'), logger }));
  if (chosen === 'log') logs.push(createProcessLog(logger));
  return logs.length === 0 ? null : allLogs(logs);
}
