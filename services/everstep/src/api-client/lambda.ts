import type * as Sdk from '@aws-sdk/client-lambda';
import { codeOf, StartError } from '../start-error.ts';
import type { Connection } from './connection.ts';

export interface LambdaConnection {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.LambdaClient;
}

/** The functions of the same server, as the same caller. Works until it is closed by `work`'s end. */
export async function withLambda<Result>(
  { client, endpoint }: Connection,
  work: (lambda: LambdaConnection) => Promise<Result>,
): Promise<Result> {
  const sdk = await import('@aws-sdk/client-lambda').catch((error: unknown) => {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new StartError('Calling functions needs the package @aws-sdk/client-lambda; install it beside Everstep.');
  });
  const { region, credentials } = client.config;
  // A function that was called must not be called again by itself.
  const lambda = new sdk.LambdaClient({ endpoint, region, credentials, maxAttempts: 1 });
  try {
    return await work({ sdk, client: lambda });
  } finally {
    lambda.destroy();
  }
}
