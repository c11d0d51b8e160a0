import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type StateGraph, stateGraph } from '@everstep/graph';
import type { operations } from '@everstep/protocol';
import { type ReactElement, useMemo, useState } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import { call } from '../api/call.ts';
import { EventList } from '../execution/event-list.tsx';
import { EventPanel } from '../execution/event-panel.tsx';
import { ExecutionActions } from '../execution/execution-actions.tsx';
import { FailureNote } from '../execution/failure-note.tsx';
import { MapRuns } from '../execution/map-runs.tsx';
import { type Selection, visitOf } from '../execution/selection.ts';
import type { ExecutedMachine } from '../execution/pipeline.tsx';
import { StatePanel } from '../execution/state-panel.tsx';
import { TestDialog } from '../execution/test-dialog.tsx';
import { Timeline } from '../execution/timeline.tsx';
import { VisitTable } from '../execution/visit-table.tsx';
import { GraphView } from '../graph/graph-view.tsx';
import type { HistoryModel, Visit } from '../history/history-model.ts';
import { looksOf } from '../history/looks.ts';
import { type LiveHistory, useHistory } from '../history/use-history.ts';
import { stateText } from '../machine/state-text.ts';
import { machineNameOf, nameOf, numberText, STATUS_WORDS } from '../ui/format.ts';
import { JsonView } from '../ui/json-view.tsx';
import { ErrorNote, Fact, Loading, PageHead, Span, StatusBadge, useNow, When } from '../ui/parts.tsx';
import { Tabs } from '../ui/tabs.tsx';

/** How often an execution is asked for while nothing tells of it by itself, in milliseconds. */
const ASK_MS = 10_000;

export default function ExecutionPage(): ReactElement {
  const { executionArn = '' } = useParams();
  const { data, error } = useQuery({
    queryKey: ['execution', executionArn],
    queryFn: ({ signal }) => call('DescribeExecution', { executionArn }, signal),
    refetchInterval: ASK_MS,
  });
  const machine = useQuery({
    queryKey: ['execution-machine', executionArn],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => call('DescribeStateMachineForExecution', { executionArn }, signal),
  });
  if (error !== null && data === undefined) {
    return (
      <>
        <PageHead title="Execution" document="Execution" crumbs={CRUMBS} />
        <ErrorNote error={error} title="The execution cannot be shown" />
      </>
    );
  }
  if (data === undefined) return <Loading what="the execution" />;
  return <Execution key={executionArn} execution={data} machine={machine.data ?? null} />;
}

const CRUMBS = [{ to: '/executions', text: 'Executions' }];

interface ExecutionProps {
  readonly execution: operations.DescribeExecutionOutput;
  /** What it runs; null: not known yet. */
  readonly machine: ExecutedMachine | null;
}

function Execution({ execution, machine }: ExecutionProps): ReactElement {
  const { executionArn, status } = execution;
  const client = useQueryClient();
  // An execution that runs again, by whoever's redrive, has a history that goes on.
  const [round, setRound] = useState(0);
  const isOpen = status === 'RUNNING' || status === 'PENDING_REDRIVE';
  const history = useHistory({
    ...{ executionArn, isOpen, round: round + execution.redriveCount },
    onStatus: (told) => {
      if (told.status !== status) void client.invalidateQueries({ queryKey: ['execution', executionArn] });
    },
  });
  const now = useNow(isOpen);
  return (
    <>
      <PageHead
        title={execution.name}
        document={`${STATUS_WORDS[status] ?? status}: ${execution.name}`}
        crumbs={[...CRUMBS, machineCrumb(execution.stateMachineArn)]}
      >
        <ExecutionActions execution={execution} onRedriven={() => setRound(round + 1)} />
      </PageHead>
      <ExecutionFacts execution={execution} history={history} now={now} />
      <Failure execution={execution} model={history.model} />
      {history.error !== null && <ErrorNote error={history.error} title="The history cannot be read" />}
      {history.model.hasMapRuns && <MapRuns executionArn={executionArn} />}
      <Views execution={execution} machine={machine} history={history} now={now} />
    </>
  );
}

function machineCrumb(stateMachineArn: string): { to: string; text: string } {
  return { to: `/machines/${encodeURIComponent(stateMachineArn)}`, text: machineNameOf(stateMachineArn) };
}

interface FactsProps {
  readonly execution: operations.DescribeExecutionOutput;
  readonly history: LiveHistory;
  readonly now: number;
}

function ExecutionFacts({ execution, history, now }: FactsProps): ReactElement {
  const { startDate, stopDate, redriveDate, redriveCount, stateMachineAliasArn, stateMachineVersionArn } = execution;
  const qualifier = stateMachineAliasArn ?? stateMachineVersionArn;
  const { model, isComplete, isLive } = history;
  return (
    <section className="card pad" aria-label="Facts">
      <dl className="facts">
        <Fact name="Status">
          <StatusBadge status={execution.status} />
        </Fact>
        <Fact name="State machine">
          <Link to={machineCrumb(execution.stateMachineArn).to}>{nameOf(qualifier ?? execution.stateMachineArn)}</Link>
        </Fact>
        <Fact name="Started">
          <When at={startDate} />
        </Fact>
        <Fact name={stopDate === undefined ? 'Running for' : 'Duration'}>
          <Span from={redriveDate ?? startDate} to={stopDate} now={now} />
        </Fact>
        {stopDate !== undefined && (
          <Fact name="Ended">
            <When at={stopDate} />
          </Fact>
        )}
        {redriveCount > 0 && <Fact name="Redrives">{numberText(redriveCount)}</Fact>}
        <Fact name="Events">
          {numberText(model.lastEventId)}
          {!isComplete && history.error === null && <span className="muted"> reading …</span>}
          {isLive && model.ending === null && <span className="muted"> live</span>}
        </Fact>
      </dl>
    </section>
  );
}

/** Why it failed, where, and what the expression at fault was. */
function Failure({
  execution,
  model,
}: {
  execution: ExecutionProps['execution'];
  model: HistoryModel;
}): ReactElement | null {
  const [params, setParams] = useSearchParams();
  const { error, cause, status } = execution;
  if (status !== 'FAILED' && status !== 'TIMED_OUT' && status !== 'ABORTED') return null;
  if (error === undefined && status === 'ABORTED') return null;
  const culprit = model.ending?.culprit ?? null;
  // Others before it may have been caught.
  const evaluation = model.events.findLast(
    (event) => event.evaluationFailedEventDetails !== undefined && model.visitOf(event.id) === culprit,
  );
  const location = evaluation?.evaluationFailedEventDetails?.location ?? null;
  const show = (state: string): void => {
    const next = new URLSearchParams(params);
    next.set('state', state);
    setParams(next, { replace: true });
  };
  return (
    <FailureNote
      error={error ?? STATUS_WORDS[status] ?? status}
      cause={cause ?? null}
      state={culprit?.state ?? null}
      location={location}
    >
      {culprit !== null && (
        <div>
          <button type="button" className="link" onClick={() => show(culprit.state)}>
            Show {culprit.state}
          </button>
        </div>
      )}
    </FailureNote>
  );
}

interface ViewsProps extends ExecutionProps {
  readonly history: LiveHistory;
  readonly now: number;
}

function Views({ execution, machine, history, now }: ViewsProps): ReactElement {
  const definition = machine?.definition ?? null;
  const [params, setParams] = useSearchParams();
  const { model, version } = history;
  const [test, setTest] = useState<{ readonly state: string; readonly input: string } | null>(null);
  const change = (values: Readonly<Record<string, string | null>>): void => {
    const next = new URLSearchParams(params);
    for (const [name, value] of Object.entries(values)) {
      if (value === null) next.delete(name);
      else next.set(name, value);
    }
    setParams(next, { replace: true });
  };
  const tab = params.get('tab') ?? 'graph';
  const selection = selectionOf(params);
  const eventId = Number(params.get('event') ?? 0);
  const visit = selection === null ? null : visitOf(model, selection);
  const select = (chosen: Visit): void => change({ state: chosen.state, visit: String(chosen.enteredId), event: null });
  const visits = { model, version, now, selected: visit, onSelect: select };
  const { executionArn } = execution;
  const close = (): void => change({ state: null, visit: null, event: null });
  const selectState = (state: string | null): void => change({ state, visit: null, event: null });
  const tabs = [
    {
      ...{ id: 'graph', title: 'Graph' },
      content: (
        <LiveGraph {...{ definition, model, version }} selected={selection?.state ?? null} onSelect={selectState} />
      ),
    },
    { id: 'table', title: 'Table', content: <VisitTable {...visits} /> },
    { id: 'timeline', title: 'Timeline', content: <Timeline {...visits} /> },
    {
      ...{ id: 'events', title: 'Events' },
      content: (
        <EventList
          {...{ model, version }}
          selected={eventId}
          onSelect={(id) => change({ event: String(id), state: null })}
        />
      ),
    },
    { id: 'data', title: 'Input and output', content: <ExecutionData execution={execution} /> },
  ];
  return (
    <div className="split" data-open={selection !== null || eventId > 0}>
      <Tabs label="Views of the execution" selected={tab} onSelect={(id) => change({ tab: id })} tabs={tabs} />
      {eventId > 0 && <EventPanel executionArn={executionArn} eventId={eventId} onClose={close} />}
      {selection !== null && eventId === 0 && (
        <StatePanel
          {...{ execution, machine, model, visit, now }}
          state={selection.state}
          definition={definition === null ? null : stateText(definition, selection.state)}
          onVisit={select}
          onClose={close}
          onTest={(input) => setTest({ state: selection.state, input })}
        />
      )}
      {test !== null && definition !== null && (
        <TestDialog {...test} definition={definition} onClose={() => setTest(null)} />
      )}
    </div>
  );
}

function selectionOf(params: URLSearchParams): Selection | null {
  const state = params.get('state');
  if (state === null) return null;
  const visit = Number(params.get('visit') ?? 0);
  return { state, enteredId: visit > 0 ? visit : null };
}

interface LiveGraphProps {
  readonly definition: string | null;
  readonly model: HistoryModel;
  readonly version: number;
  readonly selected: string | null;
  readonly onSelect: (state: string | null) => void;
}

function LiveGraph({ definition, model, version, selected, onSelect }: LiveGraphProps): ReactElement {
  const graph = useMemo(() => readGraph(definition), [definition]);
  const looks = useMemo(() => looksOf(model), [model, version]);
  if (graph === null) return <Loading what="the definition" />;
  return (
    <section className="card" aria-label="Graph">
      <GraphView {...{ graph, looks, selected, onSelect }} label="Graph of the states" />
    </section>
  );
}

function readGraph(definition: string | null): StateGraph | null {
  return definition === null ? null : stateGraph(definition);
}

function ExecutionData({ execution }: { readonly execution: operations.DescribeExecutionOutput }): ReactElement {
  const { input, output, error, cause } = execution;
  return (
    <section className="card pad stack" aria-label="Input and output">
      {input !== undefined && <JsonView text={input} label="Input" />}
      {output !== undefined && <JsonView text={output} label="Output" />}
      {error !== undefined && <JsonView text={error} label="Error" />}
      {cause !== undefined && <JsonView text={cause} label="Cause" />}
      {output === undefined && error === undefined && <p className="muted">There is no output yet.</p>}
    </section>
  );
}
