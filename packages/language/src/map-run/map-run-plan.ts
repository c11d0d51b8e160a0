import type { StartingItem } from '../context-object.ts';
import { type Json, type JsonObject, jsonText } from '../json.ts';
import { RecordReader } from '../record-reader.ts';

/**
 * All that a Map Run needs of the execution that began it: where its Map state stood, what could be seen there, and its
 * items where they are not in a dataset. Written once, so that the Map Run goes on by itself.
 */
export interface MapRunPlan {
  /** Tells the Map state within its machine. */
  readonly label: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** As it was asked for; 0: as many as may be. */
  readonly maxConcurrency: number;
  /** null: not given. Where neither is, no failure is tolerated. */
  readonly toleratedFailureCount: number | null;
  readonly toleratedFailurePercentage: number | null;
  /** null: an ItemReader finds them. */
  readonly items: readonly Json[] | null;
  /** The keys, where the items are the members of an object. */
  readonly keys: readonly string[] | null;
  /** The state's input, before InputPath, and all variables that it sees. */
  readonly input: Json;
  readonly variables: JsonObject;
  readonly enteredTime: number;
  readonly retryCount: number;
  /** The iteration of an inline Map that the state stands in. */
  readonly item: StartingItem | null;
  readonly redriveCount: number;
  readonly redriveTime: number | null;
}

export function saveMapRunPlan(plan: MapRunPlan): string {
  const { items, input, variables, item, ...rest } = plan;
  const list = items === null ? 'null' : `[${items.map((value) => jsonText(value)).join(',')}]`;
  return (
    `${JSON.stringify(rest).slice(0, -1)},"items":${list},"input":${jsonText(input)},` +
    `"variables":${jsonText(variables)},"item":${item === null ? 'null' : itemText(item)}}`
  );
}

function itemText({ value, ...rest }: StartingItem): string {
  return `${JSON.stringify(rest).slice(0, -1)},"value":${jsonText(value)}}`;
}

/** Throws an InvariantError where the text is not what `saveMapRunPlan` wrote. */
export function loadMapRunPlan(text: string): MapRunPlan {
  const reader = RecordReader.parse(text, 'the plan of a Map Run');
  const number = (name: string): number => reader.number(name);
  return {
    label: reader.text('label'),
    startedAt: reader.number('startedAt'),
    maxConcurrency: reader.number('maxConcurrency'),
    toleratedFailureCount: reader.nullable('toleratedFailureCount', number),
    toleratedFailurePercentage: reader.nullable('toleratedFailurePercentage', number),
    items: reader.nullable('items', (name) => reader.list(name)),
    keys: reader.nullable('keys', (name) => reader.list(name).map(String)),
    input: reader.json('input'),
    variables: reader.object('variables'),
    enteredTime: reader.number('enteredTime'),
    retryCount: reader.number('retryCount'),
    item: reader.nullable('item', (name) => readItem(reader.inner(name))),
    redriveCount: reader.number('redriveCount'),
    redriveTime: reader.nullable('redriveTime', number),
  };
}

function readItem(reader: RecordReader): StartingItem {
  const [key, source] = [reader.optionalText('key'), reader.optionalText('source')];
  return {
    index: reader.number('index'),
    value: reader.json('value'),
    ...(key === undefined ? {} : { key }),
    ...(source === undefined ? {} : { source }),
  };
}
