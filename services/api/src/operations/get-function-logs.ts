import { ApiError, epochSeconds, functionArn, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { pageSize } from '../paging.ts';

export const getFunctionLogsRoute = route(operations.getFunctionLogs, async ({ engine, functions }, input) => {
  const { functionName, nextToken } = input;
  const resourceName = functionArn(engine.settings, functionName);
  if (functions === null || (await functions.describe(functionName)) === null) {
    throw new ApiError('ResourceNotFound', `Function not found: ${resourceName}`, { resourceName });
  }
  const limit = pageSize(input.maxResults);
  const page = await functions.readLogs({
    functionName,
    limit,
    ...(nextToken === undefined ? {} : { position: nextToken }),
  });
  if (page === null) {
    const text = 'This server keeps no logs of functions: EVERSTEP_FUNCTION_LOGS says where they go.';
    throw new ApiError('ResourceNotFound', text, { resourceName });
  }
  const events = page.lines.map(({ at, message, version, requestId, executionArn }) => ({
    ...{ timestamp: epochSeconds(at), message, version },
    ...(requestId === undefined ? {} : { requestId }),
    ...(executionArn === undefined ? {} : { executionArn }),
  }));
  return { events, nextToken: page.position };
});
