import type { VariableScope, Walk } from './fields.ts';

/** Nothing in an inner scope may have the name of a variable around it: it would hide what it could not change. */
export function checkVariableNames(walk: Walk): void {
  for (const { scope, name, location } of walk.assignments) {
    if (!isTaken(scope.outer, name)) continue;
    const message = `The variable name '${name}' was already defined in a parent scope.`;
    walk.diagnostics.push({ severity: 'ERROR', code: 'DUPLICATE_VARIABLE_NAME', message, location });
  }
}

function isTaken(from: VariableScope | null, name: string): boolean {
  for (let scope = from; scope !== null; scope = scope.outer) if (scope.names.has(name)) return true;
  return false;
}
