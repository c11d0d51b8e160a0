import { type Json, isObject } from '@everstep/language';
import { type Pairs, encodedPairs, scalarText } from './http-values.ts';
import { UnusableParametersError } from './unusable-parameters-error.ts';

/**
 * The query parameters of a state: an object (a list repeats its name), a query string, or a list of such.
 * Throws UnusableParametersError.
 */
export function readQuery(value: Json | undefined): Pairs {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return [...new URLSearchParams(value)];
  if (Array.isArray(value)) return value.flatMap(readQuery);
  if (!isObject(value)) throw new UnusableParametersError("The field 'QueryParameters' must be an object.");
  return Object.entries(value).flatMap(([name, given]) =>
    (Array.isArray(given) ? given : [given]).map((one) => [name, scalarText(one)] as const),
  );
}

/** An address with further parameters behind those that it has. */
export function withQuery(url: URL, query: Pairs): URL {
  if (query.length === 0) return url;
  const extended = new URL(url);
  extended.search = [url.search.slice(1), encodedPairs(query)].filter((part) => part !== '').join('&');
  return extended;
}
