import { useInfiniteQuery } from '@tanstack/react-query';
import type { ApprovalListItem, ApprovalScope } from '@everstep/protocol';
import { type ReactElement, useEffect, useRef, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { call } from '../api/call.ts';
import { useSession } from '../api/session.tsx';
import { ApprovalBadge, Due, whoText } from '../approvals/approval-parts.tsx';
import { WaitingTasks } from '../approvals/waiting-tasks.tsx';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { machineNameOf, numberText } from '../ui/format.ts';
import { Empty, ErrorNote, Loading, PageHead, useNow, When } from '../ui/parts.tsx';
import { Tabs } from '../ui/tabs.tsx';

const PAGE = 50;
const ASK_MS = 3_000;

type View = 'mine' | 'groups' | 'all' | 'closed';
const VIEWS: ReadonlyArray<readonly [View, string]> = [
  ['mine', 'Mine'],
  ['groups', 'My groups'],
  ['all', 'All'],
  ['closed', 'Closed'],
];
const SCOPES: Readonly<Record<View, ApprovalScope>> = { mine: 'MINE', groups: 'GROUPS', all: 'ALL', closed: 'ALL' };

/** The inbox. */
export default function ApprovalsPage(): ReactElement {
  const { user } = useSession();
  const [params, setParams] = useSearchParams();
  // Where nobody is asked who they are, everything is everybody's.
  const views = user === null ? VIEWS.filter(([id]) => id === 'all' || id === 'closed') : VIEWS;
  const asked = params.get('view');
  const [view] = views.find(([id]) => id === asked) ?? views[0] ?? VIEWS[0] ?? ['all'];
  return (
    <>
      <PageHead title="Approvals" document="Approvals" />
      <Tabs
        label="Which approvals"
        selected={view}
        onSelect={(id) => setParams({ view: id }, { replace: true })}
        tabs={views.map(([id, title]) => ({ id, title, content: <Inbox key={id} view={id} /> }))}
      />
    </>
  );
}

function Inbox({ view }: { readonly view: View }): ReactElement {
  const [wanted, setWanted] = useState('');
  const now = useNow(true);
  const { data, error, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['approvals', view],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      call(
        'ListApprovals',
        {
          scope: SCOPES[view],
          status: view === 'closed' ? 'CLOSED' : 'OPEN',
          maxResults: PAGE,
          ...(pageParam === '' ? {} : { nextToken: pageParam }),
        },
        signal,
      ),
    getNextPageParam: ({ nextToken }) => nextToken,
    refetchInterval: ASK_MS,
  });
  const all = (data?.pages ?? []).flatMap(({ approvals }) => approvals);
  const text = wanted.trim().toLowerCase();
  const shown = all.filter((item) => textOf(item).includes(text));
  return (
    <div className="stack">
      <section className="card" aria-label="Inbox">
        <div className="card-head">
          <div className="filters grow">
            <Field
              className="wide"
              label="Title, person, state or machine contains"
              type="search"
              value={wanted}
              onChange={setWanted}
            />
          </div>
          <span className="muted small" role="status">
            {numberText(shown.length)}
            {hasNextPage && '+'} {view === 'closed' ? 'closed' : 'waiting'}
          </span>
        </div>
        {error !== null && <ErrorNote error={error} title="The approvals cannot be listed" />}
        {data === undefined && error === null && <Loading what="approvals" />}
        {data !== undefined && shown.length === 0 && (
          <Empty title={view === 'closed' ? 'Nothing was decided yet' : 'Nothing waits for you here'}>
            {text === '' ? 'What people are asked for appears by itself.' : 'Nothing here has this in it.'}
          </Empty>
        )}
        {shown.length > 0 && <ApprovalCards items={shown} now={now} />}
        {hasNextPage && (
          <div className="card-head">
            <Button size="small" onPress={() => void fetchNextPage()}>
              More
            </Button>
          </div>
        )}
      </section>
      {view === 'all' && <WaitingTasks now={now} />}
    </div>
  );
}

function textOf(item: ApprovalListItem): string {
  const { title = '', stateName, stateMachineArn } = item;
  return `${title}\n${whoText(item)}\n${stateName}\n${machineNameOf(stateMachineArn)}`.toLowerCase();
}

/** From the place where the keyboard is, or from the beginning; who writes in a field means letters. */
function moveIn(list: HTMLElement | null, event: KeyboardEvent): void {
  const step = ['j', 'ArrowDown'].includes(event.key) ? 1 : ['k', 'ArrowUp'].includes(event.key) ? -1 : 0;
  if (step === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  if (
    event.target instanceof Element &&
    event.target.closest('input, textarea, select, [role="tablist"], dialog') !== null
  )
    return;
  const links = [...(list?.querySelectorAll('a') ?? [])];
  const at = links.findIndex((link) => link === document.activeElement);
  const to = links[Math.min(Math.max(at + step, 0), links.length - 1)];
  if (to === undefined) return;
  to.focus();
  event.preventDefault();
}

/** The list; j and k, or the arrows, go from one to the next. */
function ApprovalCards({
  items,
  now,
}: {
  readonly items: readonly ApprovalListItem[];
  readonly now: number;
}): ReactElement {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => moveIn(list.current, event);
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  return (
    <ul className="inbox" ref={list} aria-label="Approvals">
      {items.map((item) => (
        <li key={item.approvalArn}>
          <Link className="inbox-item" to={`/approvals/${encodeURIComponent(item.approvalArn)}`}>
            <span className="inbox-title break">{item.title ?? 'Sealed: its key is not available'}</span>
            <span className="inbox-facts">
              <ApprovalBadge item={item} />
              {item.status === 'OPEN' && <Due item={item} now={now} />}
              {item.quorum > 1 && item.status === 'OPEN' && (
                <span className="num">
                  {item.decisions} of {item.quorum}
                </span>
              )}
              {item.escalated && <span className="late">Escalated</span>}
            </span>
            <span className="muted small break">
              {item.stateName} · {machineNameOf(item.stateMachineArn)} · {whoText(item)} ·{' '}
              <When at={item.closeDate ?? item.creationDate} now={now} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
