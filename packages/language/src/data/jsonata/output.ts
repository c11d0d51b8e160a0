import { isRawNumber } from '../../json.ts';
import type { Json, JsonObject } from '../../json.ts';
import { setOwn } from '../../json.ts';
import { MAX_OUTPUT_CHARACTERS } from '../limits.ts';
import { JsonataError } from './errors.ts';
import { MAX_MESSAGE_VALUE_CHARACTERS, MAX_VALUE_NESTING } from './limits.ts';
import { Callable, TupleStream } from './value.ts';
import type { Dictionary, List, Value } from './value.ts';

/**
 * The JSON that an evaluation gives: a copy where a value holds marks of sequences, functions or a minus zero, the value
 * itself where it does not, so that data that merely passes through keeps its identity and the text of its numbers.
 * Functions inside an object are left out, as JSON does.
 */
export function toJson(value: Value): Json | undefined {
  if (value === undefined || value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string' && value.length < MAX_OUTPUT_CHARACTERS) return value;
  if (value instanceof Callable) throw new JsonataError('D4010');
  return new OutputReader().read(value, 0);
}

class OutputReader {
  #left = MAX_OUTPUT_CHARACTERS;

  read(value: Value, depth: number): Json {
    if (depth > MAX_VALUE_NESTING) throw new JsonataError('D4007', { value: MAX_VALUE_NESTING });
    if (typeof value === 'string') {
      this.#charge(value.length + 2);
      return value;
    }
    this.#charge(1);
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) throw new JsonataError('D1001', { value });
      return Object.is(value, -0) ? 0 : value;
    }
    if (value === undefined || value === null || typeof value === 'boolean') return value ?? null;
    if (value instanceof Callable) throw new JsonataError('D4010');
    if (value instanceof TupleStream)
      return this.#list(
        value.tuples.map((tuple) => tuple.value),
        depth,
      );
    if (isRawNumber(value)) return value;
    return Array.isArray(value) ? this.#list(value, depth) : this.#dictionary(value, depth);
  }

  #list(items: List, depth: number): Json[] {
    this.#charge(items.length);
    const copy: Json[] = [];
    let isSame = items.sequence !== true && items.constructed !== true;
    for (const item of items) {
      const read = this.read(item, depth + 1);
      isSame &&= read === item;
      copy.push(read);
    }
    return isSame && isJsonList(items, copy) ? items : copy;
  }

  #dictionary(members: Dictionary, depth: number): JsonObject {
    const result: JsonObject = {};
    let isSame = true;
    for (const key of Object.keys(members)) {
      const member = members[key];
      if (member === undefined || member instanceof Callable) {
        isSame = false;
        continue;
      }
      this.#charge(key.length + 3);
      const read = this.read(member, depth + 1);
      isSame &&= read === member;
      setOwn(result, key, read);
    }
    return isSame && isJsonObject(members, result) ? members : result;
  }

  #charge(characters: number): void {
    this.#left -= characters;
    if (this.#left < 0) throw new JsonataError('D4005', { value: `${MAX_OUTPUT_CHARACTERS} characters` });
  }
}

/** Whether an array is JSON, seen from its copy, which has the same items. */
function isJsonList(items: List, copy: readonly Json[]): items is Json[] {
  return items.length === copy.length;
}

function isJsonObject(_members: Dictionary, copy: JsonObject): _members is JsonObject {
  return copy !== null;
}

/** A value's JSON for an error's message, cut off where it is long; "undefined" where there is none. */
export function shownValue(value: Value): string {
  return cutShort(show(value, { left: MAX_MESSAGE_VALUE_CHARACTERS }));
}

function show(value: Value, budget: { left: number }): string {
  budget.left -= 1;
  if (budget.left < 0) return '…';
  if (value === undefined) return 'undefined';
  if (value === null || value instanceof TupleStream) return 'null';
  if (value instanceof Callable) return '"<function>"';
  if (typeof value === 'string') {
    const text = JSON.stringify(value.slice(0, budget.left + 1));
    budget.left -= text.length;
    return text;
  }
  if (typeof value !== 'object') return typeof value === 'number' && !Number.isFinite(value) ? 'null' : String(value);
  if (isRawNumber(value)) return value.rawJSON;
  const parts: string[] = [];
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && budget.left >= 0; index++) parts.push(show(value[index], budget));
    return `[${parts.join(',')}]`;
  }
  for (const key of Object.keys(value)) {
    if (budget.left < 0) break;
    parts.push(`${show(key, budget)}:${show(value[key], budget)}`);
  }
  return `{${parts.join(',')}}`;
}

function cutShort(text: string): string {
  return text.length > MAX_MESSAGE_VALUE_CHARACTERS ? `${text.slice(0, MAX_MESSAGE_VALUE_CHARACTERS)}…` : text;
}
