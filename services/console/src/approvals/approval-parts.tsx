import type { ApprovalListItem, ApprovalTrailItem } from '@everstep/protocol';
import { type ReactElement, type ReactNode, lazy, Suspense } from 'react';
import { spanText } from '../ui/format.ts';
import { Icon, type IconName } from '../ui/icon.tsx';
import { Loading, When } from '../ui/parts.tsx';

const Markdown = lazy(() => import('./markdown.tsx'));

/** A description in Markdown; what renders it comes when there is one. */
export function Description({ text }: { readonly text: string }): ReactElement {
  return (
    <Suspense fallback={<Loading what="the description" />}>
      <Markdown text={text} />
    </Suspense>
  );
}

const WORDS = { OPEN: 'Waits', DECIDED: 'Decided', EXPIRED: 'Expired', CANCELLED: 'Cancelled' } as const;
const LOOKS = { OPEN: 'RUNNING', DECIDED: 'SUCCEEDED', EXPIRED: 'TIMED_OUT', CANCELLED: 'ABORTED' } as const;
const ICONS: Readonly<Record<ApprovalListItem['status'], IconName>> = {
  OPEN: 'clock',
  DECIDED: 'check',
  EXPIRED: 'clock',
  CANCELLED: 'stop',
};

export function ApprovalBadge({ item }: { readonly item: ApprovalListItem }): ReactElement {
  const { status, choice } = item;
  return (
    <span className="badge" data-status={LOOKS[status]}>
      <Icon name={ICONS[status]} />
      {choice === undefined ? WORDS[status] : `${WORDS[status]}: ${choice}`}
    </span>
  );
}

/** When it is due: a word beside the colour says what is overdue. */
export function Due({ item, now }: { readonly item: ApprovalListItem; readonly now: number }): ReactElement {
  const { dueDate, status } = item;
  if (dueDate === undefined) return <span className="muted">Not due</span>;
  const left = dueDate - now;
  if (status === 'OPEN' && left < 0) {
    return (
      <strong className="late nowrap">
        <Icon name="warn" /> Overdue by {spanText(-left)}
      </strong>
    );
  }
  return status === 'OPEN' ? <span className="nowrap">Due in {spanText(left)}</span> : <When at={dueDate} />;
}

/** Whose it is, in words. */
export function whoText({ assignees, groups, claimedBy }: ApprovalListItem): string {
  if (claimedBy !== undefined) return `${claimedBy} (claimed)`;
  const names = [...assignees, ...groups.map((group) => `group ${group}`)];
  return names.length === 0 ? 'Everybody' : names.join(', ');
}

const ACTIONS: Readonly<Record<string, string>> = {
  OPENED: 'asked',
  CLAIMED: 'claimed it',
  RELEASED: 'released it',
  DELEGATED: 'delegated it',
  COMMENTED: 'commented',
  DECIDED: 'took',
  ESCALATED: 'escalated',
  REMINDED: 'reminded',
  NOTICE_FAILED: 'a notice could not be sent',
  CLOSED: 'closed: its task had ended',
};

/** Who did what, and when. */
export function Trail({
  trail,
  now,
}: {
  readonly trail: readonly ApprovalTrailItem[];
  readonly now: number;
}): ReactElement {
  return (
    <ol className="trail" aria-label="What happened">
      {trail.map((entry, index) => (
        <li key={index}>
          <div>
            <strong>{entry.user ?? 'Everstep'}</strong> {ACTIONS[entry.action] ?? entry.action.toLowerCase()}
            {entry.choice !== undefined && <strong> {entry.choice}</strong>}
            {entry.to !== undefined && ` to ${entry.to}`}
            {entry.via === 'LINK' && <span className="muted"> by link</span>}
          </div>
          {entry.comment !== undefined && <blockquote className="break">{entry.comment}</blockquote>}
          <span className="muted small">
            <When at={entry.date} now={now} />
          </span>
        </li>
      ))}
    </ol>
  );
}

export function Section({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactElement {
  return (
    <section className="card pad stack" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
