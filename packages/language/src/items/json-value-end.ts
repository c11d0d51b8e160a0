const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SPACE = 0x20;

/**
 * Finds where a JSON value ends, over as many pieces as it takes: by its brackets and quotes alone, whether it is valid
 * or not.
 */
export class JsonValueEnd {
  #depth = 0;
  #isString = false;
  #isEscaped = false;
  #hasBegun = false;

  /** The index behind the value, which began or goes on at `from`; null: it goes on in the next piece. */
  find(piece: string, from: number): number | null {
    for (let at = from; at < piece.length; at++) {
      const code = piece.charCodeAt(at);
      if (this.#isString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (code === BACKSLASH) this.#isEscaped = true;
        else if (code === QUOTE) {
          this.#isString = false;
          if (this.#depth === 0) return at + 1;
        }
        continue;
      }
      switch (code) {
        case QUOTE:
          if (this.#depth === 0 && this.#hasBegun) return at;
          this.#isString = true;
          break;
        case OPEN_BRACKET:
        case OPEN_BRACE:
          this.#depth++;
          break;
        case CLOSE_BRACKET:
        case CLOSE_BRACE:
          if (this.#depth === 0) return at;
          this.#depth--;
          if (this.#depth === 0) return at + 1;
          break;
        case COMMA:
          if (this.#depth === 0) return at;
          break;
        default:
          if (this.#depth === 0 && code <= SPACE) return at;
      }
      this.#hasBegun = true;
    }
    return null;
  }
}
