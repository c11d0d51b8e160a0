import { type Json, JsonSyntaxError, isObject, jsonText, parseJson, setOwn } from '../../json.ts';
import type { FuzzCase } from './fuzz-case.ts';

/**
 * Smaller cases that fail alike, found by leaving out parts of the documents and then ever smaller pieces of the texts.
 * Written as a conversation, so that whoever tries the candidates may do so elsewhere, with a time-out: yields a
 * candidate, takes whether it fails, and answers the smallest.
 */
export function* smallerCases(fuzzCase: FuzzCase, attempts: number): Generator<FuzzCase, FuzzCase, boolean> {
  const budget = { left: attempts };
  let smallest = fuzzCase;
  for (const member of ['text', 'input'] as const) {
    smallest = yield* smallerDocuments(smallest, member, budget);
    smallest = yield* smallerTexts(smallest, member, budget);
  }
  return smallest;
}

interface Budget {
  left: number;
}

type Trying = Generator<FuzzCase, FuzzCase, boolean>;

/** Leaves out members and items, the largest first, where the text is JSON. */
function* smallerDocuments(from: FuzzCase, member: 'text' | 'input', budget: Budget): Trying {
  let smallest = from;
  for (let at = 0; ; ) {
    const document = read(smallest[member]);
    if (document === undefined) return smallest;
    const without = withoutPart(document, at);
    if (without === undefined || budget.left-- <= 0) return smallest;
    const candidate = { ...smallest, [member]: jsonText(without) };
    if (yield candidate) smallest = candidate;
    else at += 1;
  }
}

function read(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined;
    throw error;
  }
}

/** A copy without the member or item that comes as number `index`, outer ones first; undefined after the last. */
function withoutPart(value: Json, index: number): Json | undefined {
  const places: { readonly path: readonly number[] }[] = [];
  for (let level: { path: number[]; value: Json }[] = [{ path: [], value }]; level.length > 0; ) {
    const below = level.flatMap((node) =>
      childrenOf(node.value).map(([, child], at) => ({ path: [...node.path, at], value: child })),
    );
    places.push(...below);
    level = below;
  }
  const place = places[index];
  return place === undefined ? undefined : remove(value, place.path);
}

function childrenOf(value: Json): [string, Json][] {
  return Array.isArray(value) || isObject(value) ? Object.entries(value) : [];
}

function remove(value: Json, [at, ...rest]: readonly number[]): Json {
  const children = childrenOf(value).flatMap(([key, child], index): [string, Json][] => {
    if (index !== at) return [[key, child]];
    return rest.length === 0 ? [] : [[key, remove(child, rest)]];
  });
  if (Array.isArray(value)) return children.map(([, child]) => child);
  const copy = {};
  for (const [key, child] of children) setOwn(copy, key, child);
  return copy;
}

/** Leaves out pieces: halves first, then ever smaller ones. An input stays JSON, as an execution has no other. */
function* smallerTexts(from: FuzzCase, member: 'text' | 'input', budget: Budget): Trying {
  let smallest = from;
  for (let size = Math.ceil(smallest[member].length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest[member].length; ) {
      if (budget.left-- <= 0) return smallest;
      const whole: string = smallest[member];
      const candidate = { ...smallest, [member]: whole.slice(0, at) + whole.slice(at + size) };
      const isUsable = member === 'text' || read(candidate.input) !== undefined;
      if (isUsable && (yield candidate)) smallest = candidate;
      else at += size;
    }
  }
  return smallest;
}
