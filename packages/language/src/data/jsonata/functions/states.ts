import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { JsonSyntaxError, parseJson } from '../../../json.ts';
import type { BuiltInDefinition } from '../callables.ts';
import { JsonataError } from '../errors.ts';
import { pushAll } from '../lookup.ts';
import { MAX_ARRAY_ITEMS, STEPS_OF_HASH, STEPS_OF_RANDOM } from '../limits.ts';
import type { Run } from '../run.ts';
import type { List, Value } from '../value.ts';
import { listAt, numberAt, textAt } from './arguments.ts';

const ALGORITHMS = new Map<string, (message: Uint8Array) => Uint8Array>([
  ['MD5', md5],
  ['SHA-1', sha1],
  ['SHA-256', sha256],
  ['SHA-384', sha384],
  ['SHA-512', sha512],
]);
/** A hash takes as long as copying its text about so many times. */
const HASH_COST = 8;

function hash(given: readonly Value[], run: Run): Value {
  const text = textAt(given, 0);
  const algorithm = textAt(given, 1);
  if (text === undefined) return undefined;
  const digest = ALGORITHMS.get(algorithm ?? '');
  if (digest === undefined) throw new JsonataError('D4003', { value: algorithm });
  run.step(STEPS_OF_HASH);
  run.characters(text.length * HASH_COST);
  return bytesToHex(digest(utf8ToBytes(text)));
}

function partition(given: readonly Value[], run: Run): Value {
  const items = listAt(given, 0);
  const size = numberAt(given, 1);
  if (items === undefined) return undefined;
  if (size === undefined || !Number.isInteger(size) || size < 1) throw new JsonataError('D4001', { value: size });
  const parts: List = [];
  for (let start = 0; start < items.length; start += size) {
    const part: List = [];
    run.step(1);
    pushAll(part, items.slice(start, start + size), run);
    parts.push(part);
  }
  return parts;
}

/** From `first` up, or with a negative step down, to `last`, which belongs to it where a step hits it. */
function range(given: readonly Value[], run: Run): Value {
  const [first, last, step] = [numberAt(given, 0), numberAt(given, 1), numberAt(given, 2)];
  if (first === undefined || last === undefined || step === undefined) return undefined;
  const size = Math.floor((last - first) / step) + 1;
  if (step === 0 || !Number.isFinite(size)) throw new JsonataError('D4002');
  if (size > MAX_ARRAY_ITEMS) throw new JsonataError('D2015', { value: MAX_ARRAY_ITEMS });
  const items: List = [];
  run.items(Math.max(0, size));
  for (let index = 0; index < size; index++) items.push(first + index * step);
  return items;
}

function parse(given: readonly Value[], run: Run): Value {
  const text = textAt(given, 0);
  if (text === undefined) return undefined;
  run.text(text.length);
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new JsonataError('D4004', { message: error.message });
    throw error;
  }
}

/** What AWS adds to the language; `$random` with a seed stands among the numeric functions. */
export const STATES_FUNCTIONS: readonly BuiltInDefinition[] = [
  { name: 'partition', signature: '<an:a>', arity: 2, call: partition },
  { name: 'range', signature: '<nnn:a>', arity: 3, call: range },
  { name: 'hash', signature: '<ss:s>', arity: 2, call: hash },
  {
    name: 'uuid',
    signature: '<:s>',
    arity: 0,
    call(_given, run) {
      run.step(STEPS_OF_RANDOM);
      return run.random.uuid();
    },
  },
  { name: 'parse', signature: '<s:x>', arity: 1, call: parse },
];
