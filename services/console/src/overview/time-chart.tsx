import { type ReactElement, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useTheme } from '../theme/theme.ts';
import './chart.css';

export interface Line {
  readonly name: string;
  /** The colour's custom property: `--ok-strong`. */
  readonly colour: string;
  readonly values: ReadonlyArray<number | null>;
}

export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

export interface TimeChartProps {
  /** Seconds since the epoch. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** What a value is written as. */
  readonly text: (value: number) => string;
  /** What the chart shows, for who does not see it. */
  readonly label: string;
  /** Told of what is zoomed into, in seconds since the epoch; null: all is shown. */
  readonly onZoom?: (range: TimeRange | null) => void;
  /** Whether values are counts of a span of time, drawn as steps. */
  readonly isCount: boolean;
}

const HEIGHT = 220;
/** Charts of one page move their cursors and zoom together. */
const TOGETHER = 'everstep';

/** Lines over time. Dragging zooms, a double click shows all again. */
export function TimeChart({ times, lines, text, label, isCount, onZoom }: TimeChartProps): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const theme = useTheme();
  const names = lines.map(({ name }) => name).join();
  const latest = useRef({ times, lines, text, onZoom });
  latest.current = { times, lines, text, onZoom };
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const { lines: shown } = latest.current;
    const made = new uPlot(
      {
        ...optionsOf(shown, element.clientWidth, isCount, (value) => latest.current.text(value)),
        hooks: { setScale: [(chart, scale) => scale === 'x' && latest.current.onZoom?.(zoomOf(chart))] },
      },
      dataOf(latest.current),
      element,
    );
    chart.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      chart.current = null;
    };
    // Colours are read from the theme when the chart is made.
  }, [names, theme, isCount]);
  useEffect(() => {
    // What is zoomed into stays.
    const shown = chart.current;
    if (shown === null) return;
    const isZoomed = shown.scales['x']?.min !== shown.data[0][0];
    shown.setData(dataOf({ times, lines }), !isZoomed);
  }, [times, lines]);
  return <div className="chart" ref={place} role="img" aria-label={label} />;
}

function zoomOf({ scales, data: [times] }: uPlot): TimeRange | null {
  const { min, max } = scales['x'] ?? {};
  if (typeof min !== 'number' || typeof max !== 'number') return null;
  const isAll = min <= (times[0] ?? min) && max >= (times.at(-1) ?? max);
  return isAll ? null : { from: min, to: max };
}

function dataOf({ times, lines }: { times: readonly number[]; lines: readonly Line[] }): uPlot.AlignedData {
  return [[...times], ...lines.map(({ values }) => [...values])];
}

function optionsOf(
  lines: readonly Line[],
  width: number,
  isCount: boolean,
  text: (value: number) => string,
): uPlot.Options {
  const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const axis = { stroke: colour('--text-2'), grid: { stroke: colour('--border'), width: 1 }, ticks: { show: false } };
  return {
    width,
    height: HEIGHT,
    cursor: { sync: { key: TOGETHER, scales: ['x', null] }, drag: { x: true, y: false } },
    legend: { live: true },
    axes: [
      { ...axis, values: '{HH}:{mm}' },
      { ...axis, size: 64, values: (_chart, ticks) => ticks.map(text) },
    ],
    scales: { y: { range: (_chart, _least, most) => [0, most > 0 ? most * 1.1 : 1] } },
    series: [
      { label: 'Time', value: '{YYYY}-{MM}-{DD} {HH}:{mm}' },
      ...lines.map(({ name, colour: property }) => ({
        label: name,
        stroke: colour(property),
        width: 2,
        points: { show: !isCount, size: 5 },
        spanGaps: !isCount,
        ...(isCount && stepped !== undefined ? { paths: stepped, fill: `${colour(property)}22` } : {}),
        value: (_chart: uPlot, value: number | null) => (value === null ? '–' : text(value)),
      })),
    ],
  };
}
