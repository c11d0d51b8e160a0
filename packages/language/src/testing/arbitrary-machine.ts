import fc from 'fast-check';
import type { JsonObject } from '../json.ts';

/**
 * Random definitions of every state type, nested, with Retry and Catch: enough for the interpreter's laws to be tried
 * on. State names are unique in a machine, as the language asks.
 */
export interface Sketch {
  readonly steps: readonly StepSketch[];
}

type StepSketch =
  | { readonly kind: 'Pass' | 'Variable' | 'Random' }
  | { readonly kind: 'Wait'; readonly seconds: number }
  | { readonly kind: 'Choice'; readonly skip: boolean }
  | { readonly kind: 'Fail'; readonly error: string }
  | ({ readonly kind: 'Task'; readonly resource: string; readonly timeout: number | null } & Handling)
  | ({ readonly kind: 'Parallel'; readonly branches: readonly Sketch[] } & Handling)
  | ({ readonly kind: 'Map'; readonly total: number; readonly concurrency: number; readonly body: Sketch } & Handling);

interface Handling {
  readonly retry: { readonly error: string; readonly attempts: number; readonly jitter: boolean } | null;
  readonly catch: string | null;
}

const error = fc.constantFrom('Red', 'Blue', 'States.ALL', 'States.Timeout');
const handling = {
  retry: fc.option(fc.record({ error, attempts: fc.integer({ min: 0, max: 2 }), jitter: fc.boolean() })),
  catch: fc.option(error),
};
const resource = fc.constantFrom(
  'arn:aws:states:::lambda:invoke',
  'arn:aws:lambda:eu-west-1:123456789012:function:f',
  'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
  'arn:aws:states:::states:startExecution.sync:2',
  'arn:aws:states:eu-west-1:123456789012:activity:a',
);

const { machine } = fc.letrec<{ machine: Sketch; step: StepSketch; leaf: StepSketch }>((tie) => ({
  machine: fc.record({ steps: fc.array(tie('step'), { minLength: 1, maxLength: 4 }) }),
  leaf: fc.oneof(
    fc.record({ kind: fc.constantFrom('Pass', 'Variable', 'Random') }),
    fc.record({ kind: fc.constant('Wait'), seconds: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ kind: fc.constant('Choice'), skip: fc.boolean() }),
    fc.record({ kind: fc.constant('Fail'), error: fc.constantFrom('Red', 'Blue') }),
    fc.record({ kind: fc.constant('Task'), resource, timeout: fc.option(fc.integer({ min: 1, max: 4 })), ...handling }),
    fc.record({ kind: fc.constant('Task'), resource, timeout: fc.constant(null), ...handling }),
  ),
  step: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'machine' },
    tie('leaf'),
    fc.record({
      kind: fc.constant('Parallel'),
      branches: fc.array(tie('machine'), { minLength: 1, maxLength: 3 }),
      ...handling,
    }),
    fc.record({
      kind: fc.constant('Map'),
      total: fc.integer({ min: 0, max: 4 }),
      concurrency: fc.integer({ min: 0, max: 3 }),
      body: tie('machine'),
      ...handling,
    }),
  ),
}));

export const arbitraryDefinition: fc.Arbitrary<JsonObject> = machine.map((sketch) => graph(sketch, { next: 1 }));

function graph(sketch: Sketch, names: { next: number }): JsonObject {
  const own = sketch.steps.map((step) => ({ step, name: `S${names.next++}` }));
  const states: JsonObject = {};
  for (const [index, { step, name }] of own.entries()) {
    const following = own[index + 1]?.name ?? null;
    states[name] = state(step, following, names);
    // A Fail in the middle would leave the rest unreachable: it ends its list.
    if (step.kind === 'Fail') break;
  }
  return { StartAt: own[0]?.name ?? '', States: states };
}

function state(step: StepSketch, following: string | null, names: { next: number }): JsonObject {
  const way: JsonObject = following === null ? { End: true } : { Next: following };
  switch (step.kind) {
    case 'Pass':
      return { Type: 'Pass', ResultPath: '$.passed', Result: { a: 1 }, ...way };
    case 'Variable':
      return { Type: 'Pass', Assign: { seen: 'v' }, Parameters: { kept: true }, ...way };
    case 'Random':
      return { Type: 'Pass', Parameters: { 'id.$': 'States.UUID()', 'n.$': 'States.MathRandom(1, 1000)' }, ...way };
    case 'Wait':
      return { Type: 'Wait', Seconds: step.seconds, ...way };
    case 'Choice':
      if (following === null) return { Type: 'Succeed' };
      return {
        Type: 'Choice',
        Choices: [{ Variable: '$.passed.a', IsPresent: step.skip, Next: following }],
        Default: following,
      };
    case 'Fail':
      return { Type: 'Fail', Error: step.error };
    case 'Task':
      return {
        Type: 'Task',
        Resource: step.resource,
        Parameters: { 'n.$': '$$.State.RetryCount' },
        ...(step.timeout === null ? {} : { TimeoutSeconds: step.timeout }),
        ...handled(step, following),
        ResultPath: null,
        ...way,
      };
    case 'Parallel':
      return {
        Type: 'Parallel',
        Branches: step.branches.map((branch) => graph(branch, names)),
        ...handled(step, following),
        ResultSelector: { 'all.$': '$' },
        ...way,
      };
    case 'Map':
      return {
        Type: 'Map',
        ItemsPath: `$$.Execution.Input.lists[${step.total}]`,
        MaxConcurrency: step.concurrency,
        ItemProcessor: graph(step.body, names),
        ...handled(step, following),
        ResultSelector: { 'all.$': '$' },
        ...way,
      };
  }
}

function handled(step: Handling, following: string | null): JsonObject {
  const retry: JsonObject = step.retry === null ? {} : { Retry: [retrier(step.retry)] };
  const catcher: JsonObject =
    step.catch === null || following === null ? {} : { Catch: [{ ErrorEquals: [step.catch], Next: following }] };
  return { ...retry, ...catcher };
}

function retrier(retry: NonNullable<Handling['retry']>): JsonObject {
  return {
    ErrorEquals: [retry.error],
    IntervalSeconds: 1,
    MaxAttempts: retry.attempts,
    JitterStrategy: retry.jitter ? 'FULL' : 'NONE',
  };
}

/** The input that the definitions expect: a list of each length that a Map asks for. */
export const ARBITRARY_INPUT = { lists: [[], [{ i: 0 }], [1, 2], ['a', 'b', 'c'], [[], {}, null, true]] };
