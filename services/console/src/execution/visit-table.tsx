import { type ReactElement, useMemo, useState } from 'react';
import type { HistoryModel, Visit } from '../history/history-model.ts';
import { Field } from '../ui/field.tsx';
import { exactTime, numberText, spanText, STATUS_WORDS } from '../ui/format.ts';
import { StatusBadge } from '../ui/parts.tsx';
import { VirtualRows } from '../ui/virtual-rows.tsx';
import { placeText } from './selection.ts';

export interface VisitsProps {
  readonly model: HistoryModel;
  readonly version: number;
  readonly now: number;
  readonly selected: Visit | null;
  readonly onSelect: (visit: Visit) => void;
}

const ROW = 36;

/** Every state that was entered, in that order. */
export function VisitTable({ model, version, now, selected, onSelect }: VisitsProps): ReactElement {
  const [wanted, setWanted] = useState('');
  const shown = useMemo(() => filtered(model, wanted.trim().toLowerCase()), [model, version, wanted]);
  return (
    <section className="card" aria-label="States">
      <div className="card-head">
        <div className="filters grow">
          <Field
            className="wide"
            label="State, type, status or error contains"
            type="search"
            value={wanted}
            onChange={setWanted}
          />
        </div>
        <span className="muted small" role="status">
          {numberText(shown.length)} of {numberText(model.visits.length)} states entered
        </span>
      </div>
      <VirtualRows
        label="States"
        className="visits"
        count={shown.length}
        rowHeight={ROW}
        head={['State', 'Type', 'Status', 'Entered', 'Duration', 'Retries'].map((title) => (
          <span key={title} role="columnheader">
            {title}
          </span>
        ))}
        row={(index) => {
          const visit = shown[index];
          return visit === undefined ? null : (
            <VisitCells visit={visit} model={model} now={now} isSelected={visit === selected} onSelect={onSelect} />
          );
        }}
      />
    </section>
  );
}

interface CellsProps {
  readonly visit: Visit;
  readonly model: HistoryModel;
  readonly now: number;
  readonly isSelected: boolean;
  readonly onSelect: (visit: Visit) => void;
}

function VisitCells({ visit, model, now, isSelected, onSelect }: CellsProps): ReactElement {
  const place = placeText(visit);
  return (
    <>
      <span role="cell" title={place === '' ? visit.state : `${place} › ${visit.state}`}>
        <button type="button" className="link" aria-pressed={isSelected} onClick={() => onSelect(visit)}>
          {visit.state}
        </button>
        {place !== '' && <span className="muted small"> {place}</span>}
      </span>
      <span role="cell">{visit.type}</span>
      <span role="cell">
        <StatusBadge status={model.statusOf(visit)} />
      </span>
      <span role="cell" className="num">
        {exactTime(visit.enteredAt)}
      </span>
      <span role="cell" className="num">
        {spanText(model.durationOf(visit, now))}
      </span>
      <span role="cell" className="num">
        {visit.attempts.length > 1 ? visit.attempts.length - 1 : ''}
      </span>
    </>
  );
}

function filtered(model: HistoryModel, wanted: string): readonly Visit[] {
  if (wanted === '') return [...model.visits];
  return model.visits.filter((visit) => {
    const text = [
      visit.state,
      visit.type,
      STATUS_WORDS[model.statusOf(visit)] ?? '',
      visit.error ?? '',
      placeText(visit),
    ];
    return text.some((part) => part.toLowerCase().includes(wanted));
  });
}
