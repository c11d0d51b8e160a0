import { StatesError } from '../errors.ts';
import { JsonSyntaxError, jsonText, parseJson } from '../json.ts';

/** What AWS reads of one item, in characters; a child's input is smaller, but ItemSelector may leave out most of an item. */
export const MAXIMUM_ITEM_CHARACTERS = 8 * 1024 * 1024;

export function itemReaderFailed(detail: string): StatesError {
  return new StatesError('States.ItemReaderFailed', detail);
}

export function itemTooLarge(): StatesError {
  return itemReaderFailed(`An item of the dataset is larger than ${MAXIMUM_ITEM_CHARACTERS} characters.`);
}

/** A text as AWS passes it on: parsed and written anew. */
export function compactJson(text: string, where: string): string {
  try {
    return jsonText(parseJson(text));
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw itemReaderFailed(`${where} is not valid JSON: ${error.message}`);
  }
}

/** Some editors put it at the beginning of a file. */
export const BYTE_ORDER_MARK = '\ufeff';
