/** One finding about a definition, in the shape of ValidateStateMachineDefinition's diagnostics. */
export interface Diagnostic {
  readonly severity: 'ERROR' | 'WARNING';
  /** AWS's code: `SCHEMA_VALIDATION_FAILED`, `MISSING_TRANSITION_TARGET`, `INVALID_JSON_DESCRIPTION`, … */
  readonly code: string;
  readonly message: string;
  /** `/States/X/Field`; absent where the whole document is meant. */
  readonly location?: string;
}

/**
 * The message of CreateStateMachine's and UpdateStateMachine's InvalidDefinition: all ERROR diagnostics, joined and
 * worded as AWS does. A diagnostic without a location reads "at null" there.
 */
export function definitionError(diagnostics: readonly Diagnostic[]): string {
  const findings = diagnostics
    .filter((diagnostic) => diagnostic.severity === 'ERROR')
    .map(({ code, message, location }) => `${code}: ${message} at ${location ?? 'null'}`);
  return `Invalid State Machine Definition: '${findings.join(', ')}'`;
}
