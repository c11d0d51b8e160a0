import {
  BYTE_ORDER_MARK,
  MAXIMUM_ITEM_CHARACTERS,
  compactJson,
  itemReaderFailed,
  itemTooLarge,
} from './item-errors.ts';
import type { ItemScanner } from './item-scanner.ts';
import { JsonValueEnd } from './json-value-end.ts';

/** What comes next, blanks aside. `value`: one that is gone through or into. */
type Expected = 'value' | 'rest of value' | 'member' | 'rest of name' | 'colon' | 'comma' | 'end';

const NOT_ITERABLE = 'Attempting to map over non-iterable node.';

/**
 * The items of a JSON document: the elements of the array, or the members of the object, that a JSON Pointer (RFC 6901)
 * leads to; without one, the elements of the document. Only an item is ever kept; what lies before is gone over, and what
 * lies behind is not looked at.
 */
export class JsonItems implements ItemScanner {
  /** What the pointer still names, seen from the container that is open; none: its values are the items. */
  readonly #path: string[];
  readonly #isWhole: boolean;
  #expected: Expected = 'value';
  /** How the innermost open container closes; empty: none is open. */
  #closing: '' | ']' | '}' = '';
  #isFirst = true;
  #index = 0;
  #name = '';
  #value = new JsonValueEnd();
  /** Text of the value or name that goes on; null: it is passed over. */
  #kept: string | null = null;
  #isBeginning = true;

  constructor(pointer: string | null) {
    this.#isWhole = pointer === null;
    if (pointer !== null && pointer !== '' && !pointer.startsWith('/')) {
      throw itemReaderFailed(`The ItemsPointer '${pointer}' is not a JSON Pointer.`);
    }
    this.#path = (pointer ?? '')
      .split('/')
      .slice(1)
      .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
  }

  get done(): boolean {
    return this.#expected === 'end' && !this.#isWhole;
  }

  push(piece: string): string[] {
    const items: string[] = [];
    let at = 0;
    if (this.#isBeginning && piece !== '') {
      this.#isBeginning = false;
      if (piece.startsWith(BYTE_ORDER_MARK)) at = 1;
    }
    while (at < piece.length && !this.done) at = this.#step(piece, at, items);
    return items;
  }

  end(): string[] {
    if (this.#expected !== 'end') throw invalid('it ends too early');
    return [];
  }

  /** Answers where to go on. */
  #step(piece: string, at: number, items: string[]): number {
    if (this.#expected === 'rest of value' || this.#expected === 'rest of name') return this.#goOn(piece, at, items);
    const start = skipBlanks(piece, at);
    const character = piece.charAt(start);
    if (character === '') return start;
    switch (this.#expected) {
      case 'value':
        return this.#begin(character, start);
      case 'member':
        return this.#beginMember(character, start);
      case 'colon':
        if (character !== ':') throw invalid(`a colon is missing before '${character}'`);
        this.#expected = 'value';
        return start + 1;
      case 'comma':
        if (character === this.#closing) this.#close();
        else if (character === ',') this.#expected = this.#closing === '}' ? 'member' : 'value';
        else throw invalid(`a comma is missing before '${character}'`);
        return start + 1;
      case 'end':
        throw invalid(`'${character}' follows its end`);
    }
  }

  /** A value begins: an item, one on the way to the items, or one that is passed over. */
  #begin(character: string, at: number): number {
    if (this.#closing === '') return this.#open(character, at);
    if (this.#closing === ']' && this.#isFirst && character === ']') {
      this.#close();
      return at + 1;
    }
    this.#isFirst = false;
    const [wanted] = this.#path;
    const name = this.#closing === ']' ? String(this.#index++) : this.#name;
    if (wanted !== undefined && wanted === name) {
      this.#path.shift();
      return this.#open(character, at);
    }
    this.#expected = 'rest of value';
    this.#value = new JsonValueEnd();
    this.#kept = wanted === undefined ? '' : null;
    return at;
  }

  #open(character: string, at: number): number {
    const isArray = character === '[';
    const isItems = this.#path.length === 0;
    // A whole document must be an array; only where somebody points at an object are its members meant.
    if (!isArray && (character !== '{' || (isItems && this.#isWhole))) throw itemReaderFailed(NOT_ITERABLE);
    this.#closing = isArray ? ']' : '}';
    this.#expected = isArray ? 'value' : 'member';
    this.#isFirst = true;
    this.#index = 0;
    return at + 1;
  }

  #beginMember(character: string, at: number): number {
    if (character === '}' && this.#isFirst) {
      this.#close();
      return at + 1;
    }
    this.#isFirst = false;
    if (character !== '"') throw invalid(`a name is missing before '${character}'`);
    this.#expected = 'rest of name';
    this.#value = new JsonValueEnd();
    this.#kept = '';
    return at;
  }

  #goOn(piece: string, at: number, items: string[]): number {
    const found = this.#value.find(piece, at);
    const end = found ?? piece.length;
    if (this.#kept !== null) {
      this.#kept += piece.slice(at, end);
      if (this.#kept.length > MAXIMUM_ITEM_CHARACTERS) throw itemTooLarge();
    }
    if (found === null) return end;
    if (this.#expected === 'rest of name') {
      this.#name = String(JSON.parse(compactJson(this.#kept ?? '', 'A name in the document')));
      this.#expected = 'colon';
      return end;
    }
    if (this.#kept !== null) items.push(this.#item(compactJson(this.#kept, 'An item of the document')));
    this.#kept = null;
    this.#expected = 'comma';
    return end;
  }

  #item(value: string): string {
    return this.#closing === ']' ? value : `{"Key":${JSON.stringify(this.#name)},"Value":${value}}`;
  }

  #close(): void {
    // What the pointer names was not in it.
    if (this.#path.length > 0) throw itemReaderFailed(NOT_ITERABLE);
    this.#closing = '';
    this.#expected = 'end';
  }
}

function invalid(detail: string): Error {
  return itemReaderFailed(`The document is not valid JSON: ${detail}.`);
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break;
  }
  return at;
}
