/** One finding about a definition, in the shape of ValidateStateMachineDefinition's diagnostics. */
export interface Diagnostic {
  readonly severity: 'ERROR' | 'WARNING';
  /** AWS's code: `SCHEMA_VALIDATION_FAILED`, `MISSING_TRANSITION_TARGET`, `INVALID_JSON_DESCRIPTION`, … */
  readonly code: string;
  readonly message: string;
  /** `/States/X/Field`; absent where the whole document is meant. */
  readonly location?: string;
}
