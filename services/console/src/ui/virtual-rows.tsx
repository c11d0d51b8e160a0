import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactElement, type ReactNode, useEffect, useRef } from 'react';

export interface VirtualRowsProps {
  readonly label: string;
  readonly count: number;
  readonly rowHeight: number;
  readonly head: ReactNode;
  /** Which row is scrolled to, as soon as it is another one. */
  readonly focus?: number;
  /** Follows the end while rows are added. */
  readonly followsEnd?: boolean;
  readonly className?: string;
  readonly row: (index: number) => ReactNode;
}

/** A table of any number of rows, of which only those in sight are there. */
export function VirtualRows(props: VirtualRowsProps): ReactElement {
  const { label, count, rowHeight, head, focus, followsEnd = false, className = '', row } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  useEffect(() => {
    if (focus !== undefined && focus >= 0) virtual.scrollToIndex(focus, { align: 'auto' });
  }, [focus, virtual]);
  useEffect(() => {
    if (followsEnd && count > 0) virtual.scrollToIndex(count - 1, { align: 'end' });
  }, [followsEnd, count, virtual]);
  return (
    <div className={`rows ${className}`} role="table" aria-label={label} aria-rowcount={count + 1}>
      <div role="rowgroup">
        <div className="rows-head" role="row" aria-rowindex={1}>
          {head}
        </div>
      </div>
      <div className="rows-body" ref={scroller} role="rowgroup" tabIndex={0} aria-label={`${label}, rows`}>
        <div className="rows-all" style={{ height: virtual.getTotalSize() }} role="presentation">
          {virtual.getVirtualItems().map(({ index, start }) => (
            <div
              key={index}
              className="rows-row"
              role="row"
              aria-rowindex={index + 2}
              style={{ height: rowHeight, transform: `translateY(${start}px)` }}
            >
              {row(index)}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}
