export { allLogs } from './execution-log/all-logs.ts';
export { type CloudWatchLogOptions, createCloudWatchLog } from './execution-log/cloudwatch-log.ts';
export { createFileLog, type FileLogOptions } from './execution-log/file-log.ts';
export { createProcessLog } from './execution-log/process-log.ts';
export { type LogFields, secretFields } from './fields.ts';
export { createLogger, type Logger, type LoggerOptions, type LogLevel, logLevels } from './logger.ts';
export { counterNames, gaugeNames, measureNames } from './metric-names.ts';
export { createMetrics, METRICS_CONTENT_TYPE, type MetricsRegistry } from './metrics.ts';
