import type { ReactElement, ReactNode } from 'react';
import { meaningOf, readCause } from '../history/explanations.ts';
import { Icon } from '../ui/icon.tsx';

interface FailureNoteProps {
  readonly error: string;
  readonly cause: string | null;
  readonly state: string | null;
  /** The field of the state whose expression failed. */
  readonly location?: string | null;
  readonly children?: ReactNode;
}

const LONGEST = 4_000;

/** An error with its cause, and what the error means where AWS has given it a meaning. */
export function FailureNote({ error, cause, state, location = null, children }: FailureNoteProps): ReactElement {
  const meaning = meaningOf(error);
  const read = cause === null ? null : readCause(cause);
  return (
    <div className="note" data-kind="bad">
      <Icon name="warn" />
      <div className="stack">
        <strong className="break">
          {error}
          {state !== null && <span className="muted"> in {state}</span>}
        </strong>
        {read !== null && read.message !== '' && <span className="break pre">{read.message.slice(0, LONGEST)}</span>}
        {location !== null && (
          <span>
            The expression of <code>{location}</code> failed.
          </span>
        )}
        {meaning !== null && <span className="small">{meaning}</span>}
        {read !== null && read.trace.length > 0 && (
          <details>
            <summary className="small">Where it was thrown</summary>
            <pre className="json">{read.trace.join('\n')}</pre>
          </details>
        )}
        {children}
      </div>
    </div>
  );
}
