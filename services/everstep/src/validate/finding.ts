import {
  type Diagnostic,
  locate,
  parseStateMachine,
  type SourceNode,
  type Span,
  spanOf,
  suggestionFor,
} from '@everstep/language';
import type { DefinitionFile } from '../definition/definition-file.ts';

/** A diagnostic with its place in the file. Lines and columns count from 1, columns in UTF-16 units. */
export interface Finding extends Diagnostic {
  readonly line: number;
  readonly column: number;
  /** Where it ends on the same line; at least one column wide. */
  readonly endColumn: number;
  /** What the author may have meant instead. */
  readonly suggestion?: string;
}

export type MachineType = 'STANDARD' | 'EXPRESS';

/** Everything that is wrong with a definition, in the order of the file. */
export function findProblems(file: DefinitionFile, type: MachineType): Finding[] {
  const { text, json, problems } = file;
  const position = new Positions(text);
  const findings = problems.map(({ offset, ...diagnostic }) => ({
    ...diagnostic,
    ...position.of({ start: offset ?? 0, end: offset ?? 0 }),
  }));
  if (json === null) return findings;
  const { diagnostics } = parseStateMachine(json, { type });
  const inDocument = diagnostics.some(({ location }) => location?.startsWith('/') === true);
  const root = inDocument ? file.source() : null;
  for (const diagnostic of diagnostics) findings.push(place(diagnostic, root, position));
  return findings.sort((left, right) => left.line - right.line || left.column - right.column);
}

function place(diagnostic: Diagnostic, root: SourceNode | null, position: Positions): Finding {
  const { location = '' } = diagnostic;
  const [, line, column] = /^\[Source: .*; line: (\d+), column: (\d+)\]$/.exec(location) ?? [];
  if (line !== undefined && column !== undefined) {
    return { ...diagnostic, line: Number(line), column: Number(column), endColumn: Number(column) + 1 };
  }
  if (root === null || !location.startsWith('/')) return { ...diagnostic, ...position.of({ start: 0, end: 0 }) };
  const found = locate(root, location);
  const suggestion = suggestionFor(diagnostic, found);
  const where = position.of(spanOf(found, diagnostic.message));
  return { ...diagnostic, ...where, ...(suggestion === null ? {} : { suggestion }) };
}

/** Offsets of a text as lines and columns. */
class Positions {
  readonly #starts: number[] = [0];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  of({ start, end }: Span): { line: number; column: number; endColumn: number } {
    let low = 0;
    for (let high = this.#starts.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= start) low = middle;
      else high = middle;
    }
    const lineStart = this.#starts[low] ?? 0;
    const lineEnd = (this.#starts[low + 1] ?? this.#text.length + 1) - 1;
    const column = start - lineStart + 1;
    return { line: low + 1, column, endColumn: Math.max(Math.min(end, lineEnd) - lineStart + 1, column + 1) };
  }
}
