import type { FunctionDescription } from '@everstep/engine';
import { FunctionServiceError } from '@everstep/engine';
import type { LambdaAnswer, LambdaCall } from './lambda-operation.ts';
import { notFound } from './not-found.ts';

const MAX_ITEMS = 50;

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html, by pages of at most 50. */
export async function listFunctions({ functions, query, requestId }: LambdaCall): Promise<LambdaAnswer> {
  const all = [...((await functions?.list(query.get('FunctionVersion') === 'ALL')) ?? [])];
  all.sort((left, right) => (left.functionArn < right.functionArn ? -1 : 1));
  const wanted = Number(query.get('MaxItems') ?? MAX_ITEMS);
  if (!Number.isInteger(wanted) || wanted < 1) {
    throw new FunctionServiceError('InvalidParameterValueException', 400, requestId, 'MaxItems must be 1 or more.');
  }
  const marker = query.get('Marker') ?? '';
  const size = Math.min(wanted, MAX_ITEMS);
  // By order, not by place: the function that a marker names may be gone meanwhile.
  const rest = all.filter(({ functionArn }) => functionArn > marker);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  const next = rest.length > size && last !== undefined ? { NextMarker: last.functionArn } : {};
  return json({ Functions: page.map(configurationOf), ...next });
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html */
export async function getFunction(call: LambdaCall): Promise<LambdaAnswer> {
  const found = await find(call);
  // There is no archive to load the code from: it is a folder of the server.
  return json({ Configuration: configurationOf(found), Tags: {}, Concurrency: concurrencyOf(found) });
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html */
export async function getFunctionConfiguration(call: LambdaCall): Promise<LambdaAnswer> {
  return json(configurationOf(await find(call)));
}

async function find(call: LambdaCall): Promise<FunctionDescription> {
  const found = await call.functions?.describe(call.functionName, call.qualifier);
  if (found === undefined || found === null) throw notFound(call);
  return found;
}

function concurrencyOf({ concurrency }: FunctionDescription): object {
  return { ReservedConcurrentExecutions: concurrency };
}

/** Nothing of the environment: it may hold secrets. */
function configurationOf(found: FunctionDescription): object {
  const { problem } = found;
  return {
    FunctionName: found.functionName,
    FunctionArn: found.functionArn,
    Runtime: found.runtime,
    Role: '',
    Handler: found.handler,
    CodeSize: found.codeBytes,
    Description: found.description,
    Timeout: found.timeoutSeconds,
    MemorySize: found.memoryMb,
    LastModified: new Date(found.modifiedAt).toISOString().replace('Z', '+0000'),
    CodeSha256: found.codeStamp,
    Version: found.version,
    PackageType: 'Zip',
    State: problem === undefined ? 'Active' : 'Failed',
    ...(problem === undefined ? {} : { StateReason: problem, StateReasonCode: 'InvalidConfiguration' }),
  };
}

function json(value: object): LambdaAnswer {
  return { status: 200, headers: {}, body: JSON.stringify(value) };
}
