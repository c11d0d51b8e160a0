/** One finding about a definition, in the shape of ValidateStateMachineDefinition's diagnostics. */
export interface Diagnostic {
  readonly severity: 'ERROR' | 'WARNING';
  /** AWS's code: `SCHEMA_VALIDATION_FAILED`, `MISSING_TRANSITION_TARGET`, `INVALID_JSON_DESCRIPTION`, … */
  readonly code: string;
  readonly message: string;
  /** `/States/X/Field`; absent where the whole document is meant. */
  readonly location?: string;
}

/** A string as it stands inside AWS's list of arguments: in quotes that it does not hold itself. */
function listed(argument: string): string {
  const escaped = argument.replaceAll('\\', '\\\\');
  return escaped.includes("'") && !escaped.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`;
}

/** As many findings as ValidateStateMachineDefinition tells at most; a hostile definition could have 100,000. */
const MAXIMUM_FINDINGS = 100;

/**
 * The message of CreateStateMachine's and UpdateStateMachine's InvalidDefinition: all ERROR diagnostics, joined and
 * worded as AWS does. A diagnostic without a location reads "at null" there. A Map's invalid Label is refused before
 * anything else, in other words, with the definition as it was sent.
 */
export function definitionError(diagnostics: readonly Diagnostic[], definition: string): string {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'ERROR');
  const label = errors.find((diagnostic) => diagnostic.code === 'INVALID_LABEL_NAME');
  if (label !== undefined) return `Error=ValueError Args=[${listed(label.message)}] in definition '${definition}'.`;
  const findings = errors
    .slice(0, MAXIMUM_FINDINGS)
    .map(({ code, message, location }) => `${code}: ${message} at ${location ?? 'null'}`);
  return `Invalid State Machine Definition: '${findings.join(', ')}'`;
}
