import type { Json } from './json.ts';
import type { Failure, Outcome } from './outcome.ts';
import { errorMatches } from './retry.ts';
import type { Pipeline } from './states/pipeline.ts';
import type { Catcher } from './syntax/state-machine.ts';

export function findCatcher(catchers: readonly Catcher[], failure: Failure): Catcher | null {
  return catchers.find((catcher) => errorMatches(catcher.errorEquals, failure)) ?? null;
}

/** The error output goes into the state's own input at ResultPath; OutputPath has no part in it. */
export function applyCatcher(catcher: Catcher, failure: Failure, input: Json, pipeline: Pipeline): Outcome {
  const errorOutput = { Error: failure.error ?? null, Cause: failure.cause ?? null };
  const variables = pipeline.variables(catcher.assign, errorOutput);
  let output = catcher.resultPath === null ? input : catcher.resultPath.write(input, errorOutput);
  if (catcher.output !== null) output = catcher.output.evaluate(pipeline.scope(errorOutput));
  return { kind: 'exit', output, next: catcher.next, variables, caught: true };
}
