import { itemAt } from '../context-object.ts';
import type { Frame, ItemsRecord } from '../execution-state.ts';
import type { Inspection } from '../inspection.ts';
import type { Json } from '../json.ts';
import { ItemBatches, whole } from '../map-run/item-batches.ts';
import type { Outcome } from '../outcome.ts';
import type { Run } from '../run.ts';
import type { ItemReader, MapState } from '../syntax/state-machine.ts';
import { askedConcurrency, itemsOf, iterationInput, tolerances } from './map.ts';
import { type Pipeline, unusableValue } from './pipeline.ts';
import { readItems } from './read-items.ts';

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
  const inputs = record.items.map((_item, index) => iterationInput(run, frame, state, itemAt(record, index)));
  if (state.itemSelector !== null) inspection.note('afterItemSelector', inputs);
  if (state.itemBatcher !== null) inspection.note('afterItemBatcher', batches(state, pipeline, inputs));
}

/** The children's inputs: `{ BatchInput, Items }`, each as full as both limits allow. */
function batches(state: MapState, pipeline: Pipeline, inputs: readonly Json[]): Json[] {
  if (state.itemBatcher === null) return [...inputs];
  const gathered = new ItemBatches(state, state.itemBatcher, pipeline);
  const full = inputs.map((input) => gathered.add(input));
  return [...full, gathered.flush()].flatMap((batch) => (batch === null ? [] : [batch.input]));
}
