import type { JsonObject } from '@everstep/language';

/**
 * The metadata that AWS's optimised integrations add to a response: SdkHttpMetadata and SdkResponseMetadata, in the
 * shape of the service's Java SDK. `headers` in the order given.
 */
export function withSdkMetadata(
  output: JsonObject,
  response: { requestId: string; statusCode: number; headers: Readonly<Record<string, string>> },
): JsonObject {
  const all: JsonObject = {};
  for (const [name, value] of Object.entries(response.headers)) all[name] = [value];
  return {
    ...output,
    SdkHttpMetadata: { AllHttpHeaders: all, HttpHeaders: { ...response.headers }, HttpStatusCode: response.statusCode },
    SdkResponseMetadata: { RequestId: response.requestId },
  };
}
