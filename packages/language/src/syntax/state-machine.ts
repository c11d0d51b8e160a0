import type { Expression, ReferencePath, Scope } from '../data/expression.ts';
import type { JsonObject } from '../json.ts';

/**
 * The typed, compiled definition. A revision is immutable, so it is parsed and compiled once and shared.
 * `null` means that the definition leaves the field out (or, for ResultPath, sets it to null: discard).
 */
export type QueryLanguage = 'JSONPath' | 'JSONata';

/** A machine, a Parallel's branch or a Map's processor. */
export interface StateGraph {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

export interface StateMachine extends StateGraph {
  readonly queryLanguage: QueryLanguage;
  readonly comment: string | null;
  readonly version: string | null;
  readonly timeoutSeconds: number | null;
}

interface StateCommon {
  readonly name: string;
  readonly queryLanguage: QueryLanguage;
  readonly comment: string | null;
  /** `/States/X`, for diagnostics. */
  readonly location: string;
  /** The names of the variables that the state's fields read. */
  readonly variableReferences: ReadonlySet<string>;
}

interface WithNext {
  /** The next state, or null with `End: true`. */
  readonly next: string | null;
}

interface WithInputOutput {
  /** `$` where absent; an Expression giving `{}` for `null`. */
  readonly inputPath: Expression;
  readonly outputPath: Expression;
  /** JSONata's Output (an Expression over the whole value); null in JSONPath states. */
  readonly output: Expression | null;
}

interface WithAssign {
  /** Evaluates to an object: variable name to value. */
  readonly assign: Expression | null;
}

interface WithResult {
  readonly parameters: Expression | null;
  readonly resultSelector: Expression | null;
  /** null: the result is discarded. */
  readonly resultPath: ReferencePath | null;
}

export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds: number | null;
  readonly jitterStrategy: 'FULL' | 'NONE';
}

export interface Catcher {
  readonly errorEquals: readonly string[];
  readonly next: string;
  readonly resultPath: ReferencePath | null;
  readonly output: Expression | null;
  readonly assign: Expression | null;
}

interface WithErrorHandling {
  readonly retry: readonly Retrier[];
  readonly catch: readonly Catcher[];
}

export interface PassState extends StateCommon, WithNext, WithInputOutput, WithAssign {
  readonly type: 'Pass';
  readonly parameters: Expression | null;
  readonly resultPath: ReferencePath | null;
  /** The literal Result, or null where absent. */
  readonly result: Expression | null;
}

export type TaskPattern = 'requestResponse' | 'sync' | 'waitForTaskToken';

/** A Task's Resource, taken apart. */
export interface TaskResource {
  readonly arn: string;
  /** `lambda`: a function ARN; `activity`: an activity ARN; `integration`: `arn:…:states:::service:action[.pattern]`. */
  readonly kind: 'lambda' | 'activity' | 'integration';
  /** As in history's resourceType: `lambda`, `activity`, `states`, `sqs`, `aws-sdk:s3`, `http`, `everstep`, … */
  readonly service: string;
  /** As in history's resource: `invoke`, `invoke.waitForTaskToken`, `startExecution.sync:2`, … */
  readonly action: string;
  /** The action without its pattern suffix: `invoke`, `startExecution`. */
  readonly operation: string;
  readonly pattern: TaskPattern;
  /** 2 for `.sync:2`, else 1. */
  readonly syncVersion: 1 | 2;
}

export interface TaskState extends StateCommon, WithNext, WithInputOutput, WithAssign, WithResult, WithErrorHandling {
  readonly type: 'Task';
  readonly resource: TaskResource;
  /** A constant or what TimeoutSecondsPath names; null where absent. */
  readonly timeoutSeconds: Expression | null;
  readonly heartbeatSeconds: Expression | null;
  readonly credentials: Expression | null;
}

/** A Choice rule's test. Throws StatesError (a path without a match is States.Runtime). */
export interface Condition {
  test(scope: Scope): boolean;
}

export interface ChoiceRule {
  readonly condition: Condition;
  readonly next: string;
  readonly assign: Expression | null;
  readonly output: Expression | null;
}

export interface ChoiceState extends StateCommon, WithInputOutput, WithAssign {
  readonly type: 'Choice';
  readonly choices: readonly ChoiceRule[];
  readonly default: string | null;
}

export interface WaitState extends StateCommon, WithNext, WithInputOutput, WithAssign {
  readonly type: 'Wait';
  readonly until: {
    readonly kind: 'seconds' | 'timestamp';
    readonly field: 'Seconds' | 'SecondsPath' | 'Timestamp' | 'TimestampPath';
    readonly value: Expression;
  };
}

export interface SucceedState extends StateCommon, WithInputOutput {
  readonly type: 'Succeed';
}

export interface FailState extends StateCommon {
  readonly type: 'Fail';
  readonly error: Expression | null;
  readonly cause: Expression | null;
}

export interface ParallelState
  extends StateCommon,
    WithNext,
    WithInputOutput,
    WithAssign,
    WithResult,
    WithErrorHandling {
  readonly type: 'Parallel';
  readonly branches: readonly StateGraph[];
}

/** How a Distributed Map reads its items. */
export interface ItemReader {
  /** `arn:aws:states:::s3:getObject` or `…:listObjectsV2`. */
  readonly resource: string;
  /** Parameters or Arguments. */
  readonly arguments: Expression | null;
  /** ReaderConfig as it is written, without what paths and expressions give; null where absent. */
  readonly config: JsonObject | null;
  /** null: the objects of a bucket (`s3:listObjectsV2`), or left out. */
  readonly inputType: 'CSV' | 'JSON' | 'JSONL' | 'PARQUET' | 'MANIFEST' | null;
  /** One character. */
  readonly csvDelimiter: string;
  /** The names of the columns; null: the first row has them. */
  readonly csvHeaders: readonly string[] | null;
  /** A JSON Pointer. */
  readonly itemsPointer: Expression | null;
  readonly maxItems: Expression | null;
}

/** What a Distributed Map does with its results. */
export interface ResultWriter {
  /** `arn:aws:states:::s3:putObject`; null: they go to the state's output. */
  readonly resource: string | null;
  /** Parameters or Arguments. */
  readonly arguments: Expression | null;
  /** WriterConfig; null where absent. */
  readonly config: JsonObject | null;
}

/** How a Distributed Map hands several items to one child. */
export interface ItemBatcher {
  readonly batchInput: Expression | null;
  readonly maxItemsPerBatch: Expression | null;
  readonly maxInputBytesPerBatch: Expression | null;
}

export interface MapState extends StateCommon, WithNext, WithInputOutput, WithAssign, WithResult, WithErrorHandling {
  readonly type: 'Map';
  readonly processor: StateGraph;
  readonly mode: 'INLINE' | 'DISTRIBUTED';
  /** The items: ItemsPath (default `$`) or JSONata's Items. */
  readonly items: Expression;
  /** ItemSelector, or the legacy Parameters. */
  readonly itemSelector: Expression | null;
  /** 0: no limit. */
  readonly maxConcurrency: Expression | null;
  readonly toleratedFailureCount: Expression | null;
  readonly toleratedFailurePercentage: Expression | null;
  readonly label: string | null;
  readonly itemReader: ItemReader | null;
  readonly itemBatcher: ItemBatcher | null;
  readonly resultWriter: ResultWriter | null;
  /** Of a Distributed Map's children. */
  readonly executionType: 'STANDARD' | 'EXPRESS';
}

export type State =
  | PassState
  | TaskState
  | ChoiceState
  | WaitState
  | SucceedState
  | FailState
  | ParallelState
  | MapState;
