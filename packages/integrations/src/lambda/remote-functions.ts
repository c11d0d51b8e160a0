import type * as lambda from '@aws-sdk/client-lambda';
import {
  type FunctionAnswer,
  type FunctionInvocation,
  type FunctionInvoker,
  FunctionServiceError,
} from '@everstep/engine';
import { AnswerTooLargeError, observeResponse } from '../aws-sdk/response-guard.ts';
import type { RoleCredentials } from '../aws-sdk/sdk-roles.ts';
import { memberOf } from '../unknown-member.ts';

export interface RemoteFunctionsOptions {
  readonly region: string;
  /** Set by AWS_ENDPOINT_URL_LAMBDA or AWS_ENDPOINT_URL; absent: AWS itself. */
  readonly endpoint?: string;
  /** Whose calls they are; the SDK's own way of finding out where absent. */
  readonly credentials?: () => Promise<RoleCredentials>;
  /** How long a call may take, in milliseconds (16 minutes: a function runs for at most 15). */
  readonly callTimeoutMs?: number;
}

const CALL_MS = 16 * 60_000;

type LambdaModule = typeof lambda;
type LambdaClient = InstanceType<LambdaModule['LambdaClient']>;

/** Functions behind any Lambda-compatible endpoint. The SDK is loaded when the first function is called. */
export function createRemoteFunctions(options: RemoteFunctionsOptions): FunctionInvoker {
  return new RemoteFunctions(options);
}

class RemoteFunctions implements FunctionInvoker {
  readonly #options: RemoteFunctionsOptions;
  #loading: Promise<{ sdk: LambdaModule; client: LambdaClient }> | null = null;

  constructor(options: RemoteFunctionsOptions) {
    this.#options = options;
  }

  async invoke(invocation: FunctionInvocation): Promise<FunctionAnswer> {
    const { sdk, client } = await this.#load();
    const { clientContext, invocationType, logTail = false } = invocation;
    const command = new sdk.InvokeCommand({
      FunctionName: invocation.functionName,
      Qualifier: invocation.qualifier,
      InvocationType: invocationType,
      ...(logTail ? { LogType: 'Tail' as const } : {}),
      Payload: Buffer.from(invocation.payload),
      // AWS takes a client context with synchronous calls only.
      ...(invocationType === 'RequestResponse' && clientContext !== undefined
        ? { ClientContext: Buffer.from(JSON.stringify(clientContext)).toString('base64') }
        : {}),
    });
    observeResponse(command);
    const deadline = AbortSignal.timeout(this.#options.callTimeoutMs ?? CALL_MS);
    try {
      const answer = await client.send(command, { abortSignal: AbortSignal.any([invocation.signal, deadline]) });
      // What an answer does not bring is null or undefined, depending on how the client read it.
      const functionError = answer.FunctionError ?? null;
      const log = answer.LogResult ?? null;
      return {
        statusCode: answer.StatusCode ?? 200,
        executedVersion: answer.ExecutedVersion ?? '$LATEST',
        requestId: answer.$metadata.requestId ?? '',
        payload: Buffer.from(answer.Payload ?? []).toString('utf8'),
        ...(functionError === null ? {} : { functionError }),
        ...(log === null ? {} : { logResult: Buffer.from(log, 'base64').toString('utf8') }),
      };
    } catch (error) {
      throw asServiceError(error);
    }
  }

  async close(): Promise<void> {
    if (this.#loading === null) return;
    const { client } = await this.#loading;
    client.destroy();
  }

  #load(): Promise<{ sdk: LambdaModule; client: LambdaClient }> {
    this.#loading ??= this.#import();
    return this.#loading;
  }

  async #import(): Promise<{ sdk: LambdaModule; client: LambdaClient }> {
    const sdk = await importLambda();
    const { region, endpoint, credentials } = this.#options;
    // A repeated attempt is the execution's to decide (Retry); the SDK must not call a function twice by itself.
    const client = new sdk.LambdaClient({
      region,
      maxAttempts: 1,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(credentials === undefined ? {} : { credentials }),
    });
    return { sdk, client };
  }
}

async function importLambda(): Promise<LambdaModule> {
  try {
    return await import('@aws-sdk/client-lambda');
  } catch (error) {
    const message = 'Calling remote functions needs the package @aws-sdk/client-lambda; install it beside Everstep.';
    throw new FunctionServiceError('SdkClientException', 0, '', message, { cause: error });
  }
}

function asServiceError(error: unknown): Error {
  if (error instanceof FunctionServiceError || error instanceof AnswerTooLargeError) return error;
  if (!(error instanceof Error)) return new FunctionServiceError('SdkClientException', 0, '', String(error));
  const metadata = memberOf(error, '$metadata');
  // An answer that nobody understands is an answer, too.
  const status = memberOf(metadata, 'httpStatusCode') ?? memberOf(memberOf(error, '$response'), 'statusCode');
  const requestId = memberOf(metadata, 'requestId');
  return new FunctionServiceError(
    status === undefined ? 'SdkClientException' : error.name,
    typeof status === 'number' ? status : 0,
    typeof requestId === 'string' ? requestId : '',
    error.message,
    { cause: error },
  );
}
