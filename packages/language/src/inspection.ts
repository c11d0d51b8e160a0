import type { Json, JsonObject } from './json.ts';
import type { Failure } from './outcome.ts';

/** The stages of a state's data pipeline, by TestState's names. */
export type InspectedStage =
  | 'afterInputPath'
  | 'afterParameters'
  | 'afterArguments'
  | 'result'
  | 'afterResultSelector'
  | 'afterResultPath'
  | 'afterItemsPath'
  | 'afterItemsPointer'
  | 'afterItemSelector'
  | 'afterItemBatcher';

/** What a Map says about its iterations. `itemCount` is null where its ItemReader's data is not known. */
export interface InspectedMap {
  readonly itemCount: number | null;
  /** 0: as many as may be. */
  readonly maxConcurrency: number;
  readonly toleratedFailureCount: number | null;
  readonly toleratedFailurePercentage: number | null;
}

/** How the state was left. */
export interface InspectedExit {
  readonly output: Json;
  readonly next: string | null;
}

/**
 * Watches one state at work. An execution has none, and then a stage costs one look at a null; whoever steps through a
 * single state (see single-step.ts) gives its Run one, and the same code that executes writes down what it came to.
 */
export class Inspection {
  /** Stands for the whole context object, where it is given. */
  readonly context: JsonObject | null;
  /** What a Distributed Map's ItemReader finds, as it stands in its source; null: it is not known. */
  readonly readerData: string | null;
  readonly stages = new Map<InspectedStage, Json>();
  map: InspectedMap | null = null;
  /** The last error that the state met, handled or not. */
  failure: Failure | null = null;
  /** Which retrier names the failure, and its delay where it tries again, in milliseconds. */
  retry: { readonly index: number; readonly delayMs: number | null } | null = null;
  /** Which catcher takes the failure. */
  catchIndex: number | null = null;
  exit: InspectedExit | null = null;
  /** The variables once the state has been left. */
  variables: Readonly<Record<string, Json>> | null = null;

  constructor(given: { readonly context?: JsonObject | null; readonly readerData?: string | null } = {}) {
    this.context = given.context ?? null;
    this.readerData = given.readerData ?? null;
  }

  note(stage: InspectedStage, value: Json): void {
    this.stages.set(stage, value);
  }

  noteFailure(failure: Failure): void {
    this.failure = failure;
  }

  /** `index`: -1 where no retrier names the failure. */
  noteRetry(index: number, delayMs: number | null): void {
    if (index >= 0) this.retry = { index, delayMs };
  }

  noteCatcher(index: number): void {
    this.catchIndex = index;
  }

  noteExit(exit: InspectedExit, variables: Readonly<Record<string, Json>>): void {
    this.exit = exit;
    this.variables = variables;
  }
}
