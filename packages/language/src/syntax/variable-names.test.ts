import { describe, expect, it } from 'vitest';
import { parseStateMachine } from './parse.ts';

function findings(definition: unknown): readonly string[] {
  const { machine, diagnostics } = parseStateMachine(JSON.stringify(definition), { type: 'STANDARD' });
  expect(machine === null).toBe(diagnostics.some((diagnostic) => diagnostic.severity === 'ERROR'));
  return diagnostics.map(({ code, message, location }) => `${code}: ${message} at ${location ?? 'null'}`);
}

function only(state: Record<string, unknown>): unknown {
  return { StartAt: 'S', States: { S: state } };
}

describe('the names of variables', () => {
  const assigning = (name: string): Record<string, unknown> => ({ Type: 'Pass', Assign: { [name]: 1 }, End: true });
  const around = (inner: Record<string, unknown>, outer: string, config: Record<string, unknown> = {}): unknown =>
    only({
      Type: 'Map',
      ItemProcessor: { ProcessorConfig: config, StartAt: 'I', States: { I: inner } },
      Assign: { [outer]: 1 },
      End: true,
    });

  it('of an outer scope cannot be assigned inside, wherever they are assigned outside', () => {
    expect(findings(around(assigning('x'), 'y'))).toEqual([]);
    expect(findings(around(assigning('x'), 'x'))).toEqual([
      "DUPLICATE_VARIABLE_NAME: The variable name 'x' was already defined in a parent scope. at /States/S/ItemProcessor/States/I/Assign",
    ]);
  });

  it('are free again inside a Distributed Map, which sees nothing around it', () => {
    const distributed = { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' };
    expect(findings(around(assigning('x'), 'x', distributed))).toEqual([]);
  });
});
