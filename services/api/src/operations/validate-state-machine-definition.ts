import { parseStateMachine } from '@everstep/language';
import { QUOTAS, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const validateStateMachineDefinitionRoute = route(
  operations.validateStateMachineDefinition,
  async (_context, input) => {
    const { diagnostics } = parseStateMachine(input.definition, { type: input.type ?? 'STANDARD' });
    const told = diagnostics.filter(({ severity }) => severity === 'ERROR' || input.severity === 'WARNING');
    const limit = input.maxResults === undefined || input.maxResults === 0 ? QUOTAS.maxDiagnostics : input.maxResults;
    const fails = diagnostics.some(({ severity }) => severity === 'ERROR');
    return {
      result: fails ? ('FAIL' as const) : ('OK' as const),
      diagnostics: told.slice(0, limit),
      truncated: told.length > limit,
    };
  },
);
