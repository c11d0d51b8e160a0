import type { Json } from './json.ts';
import type { Failure, Outcome } from './outcome.ts';
import { errorMatches } from './retry.ts';
import type { Pipeline } from './states/pipeline.ts';
import type { Catcher, QueryLanguage } from './syntax/state-machine.ts';

/** The state that has failed. */
interface CatchPlace {
  readonly input: Json;
  readonly queryLanguage: QueryLanguage;
  readonly pipeline: Pipeline;
}

export function findCatcher(catchers: readonly Catcher[], failure: Failure): Catcher | null {
  return catchers.find((catcher) => errorMatches(catcher.errorEquals, failure)) ?? null;
}

/**
 * The error output goes into the state's own input at ResultPath, and OutputPath has no part in it; in JSONata the
 * catcher's Output stands for it.
 */
export function applyCatcher(catcher: Catcher, failure: Failure, place: CatchPlace): Outcome {
  const { input, queryLanguage, pipeline } = place;
  const errorOutput = { Error: failure.error ?? null, Cause: failure.cause ?? null };
  const variables = pipeline.variables(catcher.assign, errorOutput, { errorOutput });
  const output =
    queryLanguage === 'JSONata'
      ? pipeline.output(catcher.output, errorOutput, { errorOutput })
      : writeError(catcher, errorOutput, input);
  return { kind: 'exit', output, next: catcher.next, variables, caught: true };
}

function writeError(catcher: Catcher, errorOutput: Json, input: Json): Json {
  return catcher.resultPath === null ? input : catcher.resultPath.write(input, errorOutput);
}
