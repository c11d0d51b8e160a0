import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { type Diagnostic, readJsonSource, type SourceNode } from '@everstep/language';
import { StartError, codeOf, messageOf } from '../start-error.ts';
import { readYamlSource } from './yaml-source.ts';

/** A definition as it was read, not yet parsed as a state machine. */
export interface DefinitionFile {
  /** As the user named it; `<stdin>` for `-`. */
  readonly name: string;
  readonly text: string;
  /** The definition as JSON text: the text itself, or the YAML's meaning; null where the YAML is none. */
  readonly json: string | null;
  /** Where everything stands in the text. Only for a definition that parses as JSON and is not nested too deeply. */
  readonly source: () => SourceNode | null;
  /** Why the text is no YAML. What is wrong with JSON, the language tells. */
  readonly problems: readonly PlacedDiagnostic[];
}

export interface PlacedDiagnostic extends Diagnostic {
  /** UTF-16 offset into the text, or null: the file as a whole. */
  readonly offset: number | null;
}

/** Reads a definition in JSON or YAML; `-` is the standard input. Throws StartError where it cannot be read. */
export async function readDefinition(path: string): Promise<DefinitionFile> {
  const name = path === '-' ? '<stdin>' : path;
  return parseDefinitionText(name, await readText(path));
}

/** A text file, or the standard input for `-`. Throws StartError. */
export async function readText(path: string): Promise<string> {
  try {
    const text = path === '-' ? await readAll(process.stdin) : decode(readFileSync(path));
    return text.startsWith('\uFEFF') ? text.slice(1) : text;
  } catch (error) {
    throw new StartError(`Cannot read ${path === '-' ? 'the standard input' : path}: ${reasonOf(error)}`);
  }
}

export function parseDefinitionText(name: string, text: string): DefinitionFile {
  if (isJson(name, text)) return { name, text, json: text, source: () => readJsonSource(text), problems: [] };
  const source = readYamlSource(text);
  if ('json' in source) return { name, text, json: source.json, source: () => source.root, problems: [] };
  const problems = source.problems.map(({ message, offset }) => ({
    severity: 'ERROR' as const,
    code: 'INVALID_YAML',
    message,
    offset,
  }));
  return { name, text, json: null, source: () => null, problems };
}

/** By the ending; any other name, such as the standard input's, by the first character. */
function isJson(name: string, text: string): boolean {
  const ending = /\.(json|ya?ml)$/i.exec(basename(name))?.[1]?.toLowerCase();
  return ending === undefined ? /^\s*([{[]|$)/.test(text) : ending === 'json';
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['EISDIR', 'it is a folder'],
  ['EACCES', 'permission denied'],
  ['ERR_ENCODING_INVALID_ENCODED_DATA', 'it is not UTF-8 text'],
]);

function reasonOf(error: unknown): string {
  return REASONS.get(codeOf(error) ?? '') ?? messageOf(error);
}
