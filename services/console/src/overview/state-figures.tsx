import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import { call } from '../api/call.ts';
import { machineNameOf, numberText, spanText } from '../ui/format.ts';
import { Empty, ErrorNote, Loading } from '../ui/parts.tsx';

/** Looking into histories costs more than counting. */
const AGAIN_MS = 20_000;
const SHOWN = 8;

interface StateFiguresProps {
  readonly periodSeconds: number;
}

/** Where the time goes, and where things go wrong. */
export function StateFigures({ periodSeconds }: StateFiguresProps): ReactElement {
  const { data, error } = useQuery({
    queryKey: ['state-figures', periodSeconds],
    queryFn: ({ signal }) => call('GetStateFigures', { periodSeconds }, signal),
    refetchInterval: AGAIN_MS,
    placeholderData: keepPreviousData,
  });
  if (error !== null && data === undefined) return <ErrorNote error={error} title="The states cannot be compared" />;
  if (data === undefined) return <Loading what="the states" />;
  const { executions, failedExecutions, isPart, notRead } = data;
  return (
    <>
      <div className="charts">
        <section className="card" aria-label="Slowest states">
          <div className="card-head">
            <h2>Slowest states</h2>
            <span className="muted small">of {countText(executions, isPart)} that ended</span>
          </div>
          {data.slowest.length === 0 ? (
            <Empty title="No state was left in this period" />
          ) : (
            <Slowest states={data.slowest} />
          )}
        </section>
        <section className="card" aria-label="Most failing states">
          <div className="card-head">
            <h2>Most failing states</h2>
            <span className="muted small">of {countText(failedExecutions, isPart)} that failed or timed out</span>
          </div>
          {data.failing.length === 0 ? (
            <Empty title="Nothing failed in this period" />
          ) : (
            <Failing states={data.failing} periodSeconds={periodSeconds} />
          )}
        </section>
      </div>
      {notRead > 0 && (
        <div className="note" data-kind="late">
          <div>The histories of {numberText(notRead)} executions are encrypted under a key that is not there.</div>
        </div>
      )}
    </>
  );
}

function Slowest({ states }: { readonly states: readonly operations.StateDuration[] }): ReactElement {
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Durations of states">
      <table className="list">
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">State machine</th>
            {['Visits', 'Median', '95 %', 'Longest'].map((title) => (
              <th key={title} scope="col" className="right">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {states.slice(0, SHOWN).map(({ stateMachineArn, stateName, stateType, visits, p50, p95, longest }) => (
            <tr key={`${stateMachineArn} ${stateName}`}>
              <td className="break">
                {stateName} <span className="muted small">{stateType}</span>
              </td>
              <td className="break">
                <Link to={`/machines/${encodeURIComponent(stateMachineArn)}`}>{machineNameOf(stateMachineArn)}</Link>
              </td>
              <td className="right num">{numberText(visits)}</td>
              {[p50, p95, longest].map((seconds, index) => (
                <td key={index} className="right num nowrap">
                  {spanText(seconds)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface FailingProps extends StateFiguresProps {
  readonly states: readonly operations.FailingState[];
}

function Failing({ states, periodSeconds }: FailingProps): ReactElement {
  const failed = (machine: string): string => {
    const query = new URLSearchParams({ machine, period: String(periodSeconds) });
    for (const status of ['FAILED', 'TIMED_OUT']) query.append('status', status);
    return `/executions?${query.toString()}`;
  };
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="States in which executions failed">
      <table className="list">
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">State machine</th>
            <th scope="col">Error</th>
            <th scope="col" className="right">
              Failed
            </th>
            <th scope="col">Newest</th>
          </tr>
        </thead>
        <tbody>
          {states.slice(0, SHOWN).map(({ stateMachineArn, stateName, error, executions, executionArn }) => (
            <tr key={`${stateMachineArn} ${stateName}`}>
              <td className="break">{stateName}</td>
              <td className="break">
                <Link to={failed(stateMachineArn)}>{machineNameOf(stateMachineArn)}</Link>
              </td>
              <td className="break mono small">{error === '' ? '–' : error}</td>
              <td className="right num">
                <strong className="bad">{numberText(executions)}</strong>
              </td>
              <td className="name short" title={executionNameOf(executionArn)}>
                <Link to={`/executions/${encodeURIComponent(executionArn)}`}>{executionNameOf(executionArn)}</Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function executionNameOf(executionArn: string): string {
  return executionArn.split(':').slice(7).join(':');
}

function countText(executions: number, isPart: boolean): string {
  return `${isPart ? 'the newest ' : ''}${numberText(executions)} ${executions === 1 ? 'execution' : 'executions'}`;
}
