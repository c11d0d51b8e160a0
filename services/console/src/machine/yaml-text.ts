import { LineCounter, parseDocument, stringify } from 'yaml';

export type ReadDefinition =
  | { readonly text: string }
  /** What is wrong, with the line. */
  | { readonly problem: string };

/** A definition in JSON or YAML as JSON text. */
export function readDefinitionText(given: string): ReadDefinition {
  try {
    // JSON stays as it is written: YAML would read its numbers anew.
    JSON.parse(given);
    return { text: given };
  } catch {
    return readYaml(given);
  }
}

function readYaml(given: string): ReadDefinition {
  const lines = new LineCounter();
  const document = parseDocument(given, { lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    return { problem: `Line ${line}, column ${col}: ${error.message.split('\n')[0] ?? ''}` };
  }
  // Aliases that unfold beyond any definition's size are refused by the parser itself.
  const value: unknown = document.toJS({ maxAliasCount: 1_000 });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { problem: 'This is no definition: a definition is an object with StartAt and States.' };
  }
  return { text: JSON.stringify(value, null, 2) };
}

export function yamlText(definition: string): string {
  return stringify(JSON.parse(definition), { lineWidth: 120 });
}
