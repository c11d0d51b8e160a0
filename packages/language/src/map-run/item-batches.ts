import { type Json, type JsonObject, jsonText, utf8Length } from '../json.ts';
import { MAX_DATA_BYTES } from '../limits.ts';
import type { ItemBatcher, MapState } from '../syntax/state-machine.ts';
import type { Expression } from '../data/expression.ts';
import { integerOf } from '../states/numbers.ts';
import type { Pipeline } from '../states/pipeline.ts';
import { invalidReference } from '../states/referenced-value.ts';

/** Several items for one child, as full as both limits allow: `{ BatchInput, Items }`. */
export class ItemBatches {
  readonly #maxItems: number;
  readonly #maxBytes: number;
  readonly #shared: JsonObject;
  readonly #emptyBytes: number;
  #items: Json[] = [];
  #bytes: number;

  constructor(state: MapState, batcher: ItemBatcher, pipeline: Pipeline) {
    const limit = (expression: Expression | null, field: string): number =>
      expression === null ? 0 : whole(state, pipeline, expression, field);
    this.#maxItems = limit(batcher.maxItemsPerBatch, 'MaxItemsPerBatch') || Number.POSITIVE_INFINITY;
    this.#maxBytes = limit(batcher.maxInputBytesPerBatch, 'MaxInputBytesPerBatch') || MAX_DATA_BYTES;
    const { batchInput } = batcher;
    this.#shared = batchInput === null ? {} : { BatchInput: pipeline.evaluate(batchInput) };
    this.#emptyBytes = utf8Length(jsonText({ ...this.#shared, Items: [] }));
    this.#bytes = this.#emptyBytes;
  }

  /** The batch that is complete, because this item has no room in it or fills it; null: there is room still. */
  add(input: Json): FullBatch | null {
    const size = utf8Length(jsonText(input)) + 1;
    const isFull = this.#items.length > 0 && this.#bytes + size > this.#maxBytes;
    const full = isFull ? this.flush() : null;
    this.#items.push(input);
    this.#bytes += size;
    if (full !== null || this.#items.length < this.#maxItems) return full;
    return this.flush();
  }

  /** What has been gathered; null: nothing. */
  flush(): FullBatch | null {
    const items = this.#items;
    if (items.length === 0) return null;
    this.#items = [];
    this.#bytes = this.#emptyBytes;
    return { input: { ...this.#shared, Items: items }, count: items.length };
  }
}

export interface FullBatch {
  readonly input: JsonObject;
  /** Items in it. */
  readonly count: number;
}

/** A number that is not negative, or a text that is one. */
export function whole(state: MapState, pipeline: Pipeline, expression: Expression, field: string): number {
  const value = pipeline.evaluate(expression);
  const number = integerOf(value);
  if (number !== null && number >= 0) return number;
  throw invalidReference({ state, field, expression }, 'integer', value);
}
