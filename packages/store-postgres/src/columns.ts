/** Arrays as Postgres array literals: the elements need no quotes, so joining them is all it takes. */
export function numberArray(values: ReadonlyArray<number | null>): string {
  return `{${values.map((value) => (value === null ? 'null' : String(value))).join(',')}}`;
}

export function uuidArray(values: ReadonlyArray<string | null>): string {
  return `{${values.map((value) => value ?? 'null').join(',')}}`;
}

export function booleanArray(values: ReadonlyArray<boolean | null>): string {
  return `{${values.map((value) => (value === null ? 'null' : value ? 't' : 'f')).join(',')}}`;
}

/**
 * Texts of many rows as ONE binary parameter with offsets and lengths, sliced on the server by {@link slice}. Text
 * arrays would have to be quoted here and unquoted there, which doubles JSON.
 */
export class TextBlob {
  readonly #texts: string[] = [];
  readonly #lengths: number[] = [];
  #bytes = 0;

  /** The offsets (from 1) and lengths of a column's texts as two array literals; length -1 is null. */
  column(texts: ReadonlyArray<string | null>): [offsets: string, lengths: string] {
    const offsets: number[] = [];
    const lengths: number[] = [];
    for (const text of texts) {
      const length = text === null ? -1 : Buffer.byteLength(text);
      offsets.push(this.#bytes + 1);
      lengths.push(length);
      if (text === null) continue;
      this.#texts.push(text);
      this.#lengths.push(length);
      this.#bytes += length;
    }
    return [numberArray(offsets), numberArray(lengths)];
  }

  buffer(): Buffer {
    const buffer = Buffer.allocUnsafe(this.#bytes);
    let at = 0;
    this.#texts.forEach((text, index) => {
      buffer.write(text, at, 'utf8');
      at += this.#lengths[index] ?? 0;
    });
    return buffer;
  }
}

/** SQL: the text at an offset and length of the blob. */
export function slice(blob: string, offset: string, length: string): string {
  return `case when ${length} >= 0 then convert_from(substring(${blob}::bytea from ${offset} for ${length}), 'UTF8') end`;
}
