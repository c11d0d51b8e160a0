import type { Json, JsonObject } from '@everstep/language';

/**
 * Where a Distributed Map's items come from and its results go: S3, what speaks its API, or folders that stand for
 * buckets. Everything passes through as a stream; neither a dataset nor the results are ever in memory as a whole.
 */
export interface ItemStorage {
  /**
   * The items of a dataset, in its order. Nothing happens before the first is asked for, and nothing is read ahead of
   * what is asked for but a bounded part. Leaving the loop ends it. Throws {@link ItemStorageError}; what the signal
   * ends throws its reason.
   */
  readItems(request: ItemReadRequest): AsyncIterable<ReadItem>;
  /** Begins to write the results of a Map Run. Nothing is written before the first `add` or `finish`. */
  exportResults(request: ResultExportRequest): ResultExport;
}

/** An ItemReader, evaluated. */
export interface ItemReadRequest {
  /** `arn:aws:states:::s3:getObject` or `arn:aws:states:::s3:listObjectsV2`. */
  readonly resource: string;
  /** Parameters or Arguments: Bucket, Key or Prefix, VersionId, ExpectedBucketOwner … */
  readonly parameters: Json;
  /**
   * ReaderConfig in AWS's words: InputType, Transformation, ManifestType, CSVDelimiter, CSVHeaderLocation, CSVHeaders,
   * ItemsPointer (text), MaxItems (a number, whether it was given as such, by a path or by an expression; 0: no limit).
   * null: it was left out.
   */
  readonly readerConfig: JsonObject | null;
  /** The role that the state names (Credentials); null: the process's own credentials. */
  readonly roleArn: string | null;
  readonly mapRunArn: string;
  /** Items at the beginning that were taken already: they are passed over, and count for MaxItems. */
  readonly skip: number;
  readonly signal: AbortSignal;
}

/** One item of a dataset. */
export interface ReadItem {
  /** JSON text, compact. A member of an object is `{"Key": …, "Value": …}`. */
  readonly value: string;
  /** What `Map.Item.Source` of the Context Object says: `S3://bucket` of listed objects, else `S3://bucket/key`. */
  readonly source: string;
}

/** A ResultWriter, evaluated, with a Resource. */
export interface ResultExportRequest {
  /** `arn:aws:states:::s3:putObject`. */
  readonly resource: string;
  /** Parameters or Arguments: Bucket, Prefix, ExpectedBucketOwner. */
  readonly parameters: Json;
  /** WriterConfig in AWS's words: Transformation, OutputType; null: it was left out. */
  readonly writerConfig: JsonObject | null;
  readonly roleArn: string | null;
  /** Its last part names the folder of the files, so that the same Map Run written again replaces its own files. */
  readonly mapRunArn: string;
  readonly signal: AbortSignal;
}

/** Results on their way out. Calls follow each other: the next is made when the last has answered. */
export interface ResultExport {
  /** Takes a child execution; waits where the storage is slower. Throws {@link ItemStorageError}. */
  add(result: ChildResult): Promise<void>;
  /** Completes the files and writes their manifest. JSON text: `{"MapRunArn": …, "ResultWriterDetails": {"Bucket": …, "Key": …}}`. */
  finish(): Promise<string>;
  /** Gives up what is incomplete; never throws, and does nothing after `finish`. */
  abort(): Promise<void>;
}

/** A child execution of a Map Run, as its end is reported. */
export interface ChildResult {
  /** PENDING: it was never started, or waits to be redriven. */
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING';
  readonly executionArn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  /** JSON text. */
  readonly input: string;
  /** JSON text, of one that succeeded. */
  readonly output: string | null;
  readonly error: string | null;
  readonly cause: string | null;
  /** Milliseconds since the epoch; null: not yet. */
  readonly startDate: number | null;
  readonly stopDate: number | null;
  readonly redriveCount: number;
  readonly redriveStatus: 'REDRIVABLE' | 'NOT_REDRIVABLE' | 'REDRIVABLE_BY_MAP_RUN';
  readonly redriveStatusReason: string | null;
}

/** The dataset could not be read, or the results not be written: what the Map fails with. */
export class ItemStorageError extends Error {
  /** `States.ItemReaderFailed`, `States.ResultWriterFailed`, or another error that Catch can name. */
  readonly error: string;
  constructor(error: string, cause: string, options?: ErrorOptions) {
    super(cause, options);
    this.name = 'ItemStorageError';
    this.error = error;
  }
}
