import type { ReactElement } from 'react';

/** Drawn for a field of 16 by 16, with lines of one width. */
const PATHS = {
  overview: 'M2.5 13.5v-5m3.7 5v-9m3.6 9v-6m3.7 6v-11',
  executions: 'M5 3.5l7 4.5-7 4.5z',
  machines: 'M5.5 2.5h5v3h-5zM1.5 10.5h5v3h-5zM9.500 10.500h5v3h-5zM8 5.500v2.500M4 10.500V8h8v2.500',
  limits: 'M2.500 11.500a5.500 5.500 0 0111 0M8 11.500l2.800-3.600',
  activities: 'M2.500 4h11v8h-11zM2.500 9h3l1 1.500h3l1-1.500h3',
  tasks: 'M3 8.5l3 3 7-7.500',
  sun: 'M8 5a3 3 0 100 6 3 3 0 000-6zM8 1.500v1M8 13.500v1M1.500 8h1M13.500 8h1M3.400 3.400l.7.7M11.900 11.900l.7.7M3.400 12.600l.7-.7M11.900 4.100l.7-.7',
  moon: 'M13 9.500A5.500 5.500 0 016.500 3 5.500 5.500 0 1013 9.500z',
  leave: 'M6.500 2.500h-3v11h3M7 8h6.500M11 5.500L13.500 8 11 10.500',
  check: 'M3 8.500l3.200 3.200L13 4.800',
  cross: 'M4 4l8 8M12 4l-8 8',
  running: 'M8 2a6 6 0 106 6',
  clock: 'M8 2.500a5.500 5.500 0 100 11 5.500 5.500 0 000-11zM8 5v3.200l2 1.300',
  stop: 'M4 4h8v8H4z',
  again: 'M13 3v3.500H9.500M13 6.500A5.500 5.500 0 1013.300 9.500',
  copy: 'M6 6h7v7.500H6zM10 6V2.500H3V10h3',
  plus: 'M8 3v10M3 8h10',
  warn: 'M8 2.500l6 11H2zM8 6.500v3.200M8 11.500v.3',
  search: 'M7 2.500a4.500 4.500 0 100 9 4.500 4.500 0 000-9zM10.300 10.300l3.200 3.200',
  down: 'M4 6l4 4 4-4',
  download: 'M8 2.500v8M4.800 7.500L8 10.700l3.200-3.200M3 13.500h10',
  undo: 'M6 3L3 6l3 3M3 6h6.500a3.500 3.500 0 010 7H7',
  redo: 'M10 3l3 3-3 3M13 6H6.500a3.500 3.500 0 000 7H9',
  trash: 'M3 4.500h10M6 4.500v-2h4v2M4.500 4.500l.6 9h5.800l.6-9',
  edit: 'M3 13l.7-3L10.500 3.200l2.300 2.300L6 12.300z',
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration: what it means stands beside it as text. */
export function Icon({ name }: { readonly name: IconName }): ReactElement {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
