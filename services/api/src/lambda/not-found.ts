import { FunctionServiceError } from '@everstep/engine';
import { functionArn } from '@everstep/protocol';
import type { LambdaCall } from './lambda-operation.ts';

/** In Lambda's words. */
export function notFound({ scope, name, qualifier, requestId }: LambdaCall): FunctionServiceError {
  const arn = functionArn(scope, name, qualifier);
  return new FunctionServiceError('ResourceNotFoundException', 404, requestId, `Function not found: ${arn}`);
}
