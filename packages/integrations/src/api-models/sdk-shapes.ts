import type { ApiShape } from '@everstep/engine';
import { stepFunctionsName } from './names.ts';
import type { SdkClient } from './sdk-client.ts';

/** The schema's kinds and the bits of its simple types, as the SDK's clients write them. */
const KIND = { list: 1, map: 2, structure: 3, union: 4, operation: 9 } as const;
const LIST_OF = 64;
const MAP_OF = 128;
const NUMERIC: ReadonlySet<number> = new Set([1, 17, 19]);
const BOOLEAN = 2;
const DOCUMENT = 15;

/** The answer of an operation by an installed client's schemas; null: it has none. */
export function sdkAnswer(client: SdkClient, operation: string): ApiShape | null {
  const name = stepFunctionsName(operation);
  const schema = client.exported[`${name}$`];
  if (!Array.isArray(schema) || schema[0] !== KIND.operation) return null;
  return shapeOf(client, schema[5]);
}

/** `reference`: a number, a schema, a function that gives one, or one of these beside its traits. */
function shapeOf(client: SdkClient, reference: unknown, declared?: string): ApiShape {
  if (typeof reference === 'number') return simple(client, reference, declared);
  if (typeof reference === 'function') {
    const given: unknown = reference();
    return shapeOf(client, given, declared);
  }
  if (!Array.isArray(reference)) return { type: 'any' };
  const schema: readonly unknown[] = reference;
  // A schema has its namespace in second place; a reference with traits has them there.
  if (typeof schema[1] !== 'string') return shapeOf(client, schema[0], declared);
  switch (schema[0]) {
    case KIND.list:
      return { type: 'list', member: () => shapeOf(client, schema[4], elementOf(declared)) };
    case KIND.map:
      return { type: 'map', value: () => shapeOf(client, schema[5]) };
    case KIND.structure:
    case KIND.union:
      return structure(client, schema);
    default:
      return shapeOf(client, schema[4], declared);
  }
}

function simple(client: SdkClient, bits: number, declared: string | undefined): ApiShape {
  if ((bits & LIST_OF) !== 0) {
    return { type: 'list', member: () => simple(client, bits & ~LIST_OF, elementOf(declared)) };
  }
  if ((bits & MAP_OF) !== 0) return { type: 'map', value: () => simple(client, bits & ~MAP_OF, undefined) };
  if (NUMERIC.has(bits)) return { type: 'number' };
  if (bits === BOOLEAN) return { type: 'boolean' };
  if (bits === DOCUMENT) return { type: 'any' };
  // Strings; timestamps and blobs are strings in a state machine.
  const values = declared === undefined ? null : wordsOf(client.exported[declared]);
  return values === null ? { type: 'string' } : { type: 'string', values };
}

function structure(client: SdkClient, schema: readonly unknown[]): ApiShape {
  const [, , name, , names, references, requiredCount] = schema;
  const members = new Map<string, () => ApiShape>();
  const required: string[] = [];
  if (!Array.isArray(names) || !Array.isArray(references)) return { type: 'any' };
  const types = typeof name === 'string' ? client.memberTypes.get(name) : undefined;
  for (const [index, member] of names.entries()) {
    if (typeof member !== 'string') continue;
    const reference: unknown = references[index];
    members.set(stepFunctionsName(member), () => shapeOf(client, reference, types?.get(member)));
    // Required members come first.
    if (typeof requiredCount === 'number' && index < requiredCount) required.push(stepFunctionsName(member));
  }
  return { type: 'structure', members, required };
}

function elementOf(declared: string | undefined): string | undefined {
  return declared?.endsWith('[]') === true ? declared.slice(0, -2) : undefined;
}

/** The words of an enumeration, which the SDK exports as an object of them. */
function wordsOf(exported: unknown): readonly string[] | null {
  if (typeof exported !== 'object' || exported === null || Array.isArray(exported)) return null;
  const words: unknown[] = Object.values(exported);
  const strings = words.filter((word) => typeof word === 'string');
  return strings.length > 0 && strings.length === words.length ? strings : null;
}
