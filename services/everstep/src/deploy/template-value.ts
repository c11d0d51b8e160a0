import { type Document, isAlias, isMap, isNode, isScalar, isSeq, parseDocument } from 'yaml';
import { StartError } from '../start-error.ts';

export type TemplateValue = string | number | boolean | null | TemplateValue[] | TemplateObject;
export interface TemplateObject {
  [name: string]: TemplateValue;
}

/** Functions with a short YAML form, by its tag. */
const SHORT_FORMS = [
  ...['Sub', 'GetAtt', 'Join', 'If', 'Equals', 'Not', 'And', 'Or', 'Select', 'Split', 'FindInMap', 'ImportValue'],
  ...['Base64', 'Cidr', 'GetAZs', 'Transform'],
].map((name) => [`!${name}`, `Fn::${name}`] as const);

const TAGS: ReadonlyMap<string, string> = new Map([...SHORT_FORMS, ['!Ref', 'Ref'], ['!Condition', 'Condition']]);

/** A template in JSON or YAML, short forms of functions as their long ones. Throws StartError. */
export function parseTemplate(name: string, text: string): TemplateValue {
  const document = parseDocument(text, { merge: true, logLevel: 'silent', prettyErrors: true });
  const [problem] = document.errors;
  if (problem !== undefined) throw new StartError(`${name} is neither JSON nor YAML: ${problem.message}`);
  return new TemplateReader(name, document).value(document.contents);
}

/** Values that anchors may unfold into, so that a small file cannot become a huge one. */
const MOST_VALUES = 200_000;

class TemplateReader {
  readonly #name: string;
  readonly #document: Document;
  #count = 0;

  constructor(name: string, document: Document) {
    this.#name = name;
    this.#document = document;
  }

  value(node: unknown): TemplateValue {
    this.#count += 1;
    if (this.#count > MOST_VALUES) throw new StartError(`${this.#name} holds more than ${MOST_VALUES} values.`);
    if (isAlias(node)) return this.value(node.resolve(this.#document));
    const tag = isNode(node) ? node.tag : undefined;
    const found = this.#plain(node);
    const name = tag === undefined ? undefined : TAGS.get(tag);
    if (name === undefined) return found;
    return { [name]: name === 'Fn::GetAtt' ? attributePath(found) : found };
  }

  #plain(node: unknown): TemplateValue {
    if (isMap(node)) {
      const members = node.items.flatMap(({ key, value }) => {
        const name = String(isScalar(key) ? key.value : key);
        const read = this.value(value);
        return name === '<<' ? Object.entries(objectOf(read)) : [[name, read] as const];
      });
      return Object.fromEntries(members);
    }
    if (isSeq(node)) return node.items.map((item) => this.value(item));
    return isScalar(node) ? scalarOf(node.value, node.source) : null;
  }
}

function attributePath(value: TemplateValue): TemplateValue {
  if (typeof value !== 'string') return value;
  const dot = value.indexOf('.');
  return dot === -1 ? [value] : [value.slice(0, dot), value.slice(dot + 1)];
}

function scalarOf(value: unknown, source: string | undefined): TemplateValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return value === null || value === undefined ? null : (source ?? null);
}

export function isTemplateObject(value: TemplateValue | undefined): value is TemplateObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectOf(value: TemplateValue | undefined): TemplateObject {
  return isTemplateObject(value) ? value : {};
}

/** A text as it is, anything else as JSON. */
export function scalarText(value: TemplateValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
