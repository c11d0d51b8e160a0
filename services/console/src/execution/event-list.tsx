import { type ReactElement, useMemo, useState } from 'react';
import type { HistoryModel } from '../history/history-model.ts';
import { failureOf } from '../history/history-model.ts';
import { Field } from '../ui/field.tsx';
import { exactTime, numberText, spanText } from '../ui/format.ts';
import { VirtualRows } from '../ui/virtual-rows.tsx';

interface EventListProps {
  readonly model: HistoryModel;
  readonly version: number;
  readonly selected: number | null;
  readonly onSelect: (eventId: number) => void;
}

const ROW = 32;

/** The whole history, newest last, as far as it fits the filter. */
export function EventList({ model, version, selected, onSelect }: EventListProps): ReactElement {
  const [wanted, setWanted] = useState('');
  const [onlyFailures, setOnlyFailures] = useState(false);
  const shown = useMemo(
    () => filtered(model, wanted.trim().toLowerCase(), onlyFailures),
    // The model changes in place; its version says when.
    [model, version, wanted, onlyFailures],
  );
  const startedAt = model.events[0]?.timestamp ?? 0;
  return (
    <section className="card" aria-label="Events">
      <div className="card-head">
        <div className="filters grow">
          <Field
            className="wide"
            label="Type, state or number contains"
            type="search"
            value={wanted}
            onChange={setWanted}
          />
          <button
            type="button"
            className="chip"
            aria-pressed={onlyFailures}
            {...(onlyFailures ? { 'data-selected': '' } : {})}
            onClick={() => setOnlyFailures(!onlyFailures)}
          >
            Failures only
          </button>
        </div>
        <span className="muted small" role="status">
          {numberText(shown.length)} of {numberText(model.events.length)} events
        </span>
      </div>
      <VirtualRows
        label="Events"
        className="events"
        count={shown.length}
        rowHeight={ROW}
        head={['#', 'Type', 'State', 'Time', 'Since start'].map((title) => (
          <span key={title} role="columnheader">
            {title}
          </span>
        ))}
        row={(index) => {
          const event = model.events[shown[index] ?? -1];
          if (event === undefined) return null;
          return (
            <>
              <span role="cell" className="num muted">
                {event.id}
              </span>
              <span role="cell">
                <button
                  type="button"
                  className="link"
                  aria-pressed={event.id === selected}
                  onClick={() => onSelect(event.id)}
                >
                  {event.type}
                </button>
              </span>
              <span role="cell">{stateOf(model, event.id)}</span>
              <span role="cell" className="num">
                {exactTime(event.timestamp)}
              </span>
              <span role="cell" className="num muted">
                {spanText(event.timestamp - startedAt)}
              </span>
            </>
          );
        }}
      />
    </section>
  );
}

/** Places in the model’s events. */
function filtered(model: HistoryModel, wanted: string, onlyFailures: boolean): number[] {
  const found: number[] = [];
  for (const [index, event] of model.events.entries()) {
    if (onlyFailures && failureOf(event) === null) continue;
    const text = `${event.id} ${event.type} ${stateOf(model, event.id)}`;
    if (wanted === '' || text.toLowerCase().includes(wanted)) found.push(index);
  }
  return found;
}

function stateOf(model: HistoryModel, eventId: number): string {
  const event = model.events[eventId - 1];
  return event?.stateExitedEventDetails?.name ?? model.visitOf(eventId)?.state ?? '';
}
