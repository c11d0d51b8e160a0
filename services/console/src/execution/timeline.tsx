import { type ReactElement, useState } from 'react';
import type { Visit } from '../history/history-model.ts';
import { Button } from '../ui/button.tsx';
import { spanText, STATUS_WORDS } from '../ui/format.ts';
import { VirtualRows } from '../ui/virtual-rows.tsx';
import { placeText } from './selection.ts';
import type { VisitsProps } from './visit-table.tsx';

const ROW = 30;
const TICKS = 5;
const ZOOM = 2;
const LEAST_SPAN = 0.01;

/** The part of the time that is in sight, in seconds since the epoch. */
interface Sight {
  readonly from: number;
  readonly to: number;
}

/** When each state was entered and left, with the attempts of tasks inside their bars. */
export function Timeline({ model, now, selected, onSelect }: VisitsProps): ReactElement {
  const start = model.events[0]?.timestamp ?? now;
  const end = Math.max(start + LEAST_SPAN, model.ending?.at ?? Math.max(now, model.lastAt));
  const [zoomed, setZoomed] = useState<Sight | null>(null);
  const sight = zoomed ?? { from: start, to: end };
  const span = sight.to - sight.from;
  const zoom = (factor: number): void => {
    const middle = selected === null ? sight.from + span / 2 : selected.enteredAt + model.durationOf(selected, now) / 2;
    const half = (span * factor) / 2;
    if (half * 2 >= end - start) setZoomed(null);
    else setZoomed({ from: middle - half, to: middle + half });
  };
  const move = (share: number): void => setZoomed({ from: sight.from + share * span, to: sight.to + share * span });
  return (
    <section className="card" aria-label="Timeline">
      <div className="card-head">
        <span className="muted small">
          {spanText(span)} in sight{zoomed === null ? '' : ` of ${spanText(end - start)}`}
        </span>
        <div className="actions">
          <Button size="small" onPress={() => move(-0.4)} label="Earlier">
            ←
          </Button>
          <Button size="small" onPress={() => move(0.4)} label="Later">
            →
          </Button>
          <Button size="small" onPress={() => zoom(1 / ZOOM)}>
            Zoom in
          </Button>
          <Button size="small" onPress={() => zoom(ZOOM)}>
            Zoom out
          </Button>
          <Button size="small" onPress={() => setZoomed(null)}>
            All
          </Button>
        </div>
      </div>
      <VirtualRows
        label="Timeline"
        className="timeline"
        count={model.visits.length}
        rowHeight={ROW}
        {...(selected === null ? {} : { focus: selected.index })}
        head={
          <>
            <span role="columnheader">State</span>
            <span role="columnheader" className="axis num" aria-label="Time since the start">
              {Array.from({ length: TICKS }, (_, index) => (
                <span key={index} style={{ left: `${(index * 100) / (TICKS - 1)}%` }}>
                  {spanText(Math.max(0, sight.from - start + (span * index) / (TICKS - 1)))}
                </span>
              ))}
            </span>
          </>
        }
        row={(index) => {
          const visit = model.visits[index];
          if (visit === undefined) return null;
          const facts = { visit, sight, now, isSelected: visit === selected };
          return <TimelineCells {...facts} model={model} onSelect={onSelect} />;
        }}
      />
    </section>
  );
}

interface CellsProps extends Pick<VisitsProps, 'model' | 'now' | 'onSelect'> {
  readonly visit: Visit;
  readonly sight: Sight;
  readonly isSelected: boolean;
}

function TimelineCells({ visit, model, now, sight, isSelected, onSelect }: CellsProps): ReactElement {
  const status = model.statusOf(visit);
  const end = visit.enteredAt + model.durationOf(visit, now);
  const words = `${visit.state}, ${STATUS_WORDS[status] ?? status}, ${spanText(end - visit.enteredAt)}`;
  const place = placeText(visit);
  return (
    <>
      <span role="cell" title={place === '' ? visit.state : `${place} › ${visit.state}`}>
        <button type="button" className="link" aria-pressed={isSelected} onClick={() => onSelect(visit)}>
          {visit.state}
        </button>
        {place !== '' && <span className="muted small"> {place}</span>}
      </span>
      <span role="cell" className="bar-cell">
        <button
          type="button"
          className="bar"
          data-status={status}
          style={within(visit.enteredAt, end, sight)}
          title={words}
          aria-label={words}
          tabIndex={-1}
          onClick={() => onSelect(visit)}
        />
        {visit.attempts.length > 1 &&
          visit.attempts.map((attempt) => (
            <span
              key={attempt.scheduledId}
              className="try"
              data-outcome={attempt.outcome}
              style={within(attempt.scheduledAt, attempt.endedAt ?? end, sight)}
            />
          ))}
      </span>
    </>
  );
}

function within(from: number, to: number, sight: Sight): { left: string; width: string; display?: string } {
  const span = sight.to - sight.from;
  const left = Math.max(0, Math.min(1, (from - sight.from) / span));
  const right = Math.max(0, Math.min(1, (to - sight.from) / span));
  const isOut = to < sight.from || from > sight.to;
  return { left: `${left * 100}%`, width: `${(right - left) * 100}%`, ...(isOut ? { display: 'none' } : {}) };
}
