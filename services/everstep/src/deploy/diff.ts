/** One line of a comparison: what went, what came, what stayed. */
export interface DiffLine {
  readonly sign: '-' | '+' | ' ';
  readonly text: string;
}

/** Beyond this many lines of each side nobody reads a comparison, and making it would take long. */
const MOST_LINES = 3_000;

/** The lines that differ, with `around` lines that do not on both sides; `…` stands for those left out. */
export function diffLines(before: string, after: string, around = 2): DiffLine[] {
  const left = before.split('\n');
  const right = after.split('\n');
  if (left.length > MOST_LINES || right.length > MOST_LINES) {
    return [{ sign: ' ', text: `${left.length} lines become ${right.length}` }];
  }
  const all = compare(left, right);
  const isNear = (index: number): boolean =>
    all.slice(Math.max(0, index - around), index + around + 1).some(({ sign }) => sign !== ' ');
  const shown: DiffLine[] = [];
  for (const [index, line] of all.entries()) {
    if (isNear(index)) shown.push(line);
    else if (shown.length > 0 && shown.at(-1)?.text !== '…') shown.push({ sign: ' ', text: '…' });
  }
  if (shown.at(-1)?.text === '…') shown.pop();
  return shown;
}

/** By the longest common subsequence. */
function compare(left: readonly string[], right: readonly string[]): DiffLine[] {
  const width = right.length + 1;
  const lengths = new Uint16Array((left.length + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  for (let row = left.length - 1; row >= 0; row--) {
    for (let column = right.length - 1; column >= 0; column--) {
      const isSame = left[row] === right[column];
      lengths[row * width + column] = isSame
        ? at(row + 1, column + 1) + 1
        : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const lines: DiffLine[] = [];
  let [row, column] = [0, 0];
  while (row < left.length || column < right.length) {
    const [gone, come] = [left[row], right[column]];
    if (gone !== undefined && gone === come) {
      lines.push({ sign: ' ', text: gone });
      row++;
      column++;
    } else if (gone !== undefined && (come === undefined || at(row + 1, column) >= at(row, column + 1))) {
      lines.push({ sign: '-', text: gone });
      row++;
    } else {
      lines.push({ sign: '+', text: come ?? '' });
      column++;
    }
  }
  return lines;
}
