import { useQueryClient } from '@tanstack/react-query';
import type { ReactElement, ReactNode } from 'react';
import { Link, NavLink } from 'react-router';
import { useSession } from '../api/session.tsx';
import { signOut } from '../api/sign-in.ts';
import { chooseTheme, useTheme } from '../theme/theme.ts';
import { Button } from '../ui/button.tsx';
import { Icon, type IconName } from '../ui/icon.tsx';
import { useToasts } from '../ui/toasts.tsx';

const PAGES: ReadonlyArray<readonly [path: string, title: string, icon: IconName]> = [
  ['/', 'Overview', 'overview'],
  ['/executions', 'Executions', 'executions'],
  ['/machines', 'State machines', 'machines'],
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
        {user !== null && <div className="break">{user.userArn.replace(/^.*:user\//, '')}</div>}
        <div>
          {accountId} · {region}
        </div>
      </div>
    </div>
  );
}
