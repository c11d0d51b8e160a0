import { type Json, parseJson } from '../json.ts';
import { type ItemFormat, createItemScanner } from '../items/item-scanner.ts';
import type { ItemReader } from '../syntax/state-machine.ts';

/**
 * The items in the data that an ItemReader found, as it stands in its source: an array of JSON (or the one a JSON
 * Pointer leads to), lines of JSON, or rows of CSV. What only a reader of S3 can take apart (Parquet, manifests, the
 * objects of a bucket) is given as a JSON array of the items themselves. Errors: States.ItemReaderFailed.
 */
export function readItems(data: string, reader: ItemReader, itemsPointer: string | null): Json[] {
  const scanner = createItemScanner(formatOf(reader, itemsPointer));
  return [...scanner.push(data), ...scanner.end()].map(parseJson);
}

function formatOf(reader: ItemReader, pointer: string | null): ItemFormat {
  switch (reader.inputType) {
    case 'CSV':
      return { type: 'CSV', delimiter: reader.csvDelimiter, headers: reader.csvHeaders };
    case 'JSONL':
      return { type: 'JSONL' };
    default:
      return { type: 'JSON', pointer };
  }
}
