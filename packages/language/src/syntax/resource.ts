import { OPTIMIZED_INTEGRATIONS } from './optimized-integrations.ts';
import { isOwnResource } from './own-integrations.ts';
import type { TaskPattern, TaskResource } from './state-machine.ts';

const LAMBDA_FUNCTION = /^arn:[^:\s]+:lambda:[^:\s]*:[^:\s]*:function:[^:\s]+(?::[^:\s]+)?$/;
const ACTIVITY = /^arn:[^:\s]+:states:[^:\s]+:[^:\s]+:activity:[^:\s]+$/;
const INTEGRATION = /^arn:[^:\s]+:states:[^:\s]*:[^:\s]*:(.+)$/;
const AWS_SDK = /^(aws-sdk:[a-z][a-z0-9-]*):([a-z][A-Za-z0-9]*)(\.waitForTaskToken)?$/;
const OWN = /^(everstep:[a-z][a-z0-9-]*):([a-z][A-Za-z0-9]*)(\.waitForTaskToken|\.sync(?::2)?)?$/;
const OPTIMIZED = /^([a-z0-9-]+):([A-Za-z][A-Za-z0-9]*)(\.waitForTaskToken|\.sync(?::2)?)?$/;

const NO_SUFFIX = { pattern: 'requestResponse', syncVersion: 1 } as const;

function suffixOf(suffix: string | undefined): { pattern: TaskPattern; syncVersion: 1 | 2 } {
  if (suffix === '.waitForTaskToken') return { pattern: 'waitForTaskToken', syncVersion: 1 };
  if (suffix === '.sync') return { pattern: 'sync', syncVersion: 1 };
  if (suffix === '.sync:2') return { pattern: 'sync', syncVersion: 2 };
  return NO_SUFFIX;
}

function integration(arn: string, service: string, operation: string, suffix: string | undefined): TaskResource {
  return {
    arn,
    kind: 'integration',
    service,
    action: `${operation}${suffix ?? ''}`,
    operation,
    ...suffixOf(suffix),
  };
}

/** Takes a Task's Resource apart; null where it names nothing a Task can do. */
export function parseResource(arn: string): TaskResource | null {
  if (LAMBDA_FUNCTION.test(arn)) {
    return { arn, kind: 'lambda', service: 'lambda', action: 'invoke', operation: 'invoke', ...NO_SUFFIX };
  }
  if (ACTIVITY.test(arn)) {
    return { arn, kind: 'activity', service: 'activity', action: 'run', operation: 'run', ...NO_SUFFIX };
  }
  const rest = INTEGRATION.exec(arn)?.[1];
  if (rest === undefined) return null;
  const [, sdkService, sdkOperation, sdkSuffix] = AWS_SDK.exec(rest) ?? [];
  if (sdkService !== undefined && sdkOperation !== undefined) {
    return integration(arn, sdkService, sdkOperation, sdkSuffix);
  }
  const [, ownService, ownOperation, ownSuffix] = OWN.exec(rest) ?? [];
  if (ownService !== undefined && ownOperation !== undefined) {
    const isOwn = isOwnResource(ownService, ownOperation, ownSuffix ?? '');
    return isOwn ? integration(arn, ownService, ownOperation, ownSuffix) : null;
  }
  const [, service, operation, suffix] = OPTIMIZED.exec(rest) ?? [];
  if (service === undefined || operation === undefined) return null;
  // Integrations of one's own come and go with the installation; its registry knows their names.
  const isKnown =
    (service === 'everstep' && isOwnResource(service, operation, suffix ?? '')) ||
    OPTIMIZED_INTEGRATIONS.get(service)
      ?.get(operation)
      ?.has(suffix ?? '') === true;
  return isKnown ? integration(arn, service, operation, suffix) : null;
}
