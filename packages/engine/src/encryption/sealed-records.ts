import { type JsonObject, isObject, jsonText, parseJson } from '@everstep/language';
import type { RevisionRecord, StateMachineRecord } from '../ports/catalog-store.ts';
import type { ExecutionRecord } from '../ports/execution-store.ts';
import type { SealScope } from './key-in-use.ts';
import { type Sealer, BrokenSealError, isMarked, unsealed } from './sealer.ts';

/** Where a text is sealed; it opens nowhere else. */
export function placeOf(owner: string, field: string, detail: string | number = ''): string {
  return `${owner} ${field} ${detail}`;
}

export function stateNamePlace(executionId: string, taskId: number): string {
  return placeOf(executionId, 'state name', taskId);
}

export function sealText(sealer: Sealer, scope: SealScope | null, place: string, text: string): string {
  return scope === null ? unsealed(text) : sealer.seal(scope, place, text);
}

/**
 * The record with its data opened only when somebody looks at it: who lists, or asks for the metadata alone, needs no key.
 */
export function lazily<Row extends object>(
  row: Row,
  fields: ReadonlyArray<keyof Row>,
  open: (field: keyof Row) => string,
): Row {
  const view = { ...row };
  for (const field of fields) {
    let opened: string | null = null;
    Object.defineProperty(view, field, { enumerable: true, get: () => (opened ??= open(field)) });
  }
  return view;
}

const EXECUTION_DATA = ['input', 'output', 'error', 'cause'] as const;

export function openExecution(sealer: Sealer, record: ExecutionRecord): ExecutionRecord {
  const marked = EXECUTION_DATA.filter((field) => isMarked(record[field] ?? ''));
  if (marked.length === 0) return record;
  const { executionId } = record;
  const texts = { input: record.input, output: record.output, error: record.error, cause: record.cause };
  const open = (field: (typeof EXECUTION_DATA)[number]): string =>
    sealer.open(placeOf(executionId, field), texts[field] ?? '');
  return lazily<ExecutionRecord>(record, marked, (field) =>
    open(EXECUTION_DATA.find((one) => one === field) ?? 'input'),
  );
}

export function openRevision(sealer: Sealer, revision: RevisionRecord): RevisionRecord {
  const { revisionId, definition } = revision;
  if (!isMarked(definition)) return revision;
  return lazily(revision, ['definition'], () => sealer.open(placeOf(revisionId, 'definition'), definition));
}

export function openMachine(sealer: Sealer, machine: StateMachineRecord): StateMachineRecord {
  const revision = openRevision(sealer, machine.revision);
  return revision === machine.revision ? machine : { ...machine, revision };
}

const SEALED_CHECKPOINT = '{"sealed":';

export function isSealedCheckpoint(text: string): boolean {
  return text.startsWith(SEALED_CHECKPOINT);
}

/**
 * A checkpoint stays a JSON object that tells the last event: where its key is gone, the execution can still be failed
 * after what its history holds.
 */
export function sealCheckpoint(sealer: Sealer, scope: SealScope, executionId: string, text: string): string {
  const head = text.startsWith('{') ? parseJson(text) : null;
  const sealed = sealer.seal(scope, placeOf(executionId, 'checkpoint'), text);
  const shown: JsonObject = { sealed };
  for (const name of ['lastEventId', 'lastEventTime']) {
    const value = isObject(head) ? head[name] : undefined;
    if (typeof value === 'number') shown[name] = value;
  }
  return jsonText(shown);
}

export function openCheckpoint(sealer: Sealer, executionId: string, text: string): string {
  if (!isSealedCheckpoint(text)) return text;
  const shown = parseJson(text);
  const place = placeOf(executionId, 'checkpoint');
  if (!isObject(shown) || typeof shown['sealed'] !== 'string') throw new BrokenSealError(place);
  const opened = sealer.open(place, shown['sealed']);
  if (shown['status'] !== 'FAILED') return opened;
  // It was failed while nobody could read it: that is what a redrive goes on from.
  const head = parseJson(opened);
  if (!isObject(head)) throw new BrokenSealError(place);
  const { sealed: _sealed, ...ended } = shown;
  return jsonText({ ...head, ...ended });
}
