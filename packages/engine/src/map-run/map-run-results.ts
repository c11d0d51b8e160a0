import {
  type EvaluatedStorage,
  MAX_DATA_BYTES,
  type MapRunWork,
  type MapState,
  StatesError,
  tooLarge,
} from '@everstep/language';
import { type ResultTransformation, childResultTexts } from '../child-results.ts';
import type { ExecutionRecord } from '../ports/execution-store.ts';
import { type ChildResult, type ItemStorage, ItemStorageError } from '../ports/item-storage.ts';
import type { Store } from '../ports/store.ts';
import { type ChildOutcome, OUTCOMES_A_PAGE, outcomesOf } from './child-outcome.ts';
import type { MapRunFailure } from './child-source.ts';
import { type ChildOrigin, expressChild } from './map-children.ts';
import type { MapRunState } from './map-run-state.ts';

export interface ResultsRequest {
  readonly store: Pick<Store, 'listChildren' | 'readOutcomes'>;
  readonly storage: ItemStorage | undefined;
  readonly state: Pick<MapState, 'name' | 'executionType'>;
  readonly writer: EvaluatedStorage | null;
  readonly origin: ChildOrigin;
  readonly mapRunArn: string;
  /** How many children there are. */
  readonly children: number;
  readonly signal: AbortSignal;
}

export type Results =
  | { readonly ok: true; readonly text: string; readonly isExported: boolean }
  | { readonly ok: false; readonly failure: MapRunFailure };

const CHILDREN_A_PAGE = 100;

/**
 * What a Map Run gives: the outcomes of its children in the order of their items, from what is stored of them, so that it
 * can be begun again by anybody. They go to the files of a ResultWriter, or into one JSON text.
 */
export async function mapRunResults(request: ResultsRequest): Promise<Results> {
  try {
    if (request.writer === null || request.writer.resource === null) return await gather(request);
    return await exportResults(request, request.writer, request.writer.resource);
  } catch (error) {
    if (error instanceof ItemStorageError) return failed(error.error, error.message);
    if (error instanceof StatesError) return failed(error.error, error.detail);
    throw error;
  }
}

function failed(error: string, cause: string): Results {
  return { ok: false, failure: { error, cause } };
}

async function exportResults(request: ResultsRequest, writer: EvaluatedStorage, resource: string): Promise<Results> {
  const { storage, mapRunArn, signal } = request;
  if (storage === undefined) {
    return failed('States.ResultWriterFailed', 'No storage for results is configured on this installation.');
  }
  const { parameters, config } = writer;
  const target = { resource, parameters, writerConfig: config, roleArn: null, mapRunArn, signal };
  const files = storage.exportResults(target);
  try {
    for await (const result of childResults(request)) await files.add(result);
    return { ok: true, text: await files.finish(), isExported: true };
  } catch (error) {
    await files.abort();
    throw error;
  }
}

async function gather(request: ResultsRequest): Promise<Results> {
  const { config } = request.writer ?? { config: null };
  const transformation = transformationOf(config?.['Transformation']);
  const isLines = config?.['OutputType'] === 'JSONL';
  const texts: string[] = [];
  let length = 0;
  for await (const result of childResults(request)) {
    for (const text of childResultTexts(result, transformation)) {
      texts.push(text);
      length += text.length + 1;
    }
    if (length > MAX_DATA_BYTES + 1) {
      return failed('States.DataLimitExceeded', tooLarge(request.state.name));
    }
  }
  const text = isLines ? JSON.stringify(texts.join('\n')) : `[${texts.join(',')}]`;
  return { ok: true, text, isExported: false };
}

function transformationOf(value: unknown): ResultTransformation {
  return value === 'NONE' || value === 'FLATTEN' ? value : 'COMPACT';
}

function childResults(request: ResultsRequest): AsyncGenerator<ChildResult> {
  return request.state.executionType === 'EXPRESS' ? expressResults(request) : standardResults(request);
}

async function* standardResults({ store, origin, children, signal }: ResultsRequest): AsyncGenerator<ChildResult> {
  const { mapRunId } = origin;
  for (let after = -1; after < children - 1; ) {
    signal.throwIfAborted();
    const page = await store.listChildren({ parentId: mapRunId, after, order: 'items', limit: CHILDREN_A_PAGE });
    for (const record of page) yield resultOf(record);
    const last = page.at(-1)?.parent?.taskId;
    if (last === undefined) return;
    after = last;
  }
}

function resultOf(record: ExecutionRecord): ChildResult {
  const { executionArn, name, stateMachineArn, input, output, error, cause, startDate, stopDate, redriveCount } =
    record;
  const status = record.status === 'RUNNING' || record.status === 'PENDING_REDRIVE' ? 'PENDING' : record.status;
  return {
    ...{ status, executionArn, name, stateMachineArn, input, output, error, cause, startDate, stopDate, redriveCount },
    ...redrivable(status),
  };
}

function redrivable(status: ChildResult['status']): Pick<ChildResult, 'redriveStatus' | 'redriveStatusReason'> {
  return status === 'SUCCEEDED'
    ? { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven' }
    : { redriveStatus: 'REDRIVABLE_BY_MAP_RUN', redriveStatusReason: null };
}

async function* expressResults({ store, origin, children, signal }: ResultsRequest): AsyncGenerator<ChildResult> {
  const { mapRunId } = origin;
  for (let page = 0; page * OUTCOMES_A_PAGE < children; page++) {
    signal.throwIfAborted();
    const outcomes = outcomesOf(await store.readOutcomes({ mapRunId, page, pages: 1 }));
    for (const index of [...outcomes.keys()].sort((left, right) => left - right)) {
      const outcome = outcomes.get(index);
      if (outcome !== undefined) yield outcomeResult(origin, outcome);
    }
  }
}

function outcomeResult(origin: ChildOrigin, outcome: ChildOutcome): ChildResult {
  const { status, input, output, error, cause, startDate, stopDate } = outcome;
  return {
    ...expressChild(origin, outcome.index),
    ...{ status, input: input ?? 'null', output, error, cause, startDate, stopDate, redriveCount: 0 },
    ...redrivable(status),
  };
}

/** What a Map Run ends with. `result` is JSON text. */
export interface Finished {
  readonly failure: MapRunFailure | null;
  readonly result: string | null;
  readonly isExported: boolean;
}

/** One that has failed exports what there is; that nobody may wait for it, its own failure stands whatever comes of that. */
export async function finishMapRun(
  store: ResultsRequest['store'],
  { phase, isStopped, failure, next }: MapRunState,
  request: Pick<ResultsRequest, 'storage' | 'origin' | 'mapRunArn' | 'signal'> & { readonly work: MapRunWork },
): Promise<Finished> {
  const { work } = request;
  if (phase === 'STOPPING' && (isStopped || failure === null)) return { failure, result: null, isExported: false };
  let writer: EvaluatedStorage | null;
  try {
    writer = work.writer();
  } catch (error) {
    if (!(error instanceof StatesError)) throw error;
    return { failure: failure ?? { error: error.error, cause: error.detail }, result: null, isExported: false };
  }
  if (failure !== null && (writer === null || writer.resource === null))
    return { failure, result: null, isExported: false };
  const results = await mapRunResults({ ...request, store, state: work.state, writer, children: next });
  if (failure !== null) return { failure, result: null, isExported: results.ok };
  if (!results.ok) return { failure: results.failure, result: null, isExported: false };
  return { failure: null, result: results.text, isExported: results.isExported };
}
