import { isNumber, type Json, rawNumber, type SourceMember, type SourceNode, type Span } from '@everstep/language';
import { type Document, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';

export interface YamlProblem {
  readonly message: string;
  /** UTF-16 offset, where the parser tells one. */
  readonly offset: number | null;
}

export type YamlSource =
  | { readonly json: string; readonly root: SourceNode }
  | { readonly problems: readonly YamlProblem[] };

/** Anchors may be used again this often in all, so that a small file cannot unfold into a huge one. */
const MAXIMUM_ALIASES = 100;

/** A YAML 1.2 document as JSON text, numbers as they are written, and where everything stands in it. */
export function readYamlSource(text: string): YamlSource {
  try {
    const document = parseDocument(text, { prettyErrors: false, merge: true, logLevel: 'silent' });
    if (document.errors.length > 0) {
      return { problems: document.errors.map(({ message, pos }) => ({ message, offset: pos[0] })) };
    }
    const problems = keepNumbers(document);
    if (problems.length > 0) return { problems };
    const value: unknown = document.toJS({ maxAliasCount: MAXIMUM_ALIASES });
    return { json: JSON.stringify(value ?? null), root: readNode(document.contents) };
  } catch (error) {
    // The parser's own limits: too many aliases, a value inside itself, too deep a nesting.
    if (!(error instanceof Error)) throw error;
    return { problems: [{ message: error.message, offset: null }] };
  }
}

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Makes `1.0` and long integers keep their text, and tells of numbers that JSON does not have. */
function keepNumbers(document: Document.Parsed): YamlProblem[] {
  const problems: YamlProblem[] = [];
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== 'number') return;
      if (!Number.isFinite(node.value)) {
        problems.push({ message: `${node.source ?? node.value} is no JSON number`, offset: node.range?.[0] ?? null });
      }
      const { source } = node;
      if (source !== undefined && source !== String(node.value) && JSON_NUMBER.test(source)) {
        const kept: Json = rawNumber(source);
        if (isNumber(kept)) node.value = kept;
      }
    },
  });
  return problems;
}

/** An alias stands for itself: what it names is told where it is written. */
function readNode(node: unknown): SourceNode {
  const span = spanOf(node);
  if (isMap(node)) {
    const members = new Map<string, SourceMember>();
    for (const { key, value } of node.items) {
      const keySpan = spanOf(key);
      // A key without a value: the value is where the key ends.
      const read = value === null ? scalar({ start: keySpan.end, end: keySpan.end }) : readNode(value);
      members.set(String(isScalar(key) ? key.value : key), { key: keySpan, value: read });
    }
    return { ...span, members, items: null, text: null };
  }
  if (isSeq(node)) return { ...span, members: null, items: node.items.map(readNode), text: null };
  return { ...scalar(span), text: isScalar(node) && typeof node.value === 'string' ? node.value : null };
}

function scalar(span: Span): SourceNode {
  return { ...span, members: null, items: null, text: null };
}

function spanOf(node: unknown): Span {
  const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : null;
  if (!Array.isArray(range)) return { start: 0, end: 0 };
  return { start: Number(range[0]), end: Number(range[1]) };
}
