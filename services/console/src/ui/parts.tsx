import { type ReactElement, type ReactNode, useEffect, useState } from 'react';
import { Link } from 'react-router';
import { CallError, messageOf } from '../api/call.ts';
import { agoText, dateText, spanText, STATUS_WORDS } from './format.ts';
import { Icon, type IconName } from './icon.tsx';

const STATUS_ICONS: Readonly<Record<string, IconName>> = {
  RUNNING: 'running',
  SUCCEEDED: 'check',
  FAILED: 'cross',
  TIMED_OUT: 'clock',
  ABORTED: 'stop',
  PENDING_REDRIVE: 'again',
  CAUGHT: 'warn',
};

/** A status as colour, sign and word: never as colour alone. */
export function StatusBadge({ status }: { readonly status: string }): ReactElement {
  return (
    <span className="badge" data-status={status}>
      <Icon name={STATUS_ICONS[status] ?? 'clock'} />
      {STATUS_WORDS[status] ?? status}
    </span>
  );
}

/** The moment, in seconds since the epoch, anew each second while `isRunning`. */
export function useNow(isRunning: boolean, everyMs = 1_000): number {
  const [now, setNow] = useState(() => Date.now() / 1_000);
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => setNow(Date.now() / 1_000), everyMs);
    return () => clearInterval(timer);
  }, [isRunning, everyMs]);
  return now;
}

export function When({ at, now }: { readonly at: number | undefined; readonly now?: number }): ReactElement {
  if (at === undefined) return <span className="muted">–</span>;
  return (
    <time
      dateTime={new Date(at * 1_000).toISOString()}
      title={new Date(at * 1_000).toISOString()}
      className="nowrap num"
    >
      {dateText(at)}
      {now !== undefined && <span className="muted"> ({agoText(at, now)})</span>}
    </time>
  );
}

/** From one moment to another, or to now. */
export function Span({ from, to, now }: { from: number; to: number | undefined; now: number }): ReactElement {
  return <span className="nowrap num">{spanText((to ?? Math.max(now, from)) - from)}</span>;
}

export interface Crumb {
  readonly to: string;
  readonly text: string;
}

interface PageHeadProps {
  readonly title: ReactNode;
  readonly document: string;
  readonly crumbs?: readonly Crumb[];
  readonly children?: ReactNode;
}

export function PageHead({ title, document: documentTitle, crumbs = [], children }: PageHeadProps): ReactElement {
  useEffect(() => {
    document.title = `${documentTitle} · Everstep`;
  }, [documentTitle]);
  return (
    <header className="page-head">
      <div>
        {crumbs.length > 0 && (
          <nav className="crumbs" aria-label="Breadcrumb">
            {crumbs.map(({ to, text }) => (
              <span key={to}>
                <Link to={to}>{text}</Link> <span aria-hidden="true">/</span>
              </span>
            ))}
          </nav>
        )}
        <h1 className="break">{title}</h1>
      </div>
      <div className="actions">{children}</div>
    </header>
  );
}

export function ErrorNote({ error, title }: { readonly error: unknown; readonly title?: string }): ReactElement {
  const code = error instanceof CallError ? error.code : 'Error';
  return (
    <div className="note" data-kind="bad" role="alert">
      <Icon name="warn" />
      <div className="stack">
        <strong>{title ?? code}</strong>
        <span className="break">{messageOf(error)}</span>
      </div>
    </div>
  );
}

export function Loading({ what }: { readonly what: string }): ReactElement {
  return (
    <div className="empty" role="status">
      Loading {what} …
    </div>
  );
}

export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }): ReactElement {
  return (
    <div className="empty">
      <strong>{title}</strong>
      {children}
    </div>
  );
}

export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
