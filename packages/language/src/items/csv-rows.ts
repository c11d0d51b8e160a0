import { BYTE_ORDER_MARK, MAXIMUM_ITEM_CHARACTERS, itemReaderFailed, itemTooLarge } from './item-errors.ts';

const QUOTE = '"';
const ESCAPE = '\\';
const SPECIAL_IN_QUOTES = /["\\]/g;

/** `quote`: within quotes a quote was seen, which ends them or is the first of two. `escape`: after a backslash. */
type Position = 'start' | 'plain' | 'quoted' | 'quote' | 'escape';

/**
 * The rows of a text whose fields are separated by a character, as Step Functions parses it: a field in double quotes may
 * hold delimiters, line breaks and doubled quotes; a backslash takes the meaning from a quote, the delimiter and another
 * backslash, and vanishes before anything else. Empty lines are no rows.
 * https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
 */
export class CsvRows {
  readonly #delimiter: string;
  /** What ends a run of plain characters, outside of quotes. */
  readonly #special: RegExp;
  #position: Position = 'start';
  /** Where a backslash was met. */
  #escapedIn: Position = 'plain';
  #field = '';
  #row: string[] = [];
  /** Characters of the row without the field. */
  #characters = 0;
  #isFirst = true;

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
    this.#special = new RegExp(`[\\\\\\n${delimiter}]`, 'g');
  }

  push(piece: string): string[][] {
    const rows: string[][] = [];
    let at = 0;
    if (this.#isFirst && piece !== '') {
      this.#isFirst = false;
      if (piece.startsWith(BYTE_ORDER_MARK)) at = 1;
    }
    while (at < piece.length) {
      at = this.#step(piece, at, rows);
      if (this.#characters + this.#field.length > MAXIMUM_ITEM_CHARACTERS) throw itemTooLarge();
    }
    return rows;
  }

  end(): string[][] {
    if (this.#position === 'quoted' || (this.#position === 'escape' && this.#escapedIn === 'quoted')) {
      throw itemReaderFailed('A field of the CSV file begins with a double quotation mark and does not end.');
    }
    const rows: string[][] = [];
    this.#endRow(rows);
    return rows;
  }

  /** Answers where to go on. */
  #step(piece: string, at: number, rows: string[][]): number {
    const character = piece.charAt(at);
    switch (this.#position) {
      case 'start':
        if (character !== QUOTE) return this.#plain(piece, at, rows);
        this.#position = 'quoted';
        return at + 1;
      case 'plain':
        return this.#plain(piece, at, rows);
      case 'quoted':
        return this.#quoted(piece, at);
      case 'quote':
        if (character !== QUOTE) return this.#plain(piece, at, rows);
        this.#field += QUOTE;
        this.#position = 'quoted';
        return at + 1;
      case 'escape':
        this.#position = this.#escapedIn;
        if (character !== QUOTE && character !== ESCAPE && character !== this.#delimiter) return at;
        this.#field += character;
        return at + 1;
    }
  }

  #plain(piece: string, at: number, rows: string[][]): number {
    const end = indexOf(this.#special, piece, at);
    if (end > at) {
      this.#field += piece.slice(at, end);
      this.#position = 'plain';
    }
    switch (piece.charAt(end)) {
      case '':
        return end;
      case '\n':
        this.#endRow(rows);
        break;
      case ESCAPE:
        this.#escapedIn = 'plain';
        this.#position = 'escape';
        break;
      default:
        this.#endField();
    }
    return end + 1;
  }

  #quoted(piece: string, at: number): number {
    const end = indexOf(SPECIAL_IN_QUOTES, piece, at);
    this.#field += piece.slice(at, end);
    if (end === piece.length) return end;
    this.#escapedIn = 'quoted';
    this.#position = piece.charAt(end) === QUOTE ? 'quote' : 'escape';
    return end + 1;
  }

  #endField(): void {
    this.#row.push(this.#field);
    this.#characters += this.#field.length + 1;
    this.#field = '';
    this.#position = 'start';
  }

  #endRow(rows: string[][]): void {
    // A line may end as on Windows; within quotes it is the field's own.
    if (this.#position === 'plain' && this.#field.endsWith('\r')) this.#field = this.#field.slice(0, -1);
    const isEmpty = this.#row.length === 0 && this.#field === '' && this.#position !== 'quote';
    if (!isEmpty) {
      this.#endField();
      rows.push(this.#row);
    }
    this.#row = [];
    this.#characters = 0;
    this.#field = '';
    this.#position = 'start';
  }
}

/** Where a global expression next matches, or the end. */
function indexOf(expression: RegExp, text: string, from: number): number {
  expression.lastIndex = from;
  return expression.exec(text)?.index ?? text.length;
}
