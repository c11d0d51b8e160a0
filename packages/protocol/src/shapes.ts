import { boolean, integer, list, oneOf, required, string, structure } from './constraints.ts';
import { QUOTAS } from './quotas.ts';

/** The shapes that several operations share, with the constraints of AWS's API model. */
export const ARN = string({ min: 1, max: QUOTAS.arnLength });
export const LONG_ARN = string({ min: 1, max: QUOTAS.longArnLength });
export const NAME = string({ min: 1, max: QUOTAS.nameLength });
export const DEFINITION = string({ min: 1, max: QUOTAS.definitionLength, sensitive: true });
export const SENSITIVE_DATA = string({ max: QUOTAS.inputBytes, sensitive: true });
export const SENSITIVE_ERROR = string({ min: 0, max: QUOTAS.errorLength, sensitive: true });
export const SENSITIVE_CAUSE = string({ min: 0, max: QUOTAS.causeLength, sensitive: true });
export const TASK_TOKEN = string({ min: 1, max: QUOTAS.taskTokenLength, sensitive: true });
export const TRACE_HEADER = string({
  min: 0,
  max: QUOTAS.traceHeaderLength,
  pattern: { text: '\\p{ASCII}*', expression: /^\p{ASCII}*$/u },
});
export const PAGE_SIZE = integer({ min: 0, max: QUOTAS.maxPageSize });
export const PAGE_TOKEN = string({ min: 1, max: QUOTAS.pageTokenLength });
export const VERSION_DESCRIPTION = string({ max: QUOTAS.versionDescriptionLength, sensitive: true });

export type StateMachineType = 'STANDARD' | 'EXPRESS';
export const STATE_MACHINE_TYPE = oneOf<StateMachineType>(['STANDARD', 'EXPRESS']);

export type IncludedData = 'ALL_DATA' | 'METADATA_ONLY';
export const INCLUDED_DATA = oneOf<IncludedData>(['ALL_DATA', 'METADATA_ONLY']);

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';
/** In the order of AWS's own message. */
export const EXECUTION_STATUS = oneOf<ExecutionStatus>([
  'SUCCEEDED',
  'TIMED_OUT',
  'PENDING_REDRIVE',
  'ABORTED',
  'FAILED',
  'RUNNING',
]);

export interface Tag {
  readonly key: string;
  readonly value?: string;
}
/** Letters, digits and white space of any language, and the symbols AWS's documentation lists. */
const TAG_TEXT = { text: '^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$', expression: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u };
export const TAG_KEY = string({ min: 1, max: QUOTAS.tagKeyLength, pattern: TAG_TEXT });
export const TAGS = list<Tag>(
  structure((member) => ({
    key: member('key', required(TAG_KEY, '')),
    value: member('value', string({ min: 0, max: QUOTAS.tagValueLength, pattern: TAG_TEXT })),
  })),
);

export interface RoutingConfigurationListItem {
  readonly stateMachineVersionArn: string;
  /** Percent. */
  readonly weight: number;
}
export const ROUTING_CONFIGURATION = list<RoutingConfigurationListItem>(
  structure((member) => ({
    stateMachineVersionArn: member('stateMachineVersionArn', required(ARN, '')),
    weight: member('weight', required(integer({ min: 0, max: 100 }), 0)),
  })),
  { min: 1, max: QUOTAS.aliasRoutes },
);
export const ALIAS_DESCRIPTION = string({ max: QUOTAS.aliasDescriptionLength, sensitive: true });
/** A number alone would be taken for a version. */
const ALIAS_NAME_PATTERN = '^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$';
export const ALIAS_NAME = string({
  min: 1,
  max: QUOTAS.nameLength,
  pattern: { text: ALIAS_NAME_PATTERN, expression: new RegExp(ALIAS_NAME_PATTERN) },
});
export const CLIENT_TOKEN = string({
  min: 1,
  max: QUOTAS.clientTokenLength,
  pattern: { text: '[!-~]+', expression: /^[!-~]+$/ },
});

export type LogLevel = 'ALL' | 'ERROR' | 'FATAL' | 'OFF';
export interface LogDestination {
  readonly cloudWatchLogsLogGroup?: { readonly logGroupArn?: string };
}
export interface LoggingConfiguration {
  readonly level?: LogLevel;
  readonly includeExecutionData?: boolean;
  readonly destinations?: readonly LogDestination[];
}
export const LOGGING_CONFIGURATION = structure<LoggingConfiguration>((member) => ({
  level: member('level', oneOf<LogLevel>(['ALL', 'ERROR', 'FATAL', 'OFF'])),
  includeExecutionData: member('includeExecutionData', boolean()),
  destinations: member(
    'destinations',
    list<LogDestination>(
      structure((destination) => ({
        cloudWatchLogsLogGroup: destination(
          'cloudWatchLogsLogGroup',
          structure((group) => ({ logGroupArn: group('logGroupArn', ARN) })),
        ),
      })),
    ),
  ),
}));

export interface TracingConfiguration {
  readonly enabled?: boolean;
}
export const TRACING_CONFIGURATION = structure<TracingConfiguration>((member) => ({
  enabled: member('enabled', boolean()),
}));

export type EncryptionType = 'AWS_OWNED_KEY' | 'CUSTOMER_MANAGED_KMS_KEY';
export interface EncryptionConfiguration {
  readonly type: EncryptionType;
  readonly kmsKeyId?: string;
  readonly kmsDataKeyReusePeriodSeconds?: number;
}
export const ENCRYPTION_CONFIGURATION = structure<EncryptionConfiguration>((member) => ({
  type: member('type', required(oneOf<EncryptionType>(['AWS_OWNED_KEY', 'CUSTOMER_MANAGED_KMS_KEY']), 'AWS_OWNED_KEY')),
  kmsKeyId: member('kmsKeyId', string({ min: 1, max: 2_048 })),
  kmsDataKeyReusePeriodSeconds: member('kmsDataKeyReusePeriodSeconds', integer({ min: 60, max: 900 })),
}));
