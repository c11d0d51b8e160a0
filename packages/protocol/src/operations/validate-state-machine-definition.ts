import { integer, oneOf, required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { QUOTAS } from '../quotas.ts';
import { DEFINITION, STATE_MACHINE_TYPE, type StateMachineType } from '../shapes.ts';

export type DiagnosticSeverity = 'ERROR' | 'WARNING';

export interface ValidateStateMachineDefinitionInput {
  readonly definition: string;
  readonly type?: StateMachineType;
  /** The least severity that is told; ERROR where absent. */
  readonly severity?: DiagnosticSeverity;
  /** 0 or absent: 100. */
  readonly maxResults?: number;
}

export interface DefinitionDiagnostic {
  readonly severity: DiagnosticSeverity;
  readonly code: string;
  readonly message: string;
  readonly location?: string;
}

export interface ValidateStateMachineDefinitionOutput {
  /** OK: there is no ERROR among the findings. */
  readonly result: 'OK' | 'FAIL';
  readonly diagnostics: readonly DefinitionDiagnostic[];
  /** Whether there are more findings than maxResults. */
  readonly truncated: boolean;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html */
export const validateStateMachineDefinition = defineOperation<
  ValidateStateMachineDefinitionInput,
  ValidateStateMachineDefinitionOutput
>({
  name: 'ValidateStateMachineDefinition',
  members: (member) => ({
    definition: member('definition', required(DEFINITION, '')),
    type: member('type', STATE_MACHINE_TYPE),
    severity: member('severity', oneOf<DiagnosticSeverity>(['ERROR', 'WARNING'])),
    maxResults: member('maxResults', integer({ min: 0, max: QUOTAS.maxDiagnostics })),
  }),
});
