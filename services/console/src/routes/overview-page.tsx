import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import { type ReactElement, useMemo, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { call } from '../api/call.ts';
import { Installation } from '../overview/installation.tsx';
import { StateFigures } from '../overview/state-figures.tsx';
import { type Line, TimeChart, type TimeRange } from '../overview/time-chart.tsx';
import { Choice } from '../ui/field.tsx';
import { dateText, machineNameOf, numberText, spanText } from '../ui/format.ts';
import { Empty, ErrorNote, Loading, PageHead } from '../ui/parts.tsx';

const PERIODS: ReadonlyArray<readonly [string, string]> = [
  ['900', 'Last 15 minutes'],
  ['3600', 'Last hour'],
  ['21600', 'Last 6 hours'],
  ['86400', 'Last day'],
  ['604800', 'Last week'],
  ['2592000', 'Last 30 days'],
];
const AGAIN_MS = 5_000;

export default function OverviewPage(): ReactElement {
  const [params, setParams] = useSearchParams();
  const period = params.get('period') ?? '3600';
  const { data, error } = useQuery({
    queryKey: ['overview', Number(period)],
    queryFn: ({ signal }) => call('GetOverview', { periodSeconds: Number(period) }, signal),
    refetchInterval: AGAIN_MS,
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <PageHead title="Overview" document="Overview">
        <Choice
          label="Executions that started in the"
          value={period}
          options={PERIODS}
          onChange={(chosen) => setParams({ period: chosen }, { replace: true })}
        />
      </PageHead>
      {error !== null && <ErrorNote error={error} title="The figures cannot be read" />}
      {data === undefined && error === null && <Loading what="the figures" />}
      {data !== undefined && <Figures overview={data} period={period} />}
      <StateFigures periodSeconds={Number(period)} />
      <Installation />
    </>
  );
}

interface FiguresProps {
  readonly overview: operations.GetOverviewOutput;
  readonly period: string;
}

function Figures({ overview, period }: FiguresProps): ReactElement {
  const { totals, running, runningIsMinimum, countedFrom, from } = overview;
  return (
    <>
      {countedFrom > from + 1 && (
        <div className="note" data-kind="late">
          <div>
            More executions started in this period than are counted for one answer: the figures are of those since{' '}
            {dateText(countedFrom)}.
          </div>
        </div>
      )}
      <div className="tiles">
        <Tile
          name="Running now"
          status="RUNNING"
          value={`${numberText(running)}${runningIsMinimum ? '+' : ''}`}
          period=""
        />
        <Tile name="Started" value={numberText(totals.started)} period={period} />
        <Tile name="Succeeded" status="SUCCEEDED" value={numberText(totals.succeeded)} period={period} />
        <Tile name="Failed" status="FAILED" value={numberText(totals.failed)} period={period} />
        <Tile name="Timed out" status="TIMED_OUT" value={numberText(totals.timedOut)} period={period} />
        <Tile name="Aborted" status="ABORTED" value={numberText(totals.aborted)} period={period} />
        <Tile name="Median" value={totals.p50 === undefined ? '–' : spanText(totals.p50)} period={period} />
        <Tile name="95 %" value={totals.p95 === undefined ? '–' : spanText(totals.p95)} period={period} />
      </div>
      <Charts overview={overview} />
      <Machines machines={overview.machines} />
    </>
  );
}

interface TileProps {
  readonly name: string;
  readonly value: string;
  readonly status?: string;
  readonly period: string;
}

/** A figure, and the way to the executions that it counts. */
function Tile({ name, value, status, period }: TileProps): ReactElement {
  const query = new URLSearchParams({
    ...(status === undefined ? {} : { status }),
    ...(period === '' ? {} : { period }),
  });
  return (
    <Link className="card tile" data-status={status} to={`/executions?${query.toString()}`}>
      <span className="muted small">{name}</span>
      <span className="value num">{value}</span>
    </Link>
  );
}

function Charts({ overview }: { readonly overview: operations.GetOverviewOutput }): ReactElement {
  const { buckets, totals, bucketSeconds } = overview;
  const [zoomed, setZoomed] = useState<TimeRange | null>(null);
  const times = useMemo(() => buckets.map(({ date }) => date), [buckets]);
  const counts = useMemo(
    (): Line[] => [
      { name: 'Started', colour: '--accent', values: buckets.map(({ started }) => started) },
      { name: 'Succeeded', colour: '--ok-strong', values: buckets.map(({ succeeded }) => succeeded) },
      { name: 'Failed', colour: '--bad-strong', values: buckets.map(({ failed }) => failed) },
      { name: 'Timed out', colour: '--late-strong', values: buckets.map(({ timedOut }) => timedOut) },
      { name: 'Aborted', colour: '--off-strong', values: buckets.map(({ aborted }) => aborted) },
    ],
    [buckets],
  );
  const durations = useMemo(
    (): Line[] => [
      { name: 'Median', colour: '--ok-strong', values: buckets.map(({ p50 }) => p50 ?? null) },
      { name: '95 %', colour: '--late-strong', values: buckets.map(({ p95 }) => p95 ?? null) },
      { name: '99 %', colour: '--bad-strong', values: buckets.map(({ p99 }) => p99 ?? null) },
    ],
    [buckets],
  );
  const every = `per ${spanText(bucketSeconds)}`;
  const spoken = `${numberText(totals.started)} started, ${numberText(totals.succeeded)} succeeded, ${numberText(totals.failed)} failed`;
  const median = totals.p50 === undefined ? 'none ended well' : `median ${spanText(totals.p50)}`;
  return (
    <div className="charts">
      <section className="card" aria-label="Executions over time">
        <div className="card-head">
          <h2>Executions over time</h2>
          <span className="muted small">
            {every}; {zoomed === null ? 'drag to zoom' : <Zoomed range={zoomed} bucketSeconds={bucketSeconds} />},
            double click for all
          </span>
        </div>
        <TimeChart
          {...{ times, lines: counts }}
          text={numberText}
          label={`Executions over time: ${spoken}`}
          onZoom={setZoomed}
          isCount
        />
      </section>
      <section className="card" aria-label="Duration over time">
        <div className="card-head">
          <h2>Duration</h2>
          <span className="muted small">of executions that ended well</span>
        </div>
        <TimeChart
          {...{ times, lines: durations }}
          text={spanText}
          label={`Duration over time: ${median}`}
          isCount={false}
        />
      </section>
    </div>
  );
}

/** The way to the executions that started in the part that is zoomed into. */
function Zoomed({ range, bucketSeconds }: { range: TimeRange; bucketSeconds: number }): ReactElement {
  // A step of the chart holds what started from its time on, until the next one.
  const stepOf = (seconds: number): number => Math.floor(seconds / bucketSeconds) * bucketSeconds;
  const [from, to] = [stepOf(range.from), stepOf(range.to) + bucketSeconds];
  const query = new URLSearchParams({ period: 'custom', from: localText(from), to: localText(to) });
  return (
    <Link className="underlined" to={`/executions?${query.toString()}`}>
      its executions
    </Link>
  );
}

/** As fields for a date and a time have it. */
function localText(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

function Machines({ machines }: { readonly machines: readonly operations.MachineOverview[] }): ReactElement {
  return (
    <section className="card" aria-label="By state machine">
      <div className="card-head">
        <h2>By state machine</h2>
      </div>
      {machines.length === 0 ? (
        <Empty title="Nothing ran in this period" />
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label="Figures by state machine">
          <table className="list">
            <thead>
              <tr>
                <th scope="col">State machine</th>
                {['Running', 'Started', 'Succeeded', 'Failed', 'Timed out', 'Aborted', 'Median', '95 %'].map(
                  (title) => (
                    <th key={title} scope="col" className="right">
                      {title}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>
              {machines.map((machine) => (
                <MachineRow key={machine.stateMachineArn} machine={machine} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function MachineRow({ machine }: { readonly machine: operations.MachineOverview }): ReactElement {
  const { stateMachineArn, running, started, succeeded, failed, timedOut, aborted, p50, p95 } = machine;
  return (
    <tr>
      <td className="name">
        <Link to={`/executions?machine=${encodeURIComponent(stateMachineArn)}`}>{machineNameOf(stateMachineArn)}</Link>
      </td>
      {[running, started, succeeded, failed, timedOut, aborted].map((count, index) => (
        <td key={index} className="right num">
          {numberText(count)}
        </td>
      ))}
      <td className="right num">{p50 === undefined ? '–' : spanText(p50)}</td>
      <td className="right num">{p95 === undefined ? '–' : spanText(p95)}</td>
    </tr>
  );
}
