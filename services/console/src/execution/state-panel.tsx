import { useQuery } from '@tanstack/react-query';
import type { HistoryEvent } from '@everstep/language';
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import { call } from '../api/call.ts';
import { WaitingNote } from '../approvals/waiting-note.tsx';
import type { Attempt, HistoryModel, Visit } from '../history/history-model.ts';
import { Button } from '../ui/button.tsx';
import { exactTime, nameOf, numberText, spanText } from '../ui/format.ts';
import { JsonView } from '../ui/json-view.tsx';
import { ErrorNote, Fact, Loading, StatusBadge } from '../ui/parts.tsx';
import { FailureNote } from './failure-note.tsx';
import type { CalculatedExecution } from './calculate-steps.ts';
import { type ExecutedMachine, Pipeline } from './pipeline.tsx';
import { placeText } from './selection.ts';

interface StatePanelProps {
  readonly execution: CalculatedExecution;
  /** What it runs. */
  readonly machine: ExecutedMachine | null;
  readonly model: HistoryModel;
  /** null: the execution has not been in it. */
  readonly visit: Visit | null;
  readonly state: string;
  /** JSON text of the state in its definition. */
  readonly definition: string | null;
  readonly now: number;
  readonly onVisit: (visit: Visit) => void;
  readonly onClose: () => void;
  readonly onTest: (input: string) => void;
}

/** Everything about one time that the execution was in a state. */
export function StatePanel(props: StatePanelProps): ReactElement {
  const { execution, machine, model, visit, state, definition, now, onVisit, onClose, onTest } = props;
  const { executionArn } = execution;
  return (
    <aside className="card pad stack panel" aria-label={`State ${state}`}>
      <div className="row between">
        <h2 className="break">{state}</h2>
        <Button size="small" kind="plain" icon="cross" label="Close the details" onPress={onClose} />
      </div>
      {visit === null ? (
        <p className="muted">The execution has not been in this state.</p>
      ) : (
        <>
          <VisitPicker model={model} visit={visit} onVisit={onVisit} />
          <VisitFacts model={model} visit={visit} now={now} />
          {model.statusOf(visit) === 'RUNNING' && visit.type === 'Task' && (
            <WaitingNote executionArn={executionArn} state={visit.state} />
          )}
          {visit.error !== null && <FailureNote error={visit.error} cause={visit.cause} state={visit.state} />}
          <VisitData {...{ execution, machine, model, visit, onTest }} />
        </>
      )}
      {definition !== null && <JsonView text={definition} label="Definition" />}
    </aside>
  );
}

interface VisitPickerProps {
  readonly model: HistoryModel;
  readonly visit: Visit;
  readonly onVisit: (visit: Visit) => void;
}

function VisitPicker({ model, visit, onVisit }: VisitPickerProps): ReactElement | null {
  const visits = model.visitsByState.get(visit.state) ?? [];
  if (visits.length < 2) return null;
  const at = visits.indexOf(visit);
  const go = (to: number): void => {
    const other = visits[to];
    if (other !== undefined) onVisit(other);
  };
  const failed = visits.findIndex((one) => model.statusOf(one) === 'FAILED');
  return (
    <div className="row">
      <Button size="small" label="The time before" isDisabled={at === 0} onPress={() => go(at - 1)}>
        ←
      </Button>
      <span className="num small" role="status">
        {numberText(at + 1)} of {numberText(visits.length)}
      </span>
      <Button size="small" label="The next time" isDisabled={at === visits.length - 1} onPress={() => go(at + 1)}>
        →
      </Button>
      {failed !== -1 && failed !== at && (
        <Button size="small" onPress={() => go(failed)}>
          The failed one
        </Button>
      )}
    </div>
  );
}

function VisitFacts({ model, visit, now }: { model: HistoryModel; visit: Visit; now: number }): ReactElement {
  const { iterations, items } = visit;
  const place = placeText(visit);
  return (
    <dl className="facts">
      <Fact name="Status">
        <StatusBadge status={model.statusOf(visit)} />
      </Fact>
      <Fact name="Type">{visit.type}</Fact>
      <Fact name="Entered">{exactTime(visit.enteredAt)}</Fact>
      <Fact name="Duration">{spanText(model.durationOf(visit, now))}</Fact>
      {place !== '' && <Fact name="Within">{place}</Fact>}
      {visit.type === 'Map' && (
        <Fact name="Items">
          {numberText(iterations.succeeded)} of {numberText(items ?? iterations.started)} done
          {iterations.failed > 0 && `, ${numberText(iterations.failed)} failed`}
          {iterations.aborted > 0 && `, ${numberText(iterations.aborted)} aborted`}
        </Fact>
      )}
      {visit.attempts.length > 0 && <Fact name="Attempts">{numberText(visit.attempts.length)}</Fact>}
    </dl>
  );
}

interface VisitDataProps {
  readonly execution: CalculatedExecution;
  readonly machine: ExecutedMachine | null;
  readonly model: HistoryModel;
  readonly visit: Visit;
  readonly onTest: (input: string) => void;
}

function VisitData({ execution, machine, model, visit, onTest }: VisitDataProps): ReactElement {
  const { executionArn } = execution;
  const attempt = visit.attempts.at(-1);
  const entered = useEvent(executionArn, visit.enteredId);
  const scheduled = useEvent(executionArn, attempt?.scheduledId ?? null);
  const ended = useEvent(executionArn, attempt?.endId ?? null);
  const exited = useEvent(executionArn, visit.exitedId);
  const submitted = useEvent(executionArn, attempt === undefined ? null : submittedId(model, visit, attempt));
  if (entered.error !== null) return <ErrorNote error={entered.error} title="The data cannot be read" />;
  if (entered.event === null) return <Loading what="data" />;
  const input = entered.event.stateEnteredEventDetails?.input;
  const parameters = memberOf(scheduled.event, 'parameters') ?? memberOf(scheduled.event, 'input');
  const result = memberOf(ended.event, 'output');
  const output = exited.event?.stateExitedEventDetails?.output;
  const variables = exited.event?.stateExitedEventDetails?.assignedVariables;
  const child = childOf(memberOf(submitted.event, 'output')) ?? childOf(result);
  return (
    <>
      {child !== null && (
        <Link to={`/executions/${encodeURIComponent(child)}`}>The execution that it started: {nameOf(child)}</Link>
      )}
      {input !== undefined && <JsonView text={input} label="Input" />}
      {parameters !== undefined && <JsonView text={parameters} label="Sent to the task" />}
      {result !== undefined && <JsonView text={result} label="Result of the task" />}
      {variables !== undefined && <JsonView text={JSON.stringify(variables)} label="Variables assigned" />}
      {output !== undefined && <JsonView text={output} label="Output" />}
      {input !== undefined && (
        <div className="row">
          <Button onPress={() => onTest(input)}>Test this state with this input</Button>
        </div>
      )}
      {input !== undefined && machine !== null && (visit.exitedId !== null || visit.error !== null) && (
        <Pipeline key={visit.enteredId} {...{ execution, machine, model, visit, input, result }} />
      )}
    </>
  );
}

/** The event that tells what a `.sync` or callback task has begun; null: none, or not yet. */
function submittedId(model: HistoryModel, visit: Visit, { scheduledId }: Attempt): number | null {
  const found = model.events.find(
    ({ id, type }) => id > scheduledId && type === 'TaskSubmitted' && model.visitOf(id) === visit,
  );
  return found?.id ?? null;
}

/** The execution that a task's answer tells of; null: it is no start of one. */
function childOf(output: string | undefined): string | null {
  if (output === undefined || !output.includes(':execution:')) return null;
  try {
    const answer: { readonly ExecutionArn?: unknown; readonly executionArn?: unknown } | null = JSON.parse(output);
    const arn = answer?.ExecutionArn ?? answer?.executionArn;
    return typeof arn === 'string' && /^arn:aws:states:[^:]*:\d{12}:execution:[^:]+:[^:]+$/.test(arn) ? arn : null;
  } catch {
    return null;
  }
}

/** One event with its data; null while there is none. */
export function useEvent(
  executionArn: string,
  eventId: number | null,
): { readonly event: HistoryEvent | null; readonly error: unknown } {
  const { data, error } = useQuery({
    queryKey: ['event', executionArn, eventId],
    enabled: eventId !== null,
    // What has happened stays as it was.
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const request = { executionArn, fromEventId: eventId ?? 1, maxResults: 1, includeExecutionData: true };
      const { events } = await call('GetHistoryEvents', request, signal);
      return events[0] ?? null;
    },
  });
  return { event: eventId === null ? null : (data ?? null), error };
}

/** A text of an event's details, whatever these are called. */
function memberOf(event: HistoryEvent | null, member: 'parameters' | 'input' | 'output'): string | undefined {
  for (const details of Object.values(event ?? {})) {
    if (typeof details !== 'object' || details === null) continue;
    const value: unknown = Reflect.get(details, member);
    if (typeof value === 'string') return value;
  }
  return undefined;
}
