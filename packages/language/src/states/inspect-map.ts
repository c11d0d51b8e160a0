import type { Expression } from '../data/expression.ts';
import type { Frame, ItemsRecord } from '../execution-state.ts';
import type { Inspection } from '../inspection.ts';
import { type Json, type JsonObject, isNumber, jsonText, toNumber, utf8Length } from '../json.ts';
import { MAX_DATA_BYTES } from '../limits.ts';
import type { Outcome } from '../outcome.ts';
import type { Run } from '../run.ts';
import type { ItemBatcher, ItemReader, MapState } from '../syntax/state-machine.ts';
import { askedConcurrency, itemsOf, iterationInput, tolerances } from './map.ts';
import { type Pipeline, unusableValue } from './pipeline.ts';
import { readItems } from './read-items.ts';
import { invalidReference } from './referenced-value.ts';

interface Watched {
  readonly pipeline: Pipeline;
  readonly inspection: Inspection;
}

/**
 * A Map that is stepped through by itself, inline or distributed: everything up to its iterations, which are not run;
 * whoever steps through it says what they come to.
 */
export function inspectMap(run: Run, frame: Frame, state: MapState, watched: Watched): Outcome {
  const { pipeline, inspection } = watched;
  const maxConcurrency = askedConcurrency(state, pipeline);
  const tolerated = tolerances(state, pipeline);
  const record = inspectItems(frame, state, watched);
  if (record !== null) inspectInputs(run, frame, state, { ...watched, record });
  const total = record?.items.length ?? 0;
  inspection.map = { itemCount: record === null ? null : total, maxConcurrency, ...tolerated };
  const counters = { next: 0, open: 0, succeeded: 0, failed: 0, toleratedFailures: 0 };
  return { kind: 'wait', waiting: { kind: 'children', total, maxConcurrency, ...counters } };
}

/** The items before ItemSelector; null: they lie where only a real Map Run looks. */
function inspectItems(frame: Frame, state: MapState, { pipeline, inspection }: Watched): ItemsRecord | null {
  const { itemReader } = state;
  if (itemReader === null) {
    // The way in is shown even where it is not an array.
    if (state.queryLanguage === 'JSONPath') pipeline.input();
    const record = itemsOf(frame, state, pipeline);
    if (state.queryLanguage === 'JSONPath') inspection.note('afterItemsPath', [...record.items]);
    return record;
  }
  if (state.queryLanguage === 'JSONPath') pipeline.input();
  if (inspection.readerData === null) return null;
  const items = readerItems(inspection.readerData, itemReader, { state, pipeline, inspection });
  return { items, keys: null, parentInput: frame.input, parentVariables: frame.variables };
}

function readerItems(data: string, reader: ItemReader, at: Watched & { readonly state: MapState }): Json[] {
  const { state, pipeline, inspection } = at;
  const pointer = reader.itemsPointer === null ? null : pipeline.evaluate(reader.itemsPointer);
  if (pointer !== null && typeof pointer !== 'string') {
    throw unusableValue(state, 'ItemReader/ReaderConfig/ItemsPointer', 'ItemsPointer must be a string.');
  }
  const found = readItems(data, reader, pointer);
  if (pointer !== null) inspection.note('afterItemsPointer', found);
  const limit = reader.maxItems === null ? 0 : whole(state, pipeline, reader.maxItems, 'MaxItems');
  return limit === 0 ? found : found.slice(0, limit);
}

function inspectInputs(
  run: Run,
  frame: Frame,
  state: MapState,
  { pipeline, inspection, record }: Watched & { readonly record: ItemsRecord },
): void {
  const inputs = record.items.map((_item, index) => iterationInput(run, frame, state, { record, index }));
  if (state.itemSelector !== null) inspection.note('afterItemSelector', inputs);
  if (state.itemBatcher !== null) inspection.note('afterItemBatcher', batches(state, pipeline, inputs));
}

/** The children's inputs: `{ BatchInput, Items }`, each as full as both limits allow. */
function batches(state: MapState, pipeline: Pipeline, inputs: readonly Json[]): Json[] {
  const { itemBatcher } = state;
  if (itemBatcher === null) return [...inputs];
  const limits = batchLimits(state, pipeline, itemBatcher);
  const { batchInput } = itemBatcher;
  const shared: JsonObject = batchInput === null ? {} : { BatchInput: pipeline.evaluate(batchInput) };
  const start = utf8Length(jsonText({ ...shared, Items: [] }));
  const made: Json[] = [];
  let items: Json[] = [];
  let bytes = start;
  for (const input of inputs) {
    const size = utf8Length(jsonText(input)) + 1;
    if (items.length > 0 && (items.length >= limits.items || bytes + size > limits.bytes)) {
      made.push({ ...shared, Items: items });
      items = [];
      bytes = start;
    }
    items.push(input);
    bytes += size;
  }
  if (items.length > 0) made.push({ ...shared, Items: items });
  return made;
}

function batchLimits(
  state: MapState,
  pipeline: Pipeline,
  { maxItemsPerBatch, maxInputBytesPerBatch }: ItemBatcher,
): { readonly items: number; readonly bytes: number } {
  const read = (expression: Expression | null, field: string): number =>
    expression === null ? 0 : whole(state, pipeline, expression, field);
  const items = read(maxItemsPerBatch, 'MaxItemsPerBatch');
  const bytes = read(maxInputBytesPerBatch, 'MaxInputBytesPerBatch');
  return { items: items === 0 ? Number.POSITIVE_INFINITY : items, bytes: bytes === 0 ? MAX_DATA_BYTES : bytes };
}

function whole(state: MapState, pipeline: Pipeline, expression: Expression, field: string): number {
  const value = pipeline.evaluate(expression);
  const number = isNumber(value) ? toNumber(value) : Number.NaN;
  if (Number.isInteger(number) && number >= 0) return number;
  throw invalidReference({ state, field, expression }, 'integer', value);
}
