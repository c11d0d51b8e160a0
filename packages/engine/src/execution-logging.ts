import { type HistoryEvent, utf8Length } from '@everstep/language';
import type { LogLevel } from '@everstep/protocol';
import { parseConfiguration } from './catalog/configuration.ts';
import type { EngineContext } from './context.ts';
import type { RevisionRecord } from './ports/catalog-store.ts';
import type { ExecutionLogTarget } from './ports/execution-log.ts';

/** What a revision wants logged. */
export interface LogPlan {
  readonly target: ExecutionLogTarget;
  readonly level: Exclude<LogLevel, 'OFF'>;
  readonly includeExecutionData: boolean;
}

/** null: nothing, which then costs nothing. */
export function logPlanOf(revision: RevisionRecord): LogPlan | null {
  const { level, includeExecutionData, destinations } = parseConfiguration(revision.configuration).loggingConfiguration;
  const logGroupArn = destinations?.[0]?.cloudWatchLogsLogGroup?.logGroupArn;
  if (level === undefined || level === 'OFF' || logGroupArn === undefined) return null;
  return {
    target: { stateMachineArn: revision.stateMachineArn, logGroupArn },
    level,
    includeExecutionData: includeExecutionData ?? false,
  };
}

export interface LoggedExecution {
  readonly executionArn: string;
  readonly redriveCount: number;
}

/** Hands events that have happened to the log, as far as the plan wants them. */
export function logEvents(
  { executionLog }: Pick<EngineContext, 'executionLog'>,
  plan: LogPlan | null,
  execution: LoggedExecution,
  events: readonly HistoryEvent[],
): void {
  if (plan === null || executionLog === undefined) return;
  const wanted = events.filter(({ type }) => isLogged(plan.level, type));
  if (wanted.length === 0) return;
  executionLog.write(
    plan.target,
    wanted.map((event) => ({ timestamp: event.timestamp, message: logLine(event, execution, plan) })),
  );
}

/** The ends that are no success, at every level. */
const FATAL: ReadonlySet<string> = new Set(['ExecutionAborted', 'ExecutionFailed', 'ExecutionTimedOut']);
const FAILURE = /(Failed|TimedOut|Aborted)$/;

/**
 * Which level logs which type of event. Entering a Fail state is the one entry that counts as an error.
 * https://docs.aws.amazon.com/step-functions/latest/dg/cloudwatch-log-level.html
 */
function isLogged(level: LogPlan['level'], type: string): boolean {
  if (level === 'ALL') return true;
  if (level === 'FATAL') return FATAL.has(type);
  return FAILURE.test(type) || type === 'FailStateEntered';
}

/** In the shape in which AWS writes it: members in snake case, ids and times as strings. */
function logLine(event: HistoryEvent, { executionArn, redriveCount }: LoggedExecution, plan: LogPlan): string {
  const { id, previousEventId, timestamp, type, ...members } = event;
  const [details = {}] = Object.values(members);
  return JSON.stringify({
    id: String(id),
    type,
    details: plan.includeExecutionData ? withinLimit(details) : withoutData(details),
    redrive_count: String(redriveCount),
    previous_event_id: String(previousEventId),
    event_timestamp: String(timestamp),
    execution_arn: executionArn,
  });
}

/** The members that hold execution data, or say something of it. */
const DATA: ReadonlySet<string> = new Set([
  ...['input', 'inputDetails', 'output', 'outputDetails', 'parameters'],
  ...['assignedVariables', 'assignedVariablesDetails'],
]);

function withoutData(details: object): object {
  return Object.fromEntries(Object.entries(details).filter(([name]) => !DATA.has(name)));
}

/** An event of CloudWatch Logs has 256 KB; AWS cuts escaped data at 248 KB and says so in the details. */
const MAX_DATA_BYTES = 248_000;

function withinLimit(details: object): object {
  const cut = Object.entries(details).filter(([name, value]) => {
    const isData = name === 'input' || name === 'output' || name === 'parameters';
    return isData && typeof value === 'string' && isTooLong(value);
  });
  if (cut.length === 0) return details;
  const shortened = cut.flatMap(([name, value]) => [
    [name, cutTo(String(value), MAX_DATA_BYTES)],
    ...(name === 'parameters' ? [] : [[`${name}Details`, { truncated: true }]]),
  ]);
  return { ...details, ...Object.fromEntries(shortened) };
}

function isTooLong(text: string): boolean {
  // Escaping at most sextuples a text, so most need no closer look.
  return text.length * 6 > MAX_DATA_BYTES && utf8Length(JSON.stringify(text)) > MAX_DATA_BYTES;
}

/** The longest beginning of the text that has no more bytes once it is escaped. */
function cutTo(text: string, bytes: number): string {
  let fits = 0;
  let tooLong = text.length + 1;
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (utf8Length(JSON.stringify(text.slice(0, middle))) <= bytes) fits = middle;
    else tooLong = middle;
  }
  return text.slice(0, fits);
}
