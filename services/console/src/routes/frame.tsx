import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactElement, ReactNode } from 'react';
import { Link, NavLink } from 'react-router';
import { call } from '../api/call.ts';
import { useSession } from '../api/session.tsx';
import { signOut } from '../api/sign-in.ts';
import { chooseTheme, useTheme } from '../theme/theme.ts';
import { Button } from '../ui/button.tsx';
import { Icon, type IconName } from '../ui/icon.tsx';
import { useToasts } from '../ui/toasts.tsx';

const PAGES: ReadonlyArray<readonly [path: string, title: string, icon: IconName]> = [
  ['/', 'Overview', 'overview'],
  ['/executions', 'Executions', 'executions'],
  ['/approvals', 'Approvals', 'tasks'],
  ['/machines', 'State machines', 'machines'],
  ['/limits', 'Limits', 'limits'],
  ['/activities', 'Activities', 'activities'],
];

/** What stands around every page. */
export function Frame({ children }: { readonly children: ReactNode }): ReactElement {
  return (
    <div className="frame">
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <aside className="side" aria-label="Everstep">
        <Link className="brand" to="/" aria-label="Everstep, home">
          <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
            <rect width="32" height="32" rx="8" fill="#4f46e5" />
            <path d="M6 24h6v-6h6v-6h6V6" fill="none" stroke="#fff" strokeWidth="3.2" strokeLinecap="round" />
          </svg>
          <span>Everstep</span>
        </Link>
        <nav aria-label="Pages">
          {PAGES.map(([path, title, icon]) => (
            <NavLink key={path} to={path} end={path === '/'} title={title}>
              <Icon name={icon} />
              <span>{title}</span>
              {path === '/approvals' && <WaitingCount />}
            </NavLink>
          ))}
        </nav>
        <Foot />
      </aside>
      <main className="content" id="content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

/** How often somebody who looks at another page is told what waits, in milliseconds. */
const COUNT_EVERY_MS = 10_000;
const MOST_COUNTED = 99;

/** How many approvals wait for whoever looks. */
function WaitingCount(): ReactElement | null {
  const { user } = useSession();
  const { data } = useQuery({
    queryKey: ['approvals', 'count'],
    refetchInterval: COUNT_EVERY_MS,
    queryFn: async ({ signal }) => {
      const request = { status: 'OPEN', maxResults: MOST_COUNTED } as const;
      if (user === null) return (await call('ListApprovals', request, signal)).approvals.length;
      const [mine, groups] = await Promise.all([
        call('ListApprovals', { ...request, scope: 'MINE' }, signal),
        call('ListApprovals', { ...request, scope: 'GROUPS' }, signal),
      ]);
      return new Set([...mine.approvals, ...groups.approvals].map(({ approvalArn }) => approvalArn)).size;
    },
  });
  if (data === undefined || data === 0) return null;
  return (
    <span className="count" aria-label={`${data} wait`}>
      {data >= MOST_COUNTED ? `${MOST_COUNTED}+` : data}
    </span>
  );
}

function Foot(): ReactElement {
  const { region, accountId, user } = useSession();
  const shown = useTheme();
  const client = useQueryClient();
  const { fail } = useToasts();
  const leave = (): void => {
    signOut()
      .then(() => client.resetQueries())
      .catch(fail);
  };
  const other = shown === 'dark' ? 'light' : 'dark';
  return (
    <div className="side-foot">
      <Button
        icon={shown === 'dark' ? 'sun' : 'moon'}
        size="small"
        label={`Use the ${other} theme`}
        onPress={() => chooseTheme(other)}
      >
        <span className="where">{other === 'dark' ? 'Dark' : 'Light'}</span>
      </Button>
      {user !== null && (
        <Button icon="leave" size="small" label="Sign out" onPress={leave}>
          <span className="where">Sign out</span>
        </Button>
      )}
      <div className="where">
        {user !== null && <div className="break">{[user.userName, ...user.groups].join(' · ')}</div>}
        <div>
          {accountId} · {region}
        </div>
      </div>
    </div>
  );
}
