/**
 * The schemas with which the AWS SDK's clients describe their APIs, as one type. Their kinds and bits are those of
 * `@smithy/core/schema`: a schema is an array that begins with its kind, a simple type is a number.
 */
export type SdkSchema =
  | { readonly type: 'string' | 'blob' | 'stream' | 'timestamp' | 'number' | 'bigint' | 'boolean' | 'document' }
  | { readonly type: 'list'; readonly member: () => SdkSchema }
  | { readonly type: 'map'; readonly value: () => SdkSchema }
  | SdkStructure;

export interface SdkStructure {
  readonly type: 'structure';
  readonly name: string;
  readonly members: ReadonlyMap<string, SdkMember>;
}

export interface SdkMember {
  /** As the SDK spells it. */
  readonly name: string;
  readonly required: boolean;
  /** The service takes a repetition with the same value for the same request. */
  readonly isIdempotencyToken: boolean;
  readonly schema: () => SdkSchema;
}

const KIND = { error: -3, list: 1, map: 2, structure: 3, union: 4, operation: 9 } as const;
const LIST_OF = 64;
const MAP_OF = 128;
const IDEMPOTENCY_TOKEN = 4;

const SIMPLE: ReadonlyMap<number, Exclude<SdkSchema['type'], 'list' | 'map' | 'structure'>> = new Map([
  [0, 'string'],
  [1, 'number'],
  [2, 'boolean'],
  [4, 'timestamp'],
  [5, 'timestamp'],
  [6, 'timestamp'],
  [7, 'timestamp'],
  [15, 'document'],
  [17, 'bigint'],
  [19, 'number'],
  [21, 'blob'],
  [42, 'stream'],
]);

/** What an operation of an installed client takes and gives; null: it has no such operation. */
export function operationSchema(
  exported: Readonly<Record<string, unknown>>,
  operation: string,
): { readonly input: SdkSchema; readonly output: SdkSchema } | null {
  const schema = exported[`${operation}$`];
  if (!Array.isArray(schema) || schema[0] !== KIND.operation) return null;
  return { input: readSchema(schema[4]), output: readSchema(schema[5]) };
}

/** `reference`: a number, a schema, a function that gives one, or one of these beside its traits. */
function readSchema(reference: unknown): SdkSchema {
  if (typeof reference === 'number') return simple(reference);
  if (typeof reference === 'function') {
    const given: unknown = reference();
    return readSchema(given);
  }
  if (!Array.isArray(reference)) return { type: 'document' };
  const schema: readonly unknown[] = reference;
  // A schema has its namespace in second place; a reference with traits has them there.
  if (typeof schema[1] !== 'string') return readSchema(schema[0]);
  switch (schema[0]) {
    case KIND.list:
      return { type: 'list', member: () => readSchema(schema[4]) };
    case KIND.map:
      return { type: 'map', value: () => readSchema(schema[5]) };
    case KIND.structure:
    case KIND.union:
    case KIND.error:
      return structure(schema);
    default:
      return readSchema(schema[4]);
  }
}

function simple(bits: number): SdkSchema {
  if ((bits & LIST_OF) !== 0) return { type: 'list', member: () => simple(bits & ~LIST_OF) };
  if ((bits & MAP_OF) !== 0) return { type: 'map', value: () => simple(bits & ~MAP_OF) };
  return { type: SIMPLE.get(bits) ?? 'document' };
}

// An API's shapes are walked at every call; each is read once.
const structures = new WeakMap<readonly unknown[], SdkStructure>();

function structure(schema: readonly unknown[]): SdkStructure {
  const known = structures.get(schema);
  if (known !== undefined) return known;
  const [, , name, , names, references, requiredCount] = schema;
  const members = new Map<string, SdkMember>();
  for (const [index, member] of (Array.isArray(names) ? names : []).entries()) {
    if (typeof member !== 'string' || !Array.isArray(references)) continue;
    const reference: unknown = references[index];
    members.set(member, {
      name: member,
      // Required members come first.
      required: typeof requiredCount === 'number' && index < requiredCount,
      isIdempotencyToken: hasIdempotencyToken(reference),
      schema: () => readSchema(reference),
    });
  }
  const read: SdkStructure = { type: 'structure', name: typeof name === 'string' ? name : '', members };
  structures.set(schema, read);
  return read;
}

/** Traits are bits, or an object of them by name. */
function hasIdempotencyToken(reference: unknown): boolean {
  if (!Array.isArray(reference) || typeof reference[1] === 'string') return false;
  const traits: unknown = reference[1];
  if (typeof traits === 'number') return (traits & IDEMPOTENCY_TOKEN) !== 0;
  return typeof traits === 'object' && traits !== null && 'idempotencyToken' in traits;
}
