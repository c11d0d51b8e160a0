import { FunctionServiceError, type Logger } from '@everstep/engine';
import { functionArn, parseFunctionName } from '@everstep/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { requireAllowed } from '../admission.ts';
import type { Caller } from '../caller.ts';
import type { Door } from '../door.ts';
import { holdConnection } from '../idle-timeout.ts';
import type { OperationChain } from '../operation-chain.ts';
import { factsOf, headerText, loggedFacts } from '../request-facts.ts';
import { invokeFunction, SYNC_PAYLOAD_BYTES } from './invoke-function.ts';
import { lambdaFailure } from './lambda-failure.ts';
import type { LambdaAnswer, LambdaCall, LambdaOperation } from './lambda-operation.ts';
import { getFunction, getFunctionConfiguration, listFunctions } from './read-functions.ts';

export interface LambdaOptions {
  readonly door: Door;
  readonly chain: OperationChain;
  readonly logger: Logger;
}

const OPERATIONS: readonly LambdaOperation[] = [
  {
    name: 'Invoke',
    action: 'lambda:InvokeFunction',
    level: 'Write',
    method: 'POST',
    path: '/2015-03-31/functions/:functionName/invocations',
    answer: invokeFunction,
  },
  {
    name: 'ListFunctions',
    action: 'lambda:ListFunctions',
    level: 'List',
    method: 'GET',
    path: '/2015-03-31/functions',
    answer: listFunctions,
  },
  {
    name: 'GetFunction',
    action: 'lambda:GetFunction',
    level: 'Read',
    method: 'GET',
    path: '/2015-03-31/functions/:functionName',
    answer: getFunction,
  },
  {
    name: 'GetFunctionConfiguration',
    action: 'lambda:GetFunctionConfiguration',
    level: 'Read',
    method: 'GET',
    path: '/2015-03-31/functions/:functionName/configuration',
    answer: getFunctionConfiguration,
  },
];

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
const NAME_LENGTH = 170;
const QUALIFIER_LENGTH = 128;
const PREFIX = '/2015-03-31/';

/** Whether a request is one of the Lambda API, whatever becomes of it. */
export function isLambdaPath(path: string): boolean {
  return path.startsWith(PREFIX);
}

/** The Lambda API for the functions that this process hosts: REST, where Step Functions has targets. */
export function installLambda(app: FastifyInstance, options: LambdaOptions): void {
  void app.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => sendLambdaFailure(options.logger, request, reply, error));
    for (const operation of OPERATIONS) {
      const { method, path } = operation;
      // Clients write the list's path with a slash at its end or without.
      for (const url of path.endsWith('functions') ? [path, `${path}/`] : [path]) {
        scope.route({
          method,
          url,
          // What is too large is told by the operation itself, as long as it is not much larger.
          bodyLimit: 2 * SYNC_PAYLOAD_BYTES,
          onRequest: async (request) => options.door.knock(request, 'lambda'),
          handler: (request, reply) => perform(options, operation, request, reply),
        });
      }
    }
  });
}

async function perform(
  options: LambdaOptions,
  operation: LambdaOperation,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { door, chain } = options;
  const known = factsOf(request);
  known.operation = operation.name;
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const caller = door.enter(request, body, operation.name);
  if (caller !== null && caller.accessKeyId !== null) known.accessKeyId = caller.accessKeyId;
  const call = callOf(chain, caller, request, body);
  let answer: LambdaAnswer;
  try {
    admitCall(operation, call, caller, request);
    if (operation.name === 'Invoke') holdConnection(request, reply);
    answer = await operation.answer(call);
  } catch (error) {
    known.errorCode = lambdaFailure(error, request.id).code;
    throw error;
  } finally {
    await chain.record(request, caller);
  }
  return reply.code(answer.status).headers(answer.headers).type('application/json').send(Buffer.from(answer.body));
}

function callOf(chain: OperationChain, caller: Caller | null, request: FastifyRequest, body: Buffer): LambdaCall {
  const start = request.originalUrl.indexOf('?');
  const query = new Map(start === -1 ? [] : new URLSearchParams(request.originalUrl.slice(start)));
  const functionName = parameterOf(request, 'functionName');
  requireLength(request, 'functionName', functionName, NAME_LENGTH);
  requireLength(request, 'qualifier', query.get('Qualifier') ?? '', QUALIFIER_LENGTH);
  const { name, qualifier } = parseFunctionName(functionName, query.get('Qualifier'));
  return {
    functions: chain.functionsOf(caller),
    scope: chain.accountOf(caller).engine.settings,
    functionName,
    name,
    qualifier,
    body,
    query,
    header: (header) => headerText(request, header),
    requestId: request.id,
  };
}

/** Errors: ValidationException. */
function requireLength({ id }: FastifyRequest, member: string, text: string, most: number): void {
  if (text.length <= most) return;
  const message =
    `1 validation error detected: Value '${text.slice(0, 100)}' at '${member}' failed to satisfy constraint: ` +
    `Member must have length less than or equal to ${most}`;
  throw new FunctionServiceError('ValidationException', 400, id, message);
}

function parameterOf({ params }: FastifyRequest, name: string): string {
  const value: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined;
  return typeof value === 'string' ? value : '';
}

/** Errors: AccessDeniedException. */
function admitCall(
  { action, level }: LambdaOperation,
  call: LambdaCall,
  caller: Caller | null,
  request: FastifyRequest,
) {
  const { scope, name, qualifier } = call;
  const demand = { action, resource: name === '' ? '*' : functionArn(scope, name, qualifier) };
  factsOf(request).access = { level, ...demand };
  if (caller !== null) requireAllowed(caller, demand);
}

/** A refusal in Lambda's shape. */
export function sendLambdaFailure(
  logger: Logger,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
): FastifyReply {
  const { code, status, body } = lambdaFailure(error, request.id);
  factsOf(request).errorCode = code;
  if (status >= 500) logger.error({ requestId: request.id, ...loggedFacts(request), err: error }, 'a request failed');
  // What was not read to its end leaves the connection in an unknown place.
  if (status === 413 || !request.raw.complete) reply.header('connection', 'close');
  reply.code(status).header('x-amzn-errortype', code).type('application/json');
  return reply.send(Buffer.from(JSON.stringify(body)));
}
