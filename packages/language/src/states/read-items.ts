import { StatesError } from '../errors.ts';
import { type Json, type JsonObject, JsonSyntaxError, getOwn, isObject, parseJson, setOwn } from '../json.ts';
import type { ItemReader } from '../syntax/state-machine.ts';

/**
 * The items in the data that an ItemReader found, as it stands in its source: an array of JSON (or the one a JSON
 * Pointer leads to), lines of JSON, or rows of CSV. What only a reader of S3 can take apart (Parquet, manifests, the
 * objects of a bucket) is given as a JSON array of the items themselves. Errors: States.ItemReaderFailed.
 * https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
 */
export function readItems(data: string, reader: ItemReader, itemsPointer: string | null): Json[] {
  switch (reader.inputType) {
    case 'CSV':
      return readCsv(data, reader);
    case 'JSONL':
      return data
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map(parse);
    default:
      return arrayAt(parse(data), itemsPointer);
  }
}

function failed(detail: string): StatesError {
  return new StatesError('States.ItemReaderFailed', detail);
}

function parse(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw failed('Attempting to map over non-iterable node: the data is not valid JSON.');
  }
}

function arrayAt(document: Json, pointer: string | null): Json[] {
  const found = pointer === null ? document : follow(document, pointer);
  if (Array.isArray(found)) return found;
  // The members of an object are items too, as in Items.
  if (isObject(found)) return Object.entries(found).map(([Key, Value]) => ({ Key, Value }));
  throw failed('Attempting to map over non-iterable node.');
}

/** RFC 6901. */
function follow(document: Json, pointer: string): Json | undefined {
  let at: Json | undefined = document;
  for (const token of pointer.split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(at)) at = /^\d+$/.test(name) ? at[Number(name)] : undefined;
    else at = isObject(at) ? getOwn(at, name) : undefined;
  }
  return at;
}

function readCsv(data: string, reader: ItemReader): Json[] {
  const rows = splitRows(data, reader.csvDelimiter);
  const headers = reader.csvHeaders ?? rows.shift() ?? [];
  return rows.map((row) => {
    const item: JsonObject = {};
    for (const [index, header] of headers.entries()) setOwn(item, header, row[index] ?? '');
    return item;
  });
}

/** RFC 4180: a cell in quotes may hold delimiters, line breaks and doubled quotes. Empty lines are none. */
function splitRows(data: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let isQuoted = false;
  const endRow = (): void => {
    if (row.length > 0 || cell !== '') rows.push([...row, cell]);
    row = [];
    cell = '';
  };
  for (let index = 0; index < data.length; index++) {
    const character = data.charAt(index);
    if (isQuoted) {
      if (character !== '"') cell += character;
      else if (data.charAt(index + 1) === '"') {
        cell += '"';
        index++;
      } else isQuoted = false;
    } else if (character === '"' && cell === '') isQuoted = true;
    else if (character === delimiter) {
      row.push(cell);
      cell = '';
    } else if (character === '\n') endRow();
    else if (character !== '\r') cell += character;
  }
  endRow();
  return rows;
}
