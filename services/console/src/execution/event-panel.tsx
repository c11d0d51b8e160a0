import type { ReactElement } from 'react';
import { Button } from '../ui/button.tsx';
import { JsonView } from '../ui/json-view.tsx';
import { ErrorNote, Loading } from '../ui/parts.tsx';
import { useEvent } from './state-panel.tsx';

interface EventPanelProps {
  readonly executionArn: string;
  readonly eventId: number;
  readonly onClose: () => void;
}

/** One event as it is on the wire, with all its data. */
export function EventPanel({ executionArn, eventId, onClose }: EventPanelProps): ReactElement {
  const { event, error } = useEvent(executionArn, eventId);
  return (
    <aside className="card pad stack panel" aria-label={`Event ${eventId}`}>
      <div className="row between">
        <h2>Event {eventId}</h2>
        <Button size="small" kind="plain" icon="cross" label="Close the event" onPress={onClose} />
      </div>
      {error !== null && <ErrorNote error={error} />}
      {event === null ? <Loading what="the event" /> : <JsonView text={JSON.stringify(event)} label={event.type} />}
    </aside>
  );
}
