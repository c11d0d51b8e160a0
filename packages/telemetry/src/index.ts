export { type LogFields, secretFields } from './fields.ts';
export { createLogger, type Logger, type LoggerOptions, type LogLevel, logLevels } from './logger.ts';
export { counterNames, gaugeNames, measureNames } from './metric-names.ts';
export { createMetrics, METRICS_CONTENT_TYPE, type MetricsRegistry } from './metrics.ts';
