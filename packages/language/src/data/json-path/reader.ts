import { ExpressionSyntaxError } from '../../errors.ts';
import { rawNumber } from '../../json.ts';
import type { Json, RawNumber } from '../../json.ts';

/** A position in an expression's text, and the tokens that paths, filters and intrinsic calls share. */
export class Reader {
  readonly text: string;
  position: number;

  constructor(text: string, position = 0) {
    this.text = text;
    this.position = position;
  }

  get atEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** The next UTF-16 unit, or an empty text at the end. */
  peek(): string {
    return this.text.charAt(this.position);
  }

  startsWith(token: string): boolean {
    return this.text.startsWith(token, this.position);
  }

  /** Steps over the token if it comes next. */
  accept(token: string): boolean {
    if (!this.startsWith(token)) return false;
    this.position += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.accept(token)) this.fail(`expected '${token}'`);
  }

  skipSpace(): void {
    while (/^[ \t\r\n]$/.test(this.peek())) this.position++;
  }

  /** Steps over what the sticky expression matches here. */
  match(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.position;
    const found = sticky.exec(this.text)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }

  fail(message: string): never {
    const where = this.atEnd ? 'at the end' : `at position ${this.position}`;
    throw new ExpressionSyntaxError(`Invalid expression '${this.text}': ${message} ${where}`, this.text, this.position);
  }

  /**
   * A text between quotes. Only the quote itself and the backslash are escaped by a backslash; before anything else the
   * backslash stands for itself, as recorded of AWS: `$['a\"b']` names the key `a\"b`.
   */
  readQuoted(): string {
    const quote = this.peek();
    if (quote !== "'" && quote !== '"') this.fail('expected a quoted text');
    this.position++;
    let value = '';
    for (;;) {
      if (this.atEnd) this.fail(`missing ${quote}`);
      const unit = this.peek();
      this.position++;
      if (unit === quote) return value;
      const next = this.peek();
      if (unit === '\\' && (next === quote || next === '\\')) {
        value += next;
        this.position++;
      } else value += unit;
    }
  }

  /** An integer, or undefined where none comes next. */
  readInteger(): number | undefined {
    const text = this.match(INTEGER);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!Number.isSafeInteger(value)) this.fail('the number is too big');
    return value;
  }

  /** A JSON number, kept losslessly; undefined where none comes next. */
  readNumber(): number | RawNumber | undefined {
    const text = this.match(NUMBER);
    if (text === undefined) return undefined;
    const value = Number(text);
    return String(value) === text ? value : rawNumber(text);
  }

  /** `true`, `false` or `null`; undefined where none comes next. */
  readKeyword(): Json | undefined {
    const word = this.match(KEYWORD);
    if (word === undefined) return undefined;
    return word === 'null' ? null : word === 'true';
  }
}

const INTEGER = /-?\d+/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const KEYWORD = /(?:true|false|null)(?![A-Za-z0-9_])/y;
