import { printable } from './styles.ts';

/** Columns as wide as their widest cell; the last one runs on. Cells are shown on one line whatever they hold. */
export function textTable(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const lines = [head, ...rows.map((row) => row.map(printable))];
  const widths = head.map((_title, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
