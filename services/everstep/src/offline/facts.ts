import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { ExecutionFacts } from '@everstep/language';
import { executionArn, stateMachineArn } from '@everstep/protocol';

const SCOPE = { region: 'us-east-1', accountId: '123456789012' };

export interface FactsOptions {
  /** The definition's file. */
  readonly file: string;
  readonly definition: string;
  readonly input: string;
  readonly name: string;
  readonly startTime: number;
}

/**
 * Who an offline execution is. Its id derives from definition, input and name, and everything random from the id: the
 * same run again gives the same values.
 */
export function offlineFacts({ file, definition, input, name, startTime }: FactsOptions): ExecutionFacts {
  const stateMachineName =
    basename(file)
      .replace(/(\.asl)?\.(json|ya?ml)$/i, '')
      .replaceAll(/[^\w-]+/g, '-') || 'offline';
  const arn = stateMachineArn(SCOPE, stateMachineName);
  const hash = createHash('sha256')
    .update(JSON.stringify([definition, input, name]))
    .digest('hex');
  const hex = `${hash.slice(0, 12)}7${hash.slice(13, 16)}8${hash.slice(17, 32)}`;
  const lengths = [8, 4, 4, 4, 12];
  const parts = lengths.map((length, index) => {
    const start = lengths.slice(0, index).reduce((sum, each) => sum + each, 0);
    return hex.slice(start, start + length);
  });
  return {
    executionId: parts.join('-'),
    executionArn: executionArn(arn, name),
    name,
    stateMachineArn: arn,
    stateMachineName,
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    roleArn: `arn:aws:iam::${SCOPE.accountId}:role/offline`,
    region: SCOPE.region,
    startTime,
    input,
    tokenKey: hash,
  };
}
