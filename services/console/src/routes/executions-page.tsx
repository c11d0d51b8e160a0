import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import { type ReactElement, useEffect, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { call } from '../api/call.ts';
import { listenToList } from '../api/live.ts';
import { Button } from '../ui/button.tsx';
import { Choice, Field } from '../ui/field.tsx';
import { machineNameOf, nameOf, STATUS_WORDS } from '../ui/format.ts';
import { Empty, ErrorNote, Loading, PageHead, Span, StatusBadge, useNow, When } from '../ui/parts.tsx';

const PAGE = 50;
/** How often the list is read anew where the server tells of no changes, in milliseconds. */
const POLL_MS = 3_000;
const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const;
const PERIODS: ReadonlyArray<readonly [string, string]> = [
  ['', 'Any time'],
  ['900', 'Last 15 minutes'],
  ['3600', 'Last hour'],
  ['86400', 'Last day'],
  ['604800', 'Last week'],
  ['custom', 'From … to …'],
];

/** What the address says about the list: it can be bookmarked and sent to others. */
interface Filters {
  readonly machine: string;
  readonly statuses: readonly string[];
  readonly name: string;
  readonly period: string;
  readonly from: string;
  readonly to: string;
}

function filtersOf(params: URLSearchParams): Filters {
  return {
    machine: params.get('machine') ?? '',
    statuses: params.getAll('status'),
    name: params.get('name') ?? '',
    period: params.get('period') ?? '',
    from: params.get('from') ?? '',
    to: params.get('to') ?? '',
  };
}

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
  const { machine, statuses, name, period, to } = filters;
  const isCustom = period === 'custom';
  const before = isCustom ? secondsOf(to) : undefined;
  const wanted = STATUSES.filter((status) => statuses.includes(status));
  return {
    maxResults: PAGE,
    ...(machine === '' ? {} : { stateMachineArn: machine }),
    ...(wanted.length === 0 ? {} : { statusFilter: wanted }),
    ...(name.trim() === '' ? {} : { nameContains: name.trim() }),
    ...(after === undefined ? {} : { startedAfter: after }),
    ...(before === undefined ? {} : { startedBefore: before }),
  };
}

export function ExecutionsPage(): ReactElement {
  const [params, setParams] = useSearchParams();
  const filters = filtersOf(params);
  const change = (name: string, values: readonly string[]): void => {
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        next.delete(name);
        for (const value of values) if (value !== '') next.append(name, value);
        return next;
      },
      { replace: true },
    );
  };
  return (
    <>
      <PageHead title="Executions" document="Executions" />
      <section className="card" aria-label="Executions">
        <div className="card-head">
          <FilterBar filters={filters} change={change} />
        </div>
        <ExecutionList filters={filters} />
      </section>
    </>
  );
}

interface FilterBarProps {
  readonly filters: Filters;
  readonly change: (name: string, values: readonly string[]) => void;
}

function FilterBar({ filters, change }: FilterBarProps): ReactElement {
  const { machine, statuses, name, period, from, to } = filters;
  const toggle = (status: string): void => {
    change('status', statuses.includes(status) ? statuses.filter((one) => one !== status) : [...statuses, status]);
  };
  return (
    <div className="stack grow">
      <div className="filters">
        <Field
          className="wide"
          label="Name contains"
          type="search"
          value={name}
          onChange={(value) => change('name', [value])}
        />
        <MachineChoice machine={machine} onChange={(value) => change('machine', [value])} />
        <Choice label="Started" value={period} options={PERIODS} onChange={(value) => change('period', [value])} />
        {period === 'custom' && (
          <>
            <Field label="From" type="datetime-local" value={from} onChange={(value) => change('from', [value])} />
            <Field label="Before" type="datetime-local" value={to} onChange={(value) => change('to', [value])} />
          </>
        )}
      </div>
      <div className="chips" role="group" aria-label="Status">
        {STATUSES.map((status) => (
          <button
            key={status}
            type="button"
            className="chip"
            aria-pressed={statuses.includes(status)}
            {...(statuses.includes(status) ? { 'data-selected': '' } : {})}
            onClick={() => toggle(status)}
          >
            {STATUS_WORDS[status]}
          </button>
        ))}
      </div>
    </div>
  );
}

interface MachineChoiceProps {
  readonly machine: string;
  readonly onChange: (arn: string) => void;
}

/** A machine, and of it a version or an alias. */
function MachineChoice({ machine, onChange }: MachineChoiceProps): ReactElement {
  const unqualified = machine.split(':').slice(0, 7).join(':');
  const machines = useQuery({
    queryKey: ['machines', 'names'],
    queryFn: ({ signal }) => call('ListStateMachines', { maxResults: 1000 }, signal),
  });
  const qualifiers = useQuery({
    queryKey: ['qualifiers', unqualified],
    enabled: unqualified !== '',
    queryFn: async ({ signal }) => {
      const request = { stateMachineArn: unqualified, maxResults: 1000 };
      const [versions, aliases] = await Promise.all([
        call('ListStateMachineVersions', request, signal),
        call('ListStateMachineAliases', request, signal),
      ]);
      return [
        ...aliases.stateMachineAliases.map(({ stateMachineAliasArn }) => stateMachineAliasArn),
        ...versions.stateMachineVersions.map(({ stateMachineVersionArn }) => stateMachineVersionArn),
      ];
    },
  });
  const standard = (machines.data?.stateMachines ?? []).filter(({ type }) => type === 'STANDARD');
  const listed = standard.map(({ stateMachineArn, name }): [string, string] => [stateMachineArn, name]);
  const known =
    listed.some(([arn]) => arn === unqualified) || unqualified === ''
      ? listed
      : [...listed, [unqualified, machineNameOf(unqualified)] as const];
  return (
    <>
      <Choice label="State machine" value={unqualified} options={[['', 'All'], ...known]} onChange={onChange} />
      {unqualified !== '' && (qualifiers.data?.length ?? 0) > 0 && (
        <Choice
          label="Version or alias"
          value={machine}
          options={[
            [unqualified, 'Any'],
            ...(qualifiers.data ?? []).map((arn): [string, string] => [arn, nameOf(arn)]),
          ]}
          onChange={onChange}
        />
      )}
    </>
  );
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

function ExecutionList({ filters }: { readonly filters: Filters }): ReactElement {
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
  if (executions.length === 0 && !hasNextPage) {
    return <Empty title="No executions">Nothing has run yet, or nothing fits the filters.</Empty>;
  }
  return (
    <>
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
