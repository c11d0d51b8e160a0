import { definitionError, parseStateMachine } from '@everstep/language';
import { ApiError, type StateMachineType } from '@everstep/protocol';

/** Errors: InvalidDefinition, naming every problem of the definition. */
export function checkDefinition(definition: string, type: StateMachineType): void {
  const { machine, diagnostics } = parseStateMachine(definition, { type });
  if (machine === null) throw new ApiError('InvalidDefinition', definitionError(diagnostics, definition));
}
