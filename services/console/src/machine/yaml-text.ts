import { readJsonSource, type SourceNode } from '@everstep/language';
import {
  Document,
  type Document as YamlDocument,
  LineCounter,
  type Node,
  Pair,
  parseDocument,
  Scalar,
  type ScalarTag,
  visit,
  YAMLMap,
  YAMLSeq,
} from 'yaml';
import { prettyJson } from '../ui/json-text.ts';

export type ReadDefinition =
  | { readonly text: string }
  /** What is wrong, with the line where there is one. */
  | { readonly problem: string };

/** A number that both formats write alike, by its text: its digits go through no double. */
class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Before YAML's own numbers, which stay for what only YAML writes: 0x1F, +1, .5. */
const NUMBERS: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/,
  identify: (value) => value instanceof NumberText,
  resolve: (text) => new NumberText(text),
  stringify: ({ value }) => (value instanceof NumberText ? value.text : String(value)),
};

/** Aliases may unfold into a text of so many characters, and nest so deep: no definition is as large. */
const LONGEST = 4 * 1024 * 1024;
const DEEPEST = 500;
const MOST_ALIASES = 1_000;

/** A definition in JSON or YAML as JSON text, with its numbers and the order of its fields. */
export function readDefinitionText(given: string): ReadDefinition {
  try {
    // JSON stays as it is written.
    JSON.parse(given);
    return { text: given };
  } catch {
    return readYaml(given);
  }
}

function readYaml(given: string): ReadDefinition {
  const lines = new LineCounter();
  try {
    const document = parseDocument(given, { lineCounter: lines, customTags: (tags) => [NUMBERS, ...tags] });
    const fault = faultIn(document);
    if (fault !== null) {
      const { line, col } = lines.linePos(fault.at);
      return { problem: `Line ${line}, column ${col}: ${fault.message}` };
    }
    const value: unknown = document.toJS({ mapAsMap: true, maxAliasCount: MOST_ALIASES });
    if (!(value instanceof Map)) {
      return { problem: 'This is no definition: a definition is an object with StartAt and States.' };
    }
    const parts = new JsonParts();
    parts.add(value, 0);
    return { text: prettyJson(parts.text) };
  } catch (error) {
    // Aliases without end, and what nests deeper than the parser can go.
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** What the parser says, and numbers that JSON has not; a tag such as !Sub would be lost without a word. */
function faultIn(document: YamlDocument): { readonly at: number; readonly message: string } | null {
  const [told] = [...document.errors, ...document.warnings];
  if (told !== undefined) return { at: told.pos[0], message: told.message.split('\n')[0] ?? '' };
  let at: number | null = null;
  visit(document, {
    Scalar(_, { value, range }) {
      if (typeof value !== 'number' || Number.isFinite(value)) return undefined;
      at = range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return at === null ? null : { at, message: 'JSON has no infinite numbers and no .nan' };
}

class JsonParts {
  readonly #parts: string[] = [];
  #length = 0;

  get text(): string {
    return this.#parts.join('');
  }

  add(value: unknown, depth: number): void {
    if (depth > DEEPEST) throw new Error('It nests too deep, or contains itself.');
    if (value instanceof Map) {
      this.#list('{}', value, ([key, member]) => {
        this.#put(`${JSON.stringify(keyText(key))}:`);
        this.add(member, depth + 1);
      });
    } else if (Array.isArray(value)) this.#list('[]', value, (item) => this.add(item, depth + 1));
    else this.#put(scalarText(value));
  }

  #list<Item>(brackets: '{}' | '[]', items: Iterable<Item>, add: (item: Item) => void): void {
    this.#put(brackets.charAt(0));
    let isFirst = true;
    for (const item of items) {
      if (!isFirst) this.#put(',');
      isFirst = false;
      add(item);
    }
    this.#put(brackets.charAt(1));
  }

  #put(text: string): void {
    this.#length += text.length;
    if (this.#length > LONGEST) throw new Error('It unfolds into more than any definition may have.');
    this.#parts.push(text);
  }
}

function scalarText(value: unknown): string {
  if (value instanceof NumberText) return value.text;
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return JSON.stringify(value);
  throw new Error('It has a value that JSON has not.');
}

function keyText(key: unknown): string {
  return typeof key === 'string' ? key : scalarText(key);
}

/** JSON text as YAML, with its numbers as they are written and its fields in their order. Errors: SyntaxError. */
export function yamlText(definition: string): string {
  JSON.parse(definition);
  const source = readJsonSource(definition);
  if (source === null) throw new SyntaxError('This is no JSON.');
  const document = new Document(undefined, { customTags: (tags) => [NUMBERS, ...tags] });
  document.contents = nodeOf(source, definition);
  return document.toString({ lineWidth: 120 });
}

function nodeOf(source: SourceNode, definition: string): Node {
  if (source.members !== null) {
    const map = new YAMLMap();
    for (const [name, { value }] of source.members)
      map.items.push(new Pair(new Scalar(name), nodeOf(value, definition)));
    return map;
  }
  if (source.items !== null) {
    const list = new YAMLSeq();
    for (const item of source.items) list.items.push(nodeOf(item, definition));
    return list;
  }
  if (source.text !== null) return new Scalar(source.text);
  const text = definition.slice(source.start, source.end);
  if (text === 'null') return new Scalar(null);
  if (text === 'true' || text === 'false') return new Scalar(text === 'true');
  return new Scalar(new NumberText(text));
}
