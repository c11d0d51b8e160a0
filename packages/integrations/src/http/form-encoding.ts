import { type Json, isObject } from '@everstep/language';
import { percentEncode } from '@everstep/protocol';
import { scalarText } from './http-values.ts';
import { UnusableParametersError } from './unusable-parameters-error.ts';

/** How the items of a list are told in a form. */
export type ArrayFormat = 'INDICES' | 'REPEAT' | 'COMMAS' | 'BRACKETS';

export const ARRAY_FORMATS: readonly ArrayFormat[] = ['INDICES', 'REPEAT', 'COMMAS', 'BRACKETS'];

/**
 * A JSON object as `application/x-www-form-urlencoded`: `a[b]=c` for what is nested.
 * https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#url-encode-request-body
 * Throws UnusableParametersError where the value is no object.
 */
export function formEncoded(value: Json, arrays: ArrayFormat): string {
  if (!isObject(value)) {
    throw new UnusableParametersError("The field 'RequestBody' must be an object to be encoded as URL_ENCODED.");
  }
  return Object.entries(value)
    .flatMap(([name, member]) => fields(name, member, arrays))
    .join('&');
}

function fields(name: string, value: Json, arrays: ArrayFormat): string[] {
  if (Array.isArray(value)) return listFields(name, value, arrays);
  if (isObject(value)) {
    return Object.entries(value).flatMap(([member, inner]) => fields(`${name}[${member}]`, inner, arrays));
  }
  return [`${percentEncode(name)}=${percentEncode(scalarText(value))}`];
}

function listFields(name: string, items: readonly Json[], arrays: ArrayFormat): string[] {
  switch (arrays) {
    case 'INDICES':
      return items.flatMap((item, index) => fields(`${name}[${index}]`, item, arrays));
    case 'BRACKETS':
      return items.flatMap((item) => fields(`${name}[]`, item, arrays));
    case 'REPEAT':
      return items.flatMap((item) => fields(name, item, arrays));
    case 'COMMAS':
      // The commas between the items stay as they are, and so differ from commas in an item.
      return [`${percentEncode(name)}=${items.map((item) => percentEncode(scalarText(item))).join(',')}`];
  }
}
