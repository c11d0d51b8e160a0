import { type Json, type JsonObject, getOwn } from '@everstep/language';
import { createHash } from 'node:crypto';
import { stepFunctionsName } from '../api-models/names.ts';
import type { SdkSchema } from './sdk-schema.ts';

interface KeyedCall {
  readonly service: string;
  readonly operation: string;
  readonly parameters: JsonObject;
  readonly attemptId: string;
}

/**
 * An attempt can be performed twice, by a worker that died and by its heir. Where the service takes a key by which it
 * knows a repetition, and the state gives none, the attempt is the key.
 */
export function withAttemptKeys(schema: SdkSchema, call: KeyedCall): JsonObject {
  const { parameters, attemptId } = call;
  const fields: string[] = [];
  if (schema.type === 'structure') {
    for (const member of schema.members.values()) {
      if (member.isIdempotencyToken) fields.push(stepFunctionsName(member.name));
    }
  }
  const field = KEY_FIELDS[`${call.service}:${call.operation}`]?.(parameters);
  if (field !== undefined) fields.push(field);
  const missing = fields.filter((name) => isMissing(parameters, name));
  return { ...parameters, ...Object.fromEntries(missing.map((name) => [name, attemptUuid(attemptId)])) };
}

/** Whether the state leaves it to others; null is not sent. */
export function isMissing(parameters: JsonObject, field: string): boolean {
  return (getOwn(parameters, field) ?? null) === null;
}

/** Keys that the API's own description does not tell: FIFO queues and topics, and the names of executions. */
const KEY_FIELDS: Readonly<Record<string, (parameters: JsonObject) => string | undefined>> = {
  'sqs:sendMessage': ({ QueueUrl }) => (isFifo(QueueUrl) ? 'MessageDeduplicationId' : undefined),
  'sns:publish': ({ TopicArn }) => (isFifo(TopicArn) ? 'MessageDeduplicationId' : undefined),
  'sfn:startExecution': () => 'Name',
  'codebuild:startBuild': () => 'IdempotencyToken',
  'codebuild:startBuildBatch': () => 'IdempotencyToken',
  'codebuild:retryBuildBatch': () => 'IdempotencyToken',
};

function isFifo(name: Json | undefined): boolean {
  return typeof name === 'string' && name.endsWith('.fifo');
}

/** Every client token takes 36 characters; many take no more. */
export function attemptUuid(attemptId: string): string {
  const hex = createHash('sha256').update(attemptId).digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
