import { type Diagnostic, locate, parseStateMachine, readJsonSource, spanOf, suggestionFor } from '@everstep/language';

/** Something that is wrong with a definition, and where it stands in the text. */
export interface Finding {
  readonly from: number;
  readonly to: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** The state it is about, where it is about one. */
  readonly state: string | null;
}

export type MachineType = 'STANDARD' | 'EXPRESS';

/** Everything that the server would find wrong with a definition, found by the same code. */
export function findingsOf(text: string, type: MachineType): Finding[] {
  if (text.trim() === '') return [];
  const { diagnostics } = parseStateMachine(text, { type });
  const root = diagnostics.length === 0 ? null : readJsonSource(text);
  return diagnostics.map((diagnostic) => place(diagnostic, root, text));
}

function place(diagnostic: Diagnostic, root: ReturnType<typeof readJsonSource>, text: string): Finding {
  const { location = '', severity, message } = diagnostic;
  const facts = { severity: severity === 'ERROR' ? ('error' as const) : ('warning' as const), message };
  const [, line, column] = /line: (\d+), column: (\d+)\]$/.exec(location) ?? [];
  if (root === null || !location.startsWith('/')) {
    const from = line === undefined ? 0 : Math.min(text.length, offsetOf(text, Number(line), Number(column)));
    return { ...facts, from, to: Math.min(text.length, from + 1), state: null };
  }
  const found = locate(root, location);
  const { start, end } = spanOf(found, message);
  const meant = suggestionFor(diagnostic, found);
  return {
    ...facts,
    ...{ from: start, to: end, state: stateAt(location) },
    message: meant === null ? message : `${message}. Did you mean ${meant}?`,
  };
}

/** The name that follows the last `/States/`. */
function stateAt(location: string): string | null {
  const at = location.lastIndexOf('/States/');
  if (at === -1) return null;
  return location.slice(at + '/States/'.length).split('/')[0] ?? null;
}

/** Lines and columns count from 1. */
function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let count = 1; count < line; count++) {
    const next = text.indexOf('\n', start);
    if (next === -1) break;
    start = next + 1;
  }
  return start + column - 1;
}
