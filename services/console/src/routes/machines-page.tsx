import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import { type ReactElement, useState } from 'react';
import { Link } from 'react-router';
import { call } from '../api/call.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { numberText, spanText } from '../ui/format.ts';
import { Empty, ErrorNote, Loading, PageHead, useNow, When } from '../ui/parts.tsx';

const PAGE = 200;
const DAY_SECONDS = 86_400;
const AGAIN_MS = 10_000;

export function MachinesPage(): ReactElement {
  const [wanted, setWanted] = useState('');
  const { data, error, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['machines'],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      call('ListStateMachines', { maxResults: PAGE, ...(pageParam === '' ? {} : { nextToken: pageParam }) }, signal),
    getNextPageParam: ({ nextToken }) => nextToken,
    refetchInterval: AGAIN_MS,
  });
  const lately = useQuery({
    queryKey: ['overview', DAY_SECONDS],
    queryFn: ({ signal }) => call('GetOverview', { periodSeconds: DAY_SECONDS }, signal),
    refetchInterval: AGAIN_MS,
  });
  const machines = (data?.pages ?? []).flatMap((page) => page.stateMachines);
  const shown = machines.filter(({ name }) => name.toLowerCase().includes(wanted.trim().toLowerCase()));
  return (
    <>
      <PageHead title="State machines" document="State machines">
        <Link className="button" data-kind="primary" to="/machines/new">
          Create state machine
        </Link>
      </PageHead>
      <section className="card" aria-label="State machines">
        <div className="card-head">
          <div className="filters grow">
            <Field className="wide" label="Name contains" type="search" value={wanted} onChange={setWanted} />
          </div>
          <span className="muted small" role="status">
            {numberText(shown.length)} of {numberText(machines.length)}
            {hasNextPage && '+'}
          </span>
        </div>
        {error !== null && <ErrorNote error={error} title="The state machines cannot be listed" />}
        {data === undefined && error === null && <Loading what="state machines" />}
        {data !== undefined && shown.length === 0 && (
          <Empty title="No state machines">
            {machines.length === 0 ? 'Create one here, or with everstep deploy.' : 'None has such a name.'}
          </Empty>
        )}
        {shown.length > 0 && <MachineTable machines={shown} lately={lately.data?.machines ?? []} />}
        {hasNextPage && (
          <div className="card-head">
            <Button size="small" onPress={() => void fetchNextPage()}>
              More
            </Button>
          </div>
        )}
      </section>
    </>
  );
}

interface MachineTableProps {
  readonly machines: readonly operations.StateMachineListItem[];
  readonly lately: readonly operations.MachineOverview[];
}

function MachineTable({ machines, lately }: MachineTableProps): ReactElement {
  const now = useNow(true, 10_000);
  const counts = new Map(lately.map((one) => [one.stateMachineArn, one]));
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="List of state machines">
      <table className="list">
        <thead>
          <tr>
            {['Name', 'Type', 'Created'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
            {['Running', 'Started (24 h)', 'Succeeded', 'Failed', 'Median'].map((title) => (
              <th key={title} scope="col" className="right">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {machines.map(({ stateMachineArn, name, type, creationDate }) => {
            const one = counts.get(stateMachineArn);
            const failed = (one?.failed ?? 0) + (one?.timedOut ?? 0);
            return (
              <tr key={stateMachineArn}>
                <td className="name" title={name}>
                  <Link to={`/machines/${encodeURIComponent(stateMachineArn)}`}>{name}</Link>
                </td>
                <td>{type === 'EXPRESS' ? 'Express' : 'Standard'}</td>
                <td>
                  <When at={creationDate} now={now} />
                </td>
                <td className="right num">{numberText(one?.running ?? 0)}</td>
                <td className="right num">{numberText(one?.started ?? 0)}</td>
                <td className="right num">{numberText(one?.succeeded ?? 0)}</td>
                <td className="right num">{failed > 0 ? <strong className="bad">{numberText(failed)}</strong> : 0}</td>
                <td className="right num">{one?.p50 === undefined ? '–' : spanText(one.p50)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
