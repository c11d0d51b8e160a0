import type { Diagnostic } from '../syntax/diagnostics.ts';
import type { Place, SourceNode } from './source-node.ts';

/** What the author may have meant where a name is not known: a state, a field or one of some values. */
export function suggestionFor(diagnostic: Diagnostic, place: Place): string | null {
  const { code, message } = diagnostic;
  const target = /^Missing '.*?' target: ([\s\S]*)$/.exec(message)?.[1];
  if (code === 'MISSING_TRANSITION_TARGET' && target !== undefined) return nearest(target, stateNames(place));
  const field = /^Field '([\s\S]*)' is not supported$/.exec(message)?.[1];
  if (field !== undefined) {
    const { members } = place.node;
    return nearest(
      field,
      COMMON_FIELD_NAMES.filter((name) => members?.has(name) !== true),
    );
  }
  const values = /one of (?:these values|the following): \[(.*)\]$/.exec(message)?.[1];
  if (values === undefined || place.node.text === null) return null;
  return nearest(place.node.text, values.split(', '));
}

/** The states of the machine, branch or processor that the place lies in. */
function stateNames(place: Place): string[] {
  const graph = [...place.around, place.node].findLast((node) => statesOf(node) !== null);
  return graph === undefined ? [] : [...(statesOf(graph)?.keys() ?? [])];
}

function statesOf(node: SourceNode): SourceNode['members'] {
  return node.members?.has('StartAt') === true ? (node.members.get('States')?.value.members ?? null) : null;
}

/** The candidate with the fewest edits from `name`; null where none is near enough to be meant. */
export function nearest(name: string, candidates: readonly string[]): string | null {
  let best: string | null = null;
  let fewest = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    if (candidate === name) continue;
    const edits = editDistance(name.toLowerCase(), candidate.toLowerCase(), fewest);
    if (edits >= fewest) continue;
    best = candidate;
    fewest = edits;
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other, up to `limit`. */
export function editDistance(left: string, right: string, limit = Number.POSITIVE_INFINITY): number {
  if (Math.abs(left.length - right.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const row = [i];
    for (let j = 1; j <= right.length; j++) {
      const same = left.charAt(i - 1) === right.charAt(j - 1);
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped = left.charAt(i - 1) === right.charAt(j - 2) && left.charAt(i - 2) === right.charAt(j - 1);
      if (i > 1 && j > 1 && swapped) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    if (Math.min(...row) >= limit) return limit;
    [beforeLast, last] = [last, row];
  }
  return last[right.length] ?? 0;
}

/** The fields of machines, states and their parts that are most often misspelt. */
export const COMMON_FIELD_NAMES: readonly string[] = [
  ...['StartAt', 'States', 'Comment', 'Version', 'TimeoutSeconds', 'QueryLanguage', 'Type', 'Next', 'End', 'Default'],
  ...[
    'InputPath',
    'OutputPath',
    'Parameters',
    'ResultSelector',
    'ResultPath',
    'Result',
    'Arguments',
    'Output',
    'Assign',
  ],
  ...['Resource', 'Credentials', 'TimeoutSecondsPath', 'HeartbeatSeconds', 'HeartbeatSecondsPath', 'Retry', 'Catch'],
  ...['ErrorEquals', 'IntervalSeconds', 'MaxAttempts', 'BackoffRate', 'MaxDelaySeconds', 'JitterStrategy'],
  ...['Choices', 'Variable', 'Condition', 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath', 'Error', 'ErrorPath'],
  ...['Cause', 'CausePath', 'Branches', 'Iterator', 'ItemProcessor', 'ProcessorConfig', 'Mode', 'ExecutionType'],
  ...['ItemsPath', 'Items', 'ItemSelector', 'ItemReader', 'ItemBatcher', 'ResultWriter', 'ReaderConfig', 'Label'],
  ...['MaxConcurrency', 'MaxConcurrencyPath', 'ToleratedFailureCount', 'ToleratedFailurePercentage'],
];
