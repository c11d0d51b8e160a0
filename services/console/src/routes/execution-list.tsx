import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import { type ReactElement, useEffect, useState } from 'react';
import { Link } from 'react-router';
import { call } from '../api/call.ts';
import { listenToList } from '../api/live.ts';
import { Button } from '../ui/button.tsx';
import { nameOf, numberText } from '../ui/format.ts';
import { Empty, ErrorNote, Loading, Span, StatusBadge, useNow, When } from '../ui/parts.tsx';

const PAGE = 50;
/** How often the list is read anew where the server tells of no changes, in milliseconds. */
const POLL_MS = 3_000;
export const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const;

/** What the address says about the list: it can be bookmarked and sent to others. */
export interface Filters {
  readonly machine: string;
  readonly statuses: readonly string[];
  readonly name: string;
  /** What the input has: `orderId = 42`. */
  readonly input: string;
  readonly period: string;
  readonly from: string;
  readonly to: string;
}

export const NO_FILTERS: Filters = { machine: '', statuses: [], name: '', input: '', period: '', from: '', to: '' };

function secondsOf(local: string): number | undefined {
  const at = Date.parse(local);
  return Number.isNaN(at) ? undefined : at / 1_000;
}

/** From when on executions are looked for: with a period it moves, but stays for all pages of one listing. */
function startOf({ period, from }: Filters): number | undefined {
  if (period === 'custom') return secondsOf(from);
  const seconds = Number(period);
  return seconds > 0 ? Math.floor(Date.now() / 1_000 - seconds) : undefined;
}

function queryOf(filters: Filters, after: number | undefined): operations.SearchExecutionsInput {
  const { machine, statuses, name, input, period, to } = filters;
  const isCustom = period === 'custom';
  const before = isCustom ? secondsOf(to) : undefined;
  const wanted = STATUSES.filter((status) => statuses.includes(status));
  return {
    maxResults: PAGE,
    ...(machine === '' ? {} : { stateMachineArn: machine }),
    ...(wanted.length === 0 ? {} : { statusFilter: wanted }),
    ...(name.trim() === '' ? {} : { nameContains: name.trim() }),
    ...(input.trim() === '' ? {} : { inputFilter: input.trim() }),
    ...(after === undefined ? {} : { startedAfter: after }),
    ...(before === undefined ? {} : { startedBefore: before }),
  };
}

function useLiveList(machine: string): boolean {
  const client = useQueryClient();
  const [isLive, setLive] = useState(false);
  useEffect(() => {
    const again = (): void => void client.invalidateQueries({ queryKey: ['executions'] });
    return listenToList(machine === '' ? null : machine.split(':').slice(0, 7).join(':'), again, setLive);
  }, [client, machine]);
  return isLive;
}

/** A token is good for the very filters of the page before it. */
type PageParam = { readonly token: string; readonly after: number | undefined } | null;
const FIRST_PAGE: PageParam = null;

export function ExecutionList({ filters }: { readonly filters: Filters }): ReactElement {
  const isLive = useLiveList(filters.machine);
  const { data, error, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['executions', filters],
    initialPageParam: FIRST_PAGE,
    queryFn: async ({ pageParam, signal }) => {
      const after = pageParam === null ? startOf(filters) : pageParam.after;
      const next = pageParam === null ? {} : { nextToken: pageParam.token };
      return { ...(await call('SearchExecutions', { ...queryOf(filters, after), ...next }, signal)), after };
    },
    getNextPageParam: ({ nextToken, after }): PageParam =>
      nextToken === undefined ? null : { token: nextToken, after },
    placeholderData: keepPreviousData,
    refetchInterval: isLive ? false : POLL_MS,
  });
  if (error !== null) return <ErrorNote error={error} title="The executions cannot be listed" />;
  if (data === undefined) return <Loading what="executions" />;
  const executions = data.pages.flatMap((page) => page.executions);
  const notSearched = data.pages.reduce((sum, page) => sum + (page.notSearched ?? 0), 0);
  if (executions.length === 0 && !hasNextPage) {
    return (
      <>
        <NotSearched count={notSearched} />
        <Empty title="No executions">Nothing has run yet, or nothing fits the filters.</Empty>
      </>
    );
  }
  return (
    <>
      <NotSearched count={notSearched} />
      <ExecutionTable executions={executions} />
      <div className="card-head">
        <span className="muted small" role="status">
          {executions.length} shown · {isLive ? 'live' : `every ${POLL_MS / 1_000} s`}
        </span>
        {hasNextPage && (
          <Button size="small" isDisabled={isFetchingNextPage} onPress={() => void fetchNextPage()}>
            {isFetchingNextPage ? 'Loading …' : 'Older ones'}
          </Button>
        )}
      </div>
    </>
  );
}

function NotSearched({ count }: { readonly count: number }): ReactElement | null {
  if (count === 0) return null;
  return (
    <div className="note" data-kind="late" role="status">
      <div>
        {count === 1 ? 'The input of 1 execution is' : `The inputs of ${numberText(count)} executions are`} encrypted
        and cannot be searched.
      </div>
    </div>
  );
}

function ExecutionTable({ executions }: { executions: readonly operations.ExecutionListItem[] }): ReactElement {
  const now = useNow(true);
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="List of executions">
      <table className="list">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Status</th>
            <th scope="col">State machine</th>
            <th scope="col">Started</th>
            <th scope="col" className="right">
              Duration
            </th>
          </tr>
        </thead>
        <tbody>
          {executions.map((execution) => (
            <tr key={execution.executionArn}>
              <td className="name" title={execution.name}>
                <Link to={`/executions/${encodeURIComponent(execution.executionArn)}`}>{execution.name}</Link>
              </td>
              <td>
                <StatusBadge status={execution.status} />
              </td>
              <td className="break">{qualifiedName(execution)}</td>
              <td>
                <When at={execution.startDate} now={now} />
              </td>
              <td className="right">
                <Span from={execution.redriveDate ?? execution.startDate} to={execution.stopDate} now={now} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function qualifiedName(execution: operations.ExecutionListItem): string {
  const { stateMachineAliasArn, stateMachineVersionArn, stateMachineArn } = execution;
  return nameOf(stateMachineAliasArn ?? stateMachineVersionArn ?? stateMachineArn);
}
