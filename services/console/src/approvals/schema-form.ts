/** The part of JSON Schema that becomes fields; what is beyond it is filled in as JSON. */
export interface FieldSchema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
  readonly items?: FieldSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

export type FieldKind = 'text' | 'long' | 'number' | 'check' | 'choice' | 'date' | 'time' | 'object' | 'json';

const SIMPLE = new Set([
  'type',
  'title',
  'description',
  'format',
  'enum',
  'default',
  'properties',
  'required',
  'minimum',
]);
for (const name of ['maximum', 'minLength', 'maxLength', 'pattern', 'additionalProperties', '$schema', 'examples']) {
  SIMPLE.add(name);
}
/** Texts that may be longer get more lines. */
const LONG = 120;

export function kindOf(schema: FieldSchema): FieldKind {
  if (Object.keys(schema).some((name) => !SIMPLE.has(name))) return 'json';
  if (schema.enum !== undefined) return schema.enum.every((value) => typeof value !== 'object') ? 'choice' : 'json';
  switch (schema.type) {
    case 'string':
      if (schema.format === 'date') return 'date';
      if (schema.format === 'date-time') return 'time';
      return (schema.maxLength ?? 0) > LONG ? 'long' : 'text';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'check';
    case 'object':
      return schema.properties === undefined ? 'json' : 'object';
    default:
      return 'json';
  }
}

/** As the browser's own field takes a time: that of the clock on the wall. */
function localTime(text: string): string {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return '';
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What people write, before it is JSON: texts as they stand in the fields. */
export type Draft = string | boolean | { readonly [name: string]: Draft };

export function isGroup(draft: Draft | undefined): draft is { readonly [name: string]: Draft } {
  return typeof draft === 'object';
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** The fields as they begin: with the data, else with the schema's defaults. */
export function draftOf(schema: FieldSchema, given: unknown): Draft {
  const value = given ?? schema.default;
  switch (kindOf(schema)) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, one]) => [name, draftOf(one, memberOf(value, name))]),
      );
    case 'check':
      return value === true;
    case 'json':
      return value === undefined ? '' : JSON.stringify(value, null, 2);
    case 'choice':
      return value === undefined ? '' : JSON.stringify(value);
    case 'time':
      return typeof value === 'string' ? localTime(value) : '';
    default:
      return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  }
}

export interface Filled {
  /** undefined: nothing is filled in. */
  readonly value: unknown;
  /** What is wrong, by the field's path. */
  readonly problems: ReadonlyMap<string, string>;
}

/** The JSON that the fields say. The server checks it against the whole schema. */
export function filledOf(schema: FieldSchema, draft: Draft, given: unknown, path = '', isRequired = false): Filled {
  if (kindOf(schema) !== 'object') {
    // What nobody has touched stays what it was, whatever its field can show of it.
    const isUntouched = given !== undefined && draft === draftOf(schema, given);
    return isUntouched
      ? { value: given, problems: rangeProblems(schema, given, path) }
      : plainOf(schema, draft, path, isRequired);
  }
  const problems = new Map<string, string>();
  // What the schema does not name stays as it was.
  const value: Record<string, unknown> = typeof given === 'object' && given !== null ? { ...given } : {};
  for (const [name, one] of Object.entries(schema.properties ?? {})) {
    const inner = isGroup(draft) ? (draft[name] ?? '') : '';
    const needed = schema.required?.includes(name) === true;
    const filled = filledOf(one, inner, memberOf(given, name), path === '' ? name : `${path}.${name}`, needed);
    for (const [at, problem] of filled.problems) problems.set(at, problem);
    if (filled.value === undefined) delete value[name];
    else value[name] = filled.value;
  }
  return { value, problems };
}

function rangeProblems(schema: FieldSchema, given: unknown, path: string): ReadonlyMap<string, string> {
  if (typeof given !== 'number') return new Map();
  return numberOf(
    schema,
    String(given),
    (value) => ({ value, problems: new Map() }),
    (problem) => ({
      value: given,
      problems: new Map([[path, problem]]),
    }),
  ).problems;
}

function plainOf(schema: FieldSchema, draft: Draft, path: string, isRequired: boolean): Filled {
  if (typeof draft === 'boolean') return { value: draft, problems: new Map() };
  const text = typeof draft === 'string' ? draft : '';
  const wrong = (problem: string): Filled => ({ value: undefined, problems: new Map([[path, problem]]) });
  if (text.trim() === '') return isRequired ? wrong('Please fill this in.') : { value: undefined, problems: new Map() };
  const ok = (value: unknown): Filled => ({ value, problems: new Map() });
  switch (kindOf(schema)) {
    case 'number':
      return numberOf(schema, text, ok, wrong);
    case 'json':
    case 'choice':
      try {
        return ok(JSON.parse(text));
      } catch {
        return wrong('This is no JSON.');
      }
    case 'time':
      return Number.isNaN(Date.parse(text)) ? wrong('This is no time.') : ok(new Date(text).toISOString());
    default:
      return textOf(schema, text, ok, wrong);
  }
}

type Answer = (value: unknown) => Filled;
type Wrong = (problem: string) => Filled;

function numberOf({ type, minimum, maximum }: FieldSchema, text: string, ok: Answer, wrong: Wrong): Filled {
  const number = Number(text);
  if (!Number.isFinite(number)) return wrong('This is no number.');
  if (type === 'integer' && !Number.isInteger(number)) return wrong('It must be a whole number.');
  if (minimum !== undefined && number < minimum) return wrong(`It must be ${minimum} or more.`);
  if (maximum !== undefined && number > maximum) return wrong(`It must be ${maximum} or less.`);
  return ok(number);
}

function textOf({ minLength, maxLength }: FieldSchema, text: string, ok: Answer, wrong: Wrong): Filled {
  // As JSON Schema counts: characters, not UTF-16 units.
  const { length } = Array.from(text);
  if (minLength !== undefined && length < minLength) return wrong(`It needs at least ${minLength} characters.`);
  if (maxLength !== undefined && length > maxLength) return wrong(`It has more than ${maxLength} characters.`);
  return ok(text);
}
