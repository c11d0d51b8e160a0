import type { operations } from '@everstep/protocol';
import type { Connection } from './connection.ts';

const PAGE = 1000;

/** The callbacks that executions wait for, of one machine or of all. */
export async function* waitingTasks(
  connection: Connection,
  stateMachineArn?: string,
): AsyncGenerator<operations.TaskListItem> {
  let nextToken: string | undefined;
  do {
    const input = { maxResults: PAGE, stateMachineArn, nextToken };
    const page = readPage(await callOwn(connection, 'ListTasks', input));
    yield* page.tasks;
    ({ nextToken } = page);
  } while (nextToken !== undefined);
}

/** Pages of the executions that a search finds; a page may be empty. */
export async function* searchedExecutions(
  connection: Connection,
  query: operations.SearchExecutionsInput,
): AsyncGenerator<operations.SearchExecutionsOutput> {
  let nextToken: string | undefined;
  do {
    const page = await callOwn(connection, 'SearchExecutions', { ...query, nextToken });
    if (!isExecutionsPage(page)) throw new Error(`SearchExecutions answered ${JSON.stringify(page)}`);
    yield page;
    ({ nextToken } = page);
  } while (nextToken !== undefined);
}

function isExecutionsPage(answer: unknown): answer is operations.SearchExecutionsOutput {
  return typeof answer === 'object' && answer !== null && 'executions' in answer && Array.isArray(answer.executions);
}

/** What a function has written, from a position on; without one the newest lines. */
export async function functionLogs(
  connection: Connection,
  input: operations.GetFunctionLogsInput,
): Promise<operations.GetFunctionLogsOutput> {
  const answer = await callOwn(connection, 'GetFunctionLogs', input);
  if (isLogsPage(answer)) return answer;
  throw new Error(`GetFunctionLogs answered ${JSON.stringify(answer)}`);
}

function isLogsPage(answer: unknown): answer is operations.GetFunctionLogsOutput {
  return typeof answer === 'object' && answer !== null && 'events' in answer && Array.isArray(answer.events);
}

/**
 * Calls an operation that AWS does not have. It goes the way of the SDK's own ListActivities, signed, retried and its
 * errors read as all others are; only the target, the request and the answer are Everstep's.
 */
export async function callOwn({ sdk, client }: Connection, operation: string, input: object): Promise<unknown> {
  const command = new sdk.ListActivitiesCommand({});
  let answer: unknown;
  command.middlewareStack.add(
    (next) => (args) => {
      const request = requestOf(args.request);
      request.headers['x-amz-target'] = `Everstep.${operation}`;
      request.body = JSON.stringify(input);
      return next(args);
    },
    { step: 'build', priority: 'high', name: 'everstepOperation' },
  );
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = responseOf(result.response);
      if (response.statusCode !== 200) return result;
      answer = JSON.parse(await textOf(response.body));
      response.body = new TextEncoder().encode('{}');
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'everstepAnswer' },
  );
  await client.send(command);
  return answer;
}

interface WireRequest {
  readonly headers: Record<string, string>;
  body: unknown;
}

function requestOf(request: unknown): WireRequest {
  if (isWireRequest(request)) return request;
  throw new Error('the SDK made a request of an unknown shape');
}

function isWireRequest(request: unknown): request is WireRequest {
  return typeof request === 'object' && request !== null && 'headers' in request && 'body' in request;
}

interface WireResponse {
  readonly statusCode: number;
  body: unknown;
}

function responseOf(response: unknown): WireResponse {
  if (isWireResponse(response)) return response;
  throw new Error('the SDK got a response of an unknown shape');
}

function isWireResponse(response: unknown): response is WireResponse {
  return typeof response === 'object' && response !== null && 'statusCode' in response && 'body' in response;
}

async function textOf(body: unknown): Promise<string> {
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  if (typeof body !== 'object' || body === null || !isChunks(body)) throw new Error('the answer has no body');
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function isChunks(body: object): body is AsyncIterable<Uint8Array> {
  return Symbol.asyncIterator in body;
}

function readPage(answer: unknown): operations.ListTasksOutput {
  if (isTasksPage(answer)) return answer;
  throw new Error(`ListTasks answered ${JSON.stringify(answer)}`);
}

function isTasksPage(answer: unknown): answer is operations.ListTasksOutput {
  return typeof answer === 'object' && answer !== null && 'tasks' in answer && Array.isArray(answer.tasks);
}
