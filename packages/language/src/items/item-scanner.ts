import { CsvItems } from './csv-items.ts';
import { JsonItems } from './json-items.ts';
import { JsonLines } from './json-lines.ts';

/** Finds the items in a text that comes in pieces, wherever they are cut. Errors: States.ItemReaderFailed. */
export interface ItemScanner {
  /** The items that this piece completes, each as compact JSON text. */
  push(piece: string): string[];
  /** Those that only the end of the text completes. */
  end(): string[];
  /** Whether nothing that may still come is an item. */
  readonly done: boolean;
}

export type ItemFormat =
  /** `headers`: the names of the columns; null: the first row has them. */
  | { readonly type: 'CSV'; readonly delimiter: string; readonly headers: readonly string[] | null }
  /** `pointer`: a JSON Pointer to the items; null: the document is an array of them. */
  | { readonly type: 'JSON'; readonly pointer: string | null }
  | { readonly type: 'JSONL' };

export function createItemScanner(format: ItemFormat): ItemScanner {
  switch (format.type) {
    case 'CSV':
      return new CsvItems(format.delimiter, format.headers);
    case 'JSON':
      return new JsonItems(format.pointer);
    case 'JSONL':
      return new JsonLines();
  }
}
