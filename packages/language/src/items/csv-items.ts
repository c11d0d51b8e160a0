import { type JsonObject, setOwn } from '../json.ts';
import { CsvRows } from './csv-rows.ts';
import { itemReaderFailed } from './item-errors.ts';
import type { ItemScanner } from './item-scanner.ts';

/** AWS's limit of a header. */
const MAXIMUM_HEADER_CHARACTERS = 10 * 1024;

/**
 * Text with delimiters: a row is an object of strings by the names in the header. Fields that a row lacks are empty, those
 * beyond the header are left out.
 */
export class CsvItems implements ItemScanner {
  readonly done = false;
  readonly #rows: CsvRows;
  #headers: readonly string[] | null;

  constructor(delimiter: string, headers: readonly string[] | null) {
    this.#rows = new CsvRows(delimiter);
    this.#headers = headers;
  }

  push(piece: string): string[] {
    return this.#toItems(this.#rows.push(piece));
  }

  end(): string[] {
    return this.#toItems(this.#rows.end());
  }

  #toItems(rows: readonly (readonly string[])[]): string[] {
    const items: string[] = [];
    for (const row of rows) {
      if (this.#headers === null) this.#headers = readHeader(row);
      else items.push(toItem(this.#headers, row));
    }
    return items;
  }
}

function readHeader(row: readonly string[]): readonly string[] {
  if (row.join(',').length <= MAXIMUM_HEADER_CHARACTERS) return row;
  throw itemReaderFailed(`The header of the CSV file is larger than ${MAXIMUM_HEADER_CHARACTERS} characters.`);
}

function toItem(headers: readonly string[], row: readonly string[]): string {
  const item: JsonObject = {};
  for (const [index, header] of headers.entries()) setOwn(item, header, row[index] ?? '');
  return JSON.stringify(item);
}
