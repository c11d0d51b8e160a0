import { createExecution } from '../checkpoint.ts';
import type { StartingItem } from '../context-object.ts';
import { StatesError, invariant } from '../errors.ts';
import type { ExecutionFacts, ExecutionState, Frame } from '../execution-state.ts';
import { newFrame } from '../frames.ts';
import { type Json, type JsonObject, jsonText, parseJson, setOwn, utf8Length } from '../json.ts';
import { MAX_DATA_BYTES } from '../limits.ts';
import { Pipeline, tooLarge } from '../states/pipeline.ts';
import { integerOf } from '../states/numbers.ts';
import { invalidReference } from '../states/referenced-value.ts';
import { findMapState } from '../syntax/map-labels.ts';
import type { MapState, StateMachine } from '../syntax/state-machine.ts';
import { ItemBatches } from './item-batches.ts';
import type { MapRunPlan } from './map-run-plan.ts';

/** An ItemReader or a ResultWriter, evaluated. */
export interface EvaluatedStorage {
  /** null: a ResultWriter that only says how the results look. */
  readonly resource: string | null;
  readonly parameters: Json;
  /** ReaderConfig or WriterConfig; null: left out. */
  readonly config: JsonObject | null;
}

/**
 * The fields of a Map state that its Map Run evaluates as it goes, over what the state could see when it began. They
 * throw StatesError, which the Map Run fails with.
 */
export class MapRunWork {
  readonly state: MapState;
  readonly #plan: MapRunPlan;
  readonly #execution: ExecutionState;
  readonly #frame: Frame;

  /** `facts` are the execution's that the Map state stands in, but for the id, which is the Map Run's: it seeds chance. */
  constructor(machine: StateMachine, facts: ExecutionFacts, plan: MapRunPlan) {
    const state = findMapState(machine, plan.label);
    invariant(state !== null, `the machine has no Distributed Map labelled ${plan.label}`);
    this.state = state;
    this.#plan = plan;
    this.#execution = createExecution(facts);
    this.#execution.head.redriveCount = plan.redriveCount;
    if (plan.redriveTime !== null) this.#execution.head.redriveTime = plan.redriveTime;
    this.#frame = newFrame({ parent: null, index: 0 }, state.name, plan.input, 0);
    this.#frame.variables = plan.variables;
    this.#frame.enteredTime = plan.enteredTime;
    this.#frame.retryCount = plan.retryCount;
  }

  /** null: the items are in the plan. */
  reader(): EvaluatedStorage | null {
    const { itemReader } = this.state;
    if (itemReader === null) return null;
    const pipeline = this.#pipeline(0, this.#plan.item);
    const config: JsonObject | null = itemReader.config === null ? null : { ...itemReader.config };
    if (config !== null && itemReader.itemsPointer !== null) {
      setOwn(config, 'ItemsPointer', pipeline.evaluate(itemReader.itemsPointer));
    }
    if (config !== null && itemReader.maxItems !== null) {
      const value = pipeline.evaluate(itemReader.maxItems);
      const number = integerOf(value);
      if (number === null) {
        const reference = { state: this.state, field: 'MaxItems', expression: itemReader.maxItems };
        throw invalidReference(reference, 'integer', value);
      }
      setOwn(config, 'MaxItems', number);
    }
    return { resource: itemReader.resource, parameters: evaluated(pipeline, itemReader.arguments), config };
  }

  writer(): EvaluatedStorage | null {
    const { resultWriter } = this.state;
    if (resultWriter === null) return null;
    const pipeline = this.#pipeline(0, this.#plan.item);
    const { resource, config } = resultWriter;
    return { resource, parameters: evaluated(pipeline, resultWriter.arguments), config };
  }

  /** null: each child has one item. */
  batches(): ItemBatches | null {
    const { itemBatcher } = this.state;
    return itemBatcher === null ? null : new ItemBatches(this.state, itemBatcher, this.#pipeline(0, this.#plan.item));
  }

  /** What a child, or a batch, gets of an item that is given as JSON text: JSON text again. */
  inputText(index: number, text: string, source: string | undefined): string {
    if (this.state.itemSelector !== null) return jsonText(this.input(index, text, source));
    if (text.length * 3 > MAX_DATA_BYTES && utf8Length(text) > MAX_DATA_BYTES) throw this.#tooLarge();
    return text;
  }

  /** As {@link inputText}, as a value. */
  input(index: number, text: string, source: string | undefined): Json {
    const value = parseJson(text);
    const key = this.#plan.keys?.[index];
    const item: StartingItem = {
      index,
      value: key === undefined ? value : (this.#plan.items?.[index] ?? null),
      ...(key === undefined ? {} : { key }),
      ...(source === undefined ? {} : { source }),
    };
    const pipeline = this.#pipeline(index + 1, item);
    const { itemSelector } = this.state;
    return pipeline.limited(itemSelector === null ? value : pipeline.evaluate(itemSelector));
  }

  #tooLarge(): StatesError {
    return new StatesError('States.DataLimitExceeded', tooLarge(this.state.name));
  }

  /** The item's place seeds its random values: the same item has the same ones whenever it is looked at. */
  #pipeline(seed: number, item: StartingItem | null): Pipeline {
    const place = { execution: this.#execution, frame: this.#frame, state: this.state, now: this.#plan.startedAt };
    return new Pipeline({ ...place, eventId: seed, taskToken: null, item, inspection: null });
  }
}

function evaluated(pipeline: Pipeline, expression: MapState['items'] | null): Json {
  return expression === null ? {} : pipeline.evaluate(expression);
}

/** The items of a plan as JSON texts. A member of an object is `{"Key": …, "Value": …}`, as an ItemReader gives it. */
export function plannedItem({ items, keys }: MapRunPlan, index: number): string {
  const value = items?.[index] ?? null;
  const key = keys?.[index];
  return jsonText(key === undefined ? value : { Key: key, Value: value });
}
