import { type Inspection, type JsonObject, jsonText } from '@everstep/language';
import type { operations } from '@everstep/protocol';
import type { WireExchange } from '../ports/integration.ts';

export interface ReportOptions {
  /** JSON text. */
  readonly input: string;
  /** The variables that the request set. */
  readonly variables: JsonObject | null;
  readonly level: operations.InspectionLevel;
  /** What went over the wire, where that is known. */
  readonly exchange: WireExchange | null;
}

/** What TestState answers about a state that has come to its end. */
export function stepReport(inspection: Inspection, options: ReportOptions): operations.TestStateOutput {
  const { exit, failure } = inspection;
  return {
    status: statusOf(inspection),
    ...(exit === null ? {} : { output: jsonText(exit.output) }),
    ...(failure?.error === undefined ? {} : { error: failure.error }),
    ...(failure?.cause === undefined ? {} : { cause: failure.cause }),
    ...(exit === null || exit.next === null ? {} : { nextState: exit.next }),
    ...(options.level === 'INFO' ? {} : { inspectionData: inspectionData(inspection, options) }),
  };
}

function statusOf({ exit, failure, retry }: Inspection): operations.TestStateOutput['status'] {
  if (exit !== null) return failure === null ? 'SUCCEEDED' : 'CAUGHT_ERROR';
  return retry !== null && retry.delayMs !== null ? 'RETRIABLE' : 'FAILED';
}

function inspectionData(
  inspection: Inspection,
  { input, variables, exchange }: ReportOptions,
): operations.InspectionData {
  const { stages, map } = inspection;
  const shown = inspection.variables ?? variables ?? {};
  const errorDetails = errorDetailsOf(inspection);
  return {
    input,
    ...Object.fromEntries([...stages].map(([stage, value]) => [stage, jsonText(value)])),
    ...(Object.keys(shown).length === 0 ? {} : { variables: jsonText(shown) }),
    ...(errorDetails === null ? {} : { errorDetails }),
    ...(map === null ? {} : mapData(map)),
    ...exchange,
  };
}

function mapData(map: NonNullable<Inspection['map']>): operations.InspectionData {
  const { maxConcurrency, toleratedFailureCount: count, toleratedFailurePercentage: percentage } = map;
  return {
    maxConcurrency,
    ...(count === null ? {} : { toleratedFailureCount: count }),
    ...(percentage === null ? {} : { toleratedFailurePercentage: percentage }),
  };
}

function errorDetailsOf({ retry, catchIndex }: Inspection): operations.InspectionErrorDetails | null {
  if (retry === null && catchIndex === null) return null;
  const delayMs = retry?.delayMs ?? null;
  return {
    ...(catchIndex === null ? {} : { catchIndex }),
    ...(retry === null ? {} : { retryIndex: retry.index }),
    ...(delayMs === null ? {} : { retryBackoffIntervalSeconds: Math.round(delayMs / 1000) }),
  };
}
