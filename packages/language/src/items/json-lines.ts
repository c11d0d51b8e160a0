import { BYTE_ORDER_MARK, MAXIMUM_ITEM_CHARACTERS, compactJson, itemTooLarge } from './item-errors.ts';
import type { ItemScanner } from './item-scanner.ts';

/** JSON Lines: a value a line. Empty lines are none. */
export class JsonLines implements ItemScanner {
  readonly done = false;
  #rest = '';
  #line = 0;

  push(piece: string): string[] {
    const lines = piece.split('\n');
    const items: string[] = [];
    for (const [index, line] of lines.entries()) {
      this.#rest += line;
      if (this.#rest.length > MAXIMUM_ITEM_CHARACTERS) throw itemTooLarge();
      if (index < lines.length - 1) items.push(...this.#endLine());
    }
    return items;
  }

  end(): string[] {
    return this.#endLine();
  }

  #endLine(): string[] {
    const line = this.#line === 0 && this.#rest.startsWith(BYTE_ORDER_MARK) ? this.#rest.slice(1) : this.#rest;
    this.#rest = '';
    this.#line++;
    return line.trim() === '' ? [] : [compactJson(line, `Line ${this.#line} of the JSON Lines`)];
  }
}
