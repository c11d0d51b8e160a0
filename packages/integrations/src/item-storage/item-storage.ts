import {
  type ItemReadRequest,
  type ItemStorage,
  ItemStorageError,
  type ReadItem,
  type ResultExport,
  type ResultExportRequest,
} from '@everstep/engine';
import { StatesError } from '@everstep/language';
import type { SdkCaller } from '../aws-sdk/sdk-caller.ts';
import { readDataset, readLimit } from './dataset.ts';
import { readDatasetItems } from './read-dataset.ts';
import { ResultFiles } from './result-files.ts';
import { S3CallError, S3Calls, type S3Patience, USUAL_PATIENCE } from './s3-calls.ts';

/**
 * Datasets and results in S3, what speaks its API, or the folders that stand for buckets: whatever the caller's clients
 * of S3 talk to.
 */
export function createItemStorage(caller: SdkCaller, patience: S3Patience = USUAL_PATIENCE): ItemStorage {
  const callsFor = ({ roleArn, signal }: ItemReadRequest | ResultExportRequest): S3Calls =>
    new S3Calls(caller, roleArn, signal, patience);
  return {
    readItems: (request) => readItems(callsFor(request), request),
    exportResults: (request) => withErrors(() => new ResultFiles(callsFor(request), request), request.signal),
  };
}

async function* readItems(calls: S3Calls, request: ItemReadRequest): AsyncGenerator<ReadItem> {
  try {
    request.signal.throwIfAborted();
    const limit = readLimit(request);
    let taken = 0;
    if (limit <= request.skip) return;
    for await (const { values, source } of readDatasetItems(calls, readDataset(request))) {
      const first = Math.max(request.skip - taken, 0);
      const behind = Math.min(values.length, limit - taken);
      for (const value of values.slice(first, behind)) {
        yield { value, source };
        request.signal.throwIfAborted();
      }
      taken += values.length;
      if (taken >= limit) return;
    }
  } catch (error) {
    throw asStorageError(error, 'States.ItemReaderFailed', request.signal);
  }
}

/** `open`: not before the first call, which tells what is wrong with the request. */
function withErrors(open: () => ResultExport, signal: AbortSignal): ResultExport {
  let files: ResultExport | null = null;
  const told = async <Result>(act: (files: ResultExport) => Promise<Result>): Promise<Result> => {
    try {
      signal.throwIfAborted();
      files ??= open();
      return await act(files);
    } catch (error) {
      throw asStorageError(error, 'States.ResultWriterFailed', signal);
    }
  };
  return {
    add: (result) => told((opened) => opened.add(result)),
    finish: () => told((opened) => opened.finish()),
    abort: async () => files?.abort(),
  };
}

function asStorageError(error: unknown, name: string, signal: AbortSignal): unknown {
  // The one who ended it knows why.
  if (signal.aborted) return signal.reason;
  if (error instanceof ItemStorageError) return error;
  if (error instanceof StatesError) return new ItemStorageError(error.error, error.detail, { cause: error });
  if (error instanceof S3CallError) return new ItemStorageError(name, error.message, { cause: error });
  return new ItemStorageError(name, error instanceof Error ? error.message : String(error), { cause: error });
}
