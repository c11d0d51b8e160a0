import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAnsweredLater } from './states/task.ts';
import { type Arrival, TestExecution } from './testing/test-execution.ts';
import { nextTimer } from './timers.ts';
import type { JsonObject } from './json.ts';

/**
 * Random definitions of every state type, nested, with Retry and Catch: enough for the interpreter's laws to be tried
 * on. State names are unique in a machine, as the language asks.
 */
interface Sketch {
  readonly steps: readonly StepSketch[];
}

type StepSketch =
  | { readonly kind: 'Pass' | 'Variable' | 'Random' }
  | { readonly kind: 'Wait'; readonly seconds: number }
  | { readonly kind: 'Choice'; readonly skip: boolean }
  | { readonly kind: 'Fail'; readonly error: string }
  | { readonly kind: 'Jsonata'; readonly what: JsonataStep; readonly number: number; readonly handling: Handling }
  | ({ readonly kind: 'Task'; readonly resource: string; readonly timeout: number | null } & Handling)
  | ({ readonly kind: 'Parallel'; readonly branches: readonly Sketch[] } & Handling)
  | ({
      readonly kind: 'Map';
      readonly total: number;
      readonly concurrency: number;
      readonly isJsonata: boolean;
      readonly body: Sketch;
    } & Handling);

type JsonataStep = 'output' | 'random' | 'nothing' | 'choice' | 'wait' | 'task' | 'fail';

interface Handling {
  readonly retry: { readonly error: string; readonly attempts: number; readonly jitter: boolean } | null;
  readonly catch: string | null;
}

const error = fc.constantFrom('Red', 'Blue', 'States.ALL', 'States.Timeout', 'States.QueryEvaluationError');
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
    fc.record({
      kind: fc.constant('Jsonata'),
      what: fc.constantFrom('output', 'random', 'nothing', 'choice', 'wait', 'task', 'fail', 'output', 'task'),
      number: fc.integer({ min: -1, max: 4 }),
      handling: fc.record(handling),
    }),
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
      isJsonata: fc.boolean(),
      body: tie('machine'),
      ...handling,
    }),
  ),
}));

const arbitraryDefinition: fc.Arbitrary<JsonObject> = machine.map((sketch) => graph(sketch, { next: 1, own: '' }));

/** The number of the next state, and the name of the one that is written. */
interface Names {
  next: number;
  own: string;
}

function graph(sketch: Sketch, names: Names): JsonObject {
  const own = sketch.steps.map((step) => ({ step, name: `S${names.next++}` }));
  const states: JsonObject = {};
  for (const [index, { step, name }] of own.entries()) {
    const following = own[index + 1]?.name ?? null;
    names.own = name;
    states[name] = step.kind === 'Jsonata' ? jsonataState(step, following, name) : state(step, following, names);
    // A Fail in the middle would leave the rest unreachable: it ends its list.
    if (step.kind === 'Fail' || (step.kind === 'Jsonata' && step.what === 'fail')) break;
  }
  return { StartAt: own[0]?.name ?? '', States: states };
}

function state(step: Exclude<StepSketch, { kind: 'Jsonata' }>, following: string | null, names: Names): JsonObject {
  const way: JsonObject = following === null ? { End: true } : { Next: following };
  switch (step.kind) {
    case 'Pass':
      return { Type: 'Pass', ResultPath: '$.passed', Result: { a: 1 }, ...way };
    case 'Variable':
      return { Type: 'Pass', Assign: { [`seen${names.own}`]: 'v' }, Parameters: { kept: true }, ...way };
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
      if (step.isJsonata) {
        return {
          Type: 'Map',
          QueryLanguage: 'JSONata',
          Items: `{% $states.context.Execution.Input.lists[${step.total}] %}`,
          ItemSelector: { item: '{% $states.context.Map.Item.Value %}', id: '{% $uuid() %}' },
          MaxConcurrency: `{% ${step.concurrency} %}`,
          ItemProcessor: graph(step.body, names),
          ...handled(step, following, { Output: { caught: '{% $states.errorOutput.Error %}' } }),
          Output: '{% {"count": $count($states.result)} %}',
          ...way,
        };
      }
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

function jsonataState(
  step: Extract<StepSketch, { kind: 'Jsonata' }>,
  following: string | null,
  name: string,
): JsonObject {
  const way: JsonObject = { QueryLanguage: 'JSONata', ...(following === null ? { End: true } : { Next: following }) };
  const { number } = step;
  switch (step.what) {
    case 'output':
      return {
        Type: 'Pass',
        Assign: { [`own${name}`]: `{% $type($states.input) & ${number} %}` },
        Output: { passed: { a: [`{% ${number} + 1 %}`, 'literal'] }, at: '{% $states.context.State.Name %}' },
        ...way,
      };
    case 'random':
      return { Type: 'Pass', Output: { id: '{% $uuid() %}', n: '{% $random() %}', at: '{% $millis() %}' }, ...way };
    case 'nothing':
      return { Type: 'Pass', Output: { a: number > 0 ? '{% $states.input.no.such.field %}' : 1 }, ...way };
    case 'wait':
      return { Type: 'Wait', Seconds: `{% ${number} %}`, ...way };
    case 'fail':
      return {
        Type: 'Fail',
        QueryLanguage: 'JSONata',
        Error: '{% "Re" & "d" %}',
        Cause: '{% $string($states.input) %}',
      };
    case 'choice': {
      if (following === null) return { Type: 'Succeed', QueryLanguage: 'JSONata', Output: '{% $states.input %}' };
      const rule = { Condition: `{% ${number} > 1 %}`, Output: '{% [$states.input] %}', Next: following };
      return { Type: 'Choice', QueryLanguage: 'JSONata', Choices: [rule], Default: following };
    }
    case 'task':
      return {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Arguments: { retry: '{% $states.context.State.RetryCount %}' },
        ...(number > 1 ? { TimeoutSeconds: `{% ${number} %}` } : {}),
        ...handled(step.handling, following, { Output: '{% $states.errorOutput %}' }),
        Output: { result: '{% $states.result %}', id: '{% $uuid() %}' },
        ...way,
      };
  }
}

function handled(step: Handling, following: string | null, fields: JsonObject = {}): JsonObject {
  const retry: JsonObject = step.retry === null ? {} : { Retry: [retrier(step.retry)] };
  const catcher: JsonObject =
    step.catch === null || following === null
      ? {}
      : { Catch: [{ ErrorEquals: [step.catch], Next: following, ...fields }] };
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
const ARBITRARY_INPUT = { lists: [[], [{ i: 0 }], [1, 2], ['a', 'b', 'c'], [[], {}, null, true]] };

/** One thing that happens next to an execution: which of its tasks it concerns, and what. */
interface Happening {
  readonly which: number;
  readonly what: 'succeed' | 'fail' | 'submit' | 'beat' | 'tick';
}

const happenings = fc.array(
  fc.record({
    which: fc.nat({ max: 20 }),
    what: fc.constantFrom('succeed', 'fail', 'submit', 'tick', 'succeed', 'beat', 'submit' as const),
  }),
  { minLength: 5, maxLength: 40 },
);

function arrivalFor(execution: TestExecution, { which, what }: Happening): Arrival | null {
  const { tasks } = execution;
  const task = tasks[which % Math.max(1, tasks.length)];
  if (task === undefined || what === 'tick') return null;
  const { taskId } = task;
  switch (what) {
    case 'succeed':
      return { type: 'TaskResult', taskId, result: { ok: true, output: { done: taskId } } };
    case 'fail':
      return { type: 'TaskResult', taskId, result: { ok: false, error: which % 2 === 0 ? 'Red' : 'Blue' } };
    case 'beat':
      return { type: 'Heartbeat', taskId, deadline: execution.now + 5_000 };
    case 'submit':
      if (task.resource.kind === 'activity') return { type: 'ActivityStarted', taskId, workerName: `w${which}` };
      if (isAnsweredLater(task.resource)) return { type: 'TaskSubmitted', taskId, output: { request: taskId } };
      return { type: 'TaskResult', taskId, result: { ok: true, output: 'direct' } };
  }
}

/** Plays a story to its end; what is left pending then is stopped. Calls `after` after each transition. */
function perform(
  definition: JsonObject,
  story: readonly Happening[],
  reload: boolean,
  after: (execution: TestExecution) => void = () => undefined,
): Played {
  const execution = new TestExecution(definition, ARBITRARY_INPUT, { reload });
  const send = (arrival: Arrival): void => {
    execution.send(arrival);
    after(execution);
    execution.drain();
  };
  const tell = (happenings: readonly Happening[]): void => {
    for (const happening of happenings) {
      const arrival = arrivalFor(execution, happening);
      const timer = nextTimer(execution.state);
      if (arrival !== null) send(arrival);
      else if (timer !== null) {
        execution.now = Math.max(execution.now, timer);
        send({ type: 'TimerFired' });
      }
    }
    send({ type: 'Stop' });
  };
  send({ type: 'Start' });
  tell(story);
  return {
    execution,
    /** Redriven from where it stands, with another story; a success stays one. */
    redrive(next) {
      execution.now += 1_000;
      send({ type: 'Redrive', redriveCount: execution.state.head.redriveCount + 1 });
      tell(next);
    },
  };
}

interface Played {
  readonly execution: TestExecution;
  redrive(story: readonly Happening[]): void;
}

function play(
  definition: JsonObject,
  story: readonly Happening[],
  reload: boolean,
  after?: (execution: TestExecution) => void,
): TestExecution {
  return perform(definition, story, reload, after).execution;
}

function isWhole(execution: TestExecution): boolean {
  const snapshot = execution.snapshot();
  const kept = [...execution.records].every(([id, data]) => snapshot.get(id) === data);
  return kept && execution.records.size === snapshot.size;
}

/** Contiguous events, every end but the last undone by a redrive, every task closed once. */
function expectWhole(execution: TestExecution | undefined): void {
  const events = execution?.history ?? [];
  for (const [index, event] of events.entries()) {
    expect(event.id).toBe(index + 1);
    expect(event.previousEventId).toBeLessThan(event.id);
    const isEnd = /^Execution(Aborted|Failed|Succeeded|TimedOut)$/.test(event.type);
    const next = events[index + 1];
    expect(isEnd).toBe(next === undefined || next.type === 'ExecutionRedriven');
  }
  const closed = execution?.closed.map(({ taskId }) => taskId) ?? [];
  expect(closed.toSorted((a, b) => a - b)).toEqual(
    (execution?.scheduled.map(({ taskId }) => taskId) ?? []).toSorted((a, b) => a - b),
  );
}

const OPTIONS = { numRuns: 120 };

describe('laws of the interpreter, for any machine and any story', () => {
  test('the same activations give the same history, whether one process handles them or each its own', () => {
    fc.assert(
      fc.property(arbitraryDefinition, happenings, (definition, story) => {
        const one = play(definition, story, false);
        const many = play(definition, story, true);
        expect(many.history).toEqual(one.history);
        expect(many.commands).toEqual(one.commands);
        expect(many.closed).toEqual(one.closed);
        expect(many.state.head).toEqual(one.state.head);
      }),
      OPTIONS,
    );
  });

  test('redriven twice, the same activations give the same history, and the records are the whole state', () => {
    fc.assert(
      fc.property(arbitraryDefinition, fc.tuple(happenings, happenings, happenings), (definition, stories) => {
        const [story, second, third] = stories;
        const [one, many] = [false, true].map((reload) => {
          const played = perform(definition, story, reload, (execution) => {
            // Loaded records have their members in another order.
            expect(reload || isWhole(execution)).toBe(true);
          });
          const { status, history } = played.execution;
          const before = history.length;
          played.redrive(second);
          expect(history[before]?.type).toBe(status === 'SUCCEEDED' ? undefined : 'ExecutionRedriven');
          played.redrive(third);
          return played.execution;
        });
        expect(many?.history).toEqual(one?.history);
        expect(many?.commands).toEqual(one?.commands);
        expect(many?.closed).toEqual(one?.closed);
        expect(many?.state.head).toEqual(one?.state.head);
        expectWhole(one);
      }),
      OPTIONS,
    );
  });

  test('the records kept up by changes alone are the whole state', () => {
    fc.assert(
      fc.property(arbitraryDefinition, happenings, (definition, story) => {
        play(definition, story, false, (execution) => {
          const sorted = (records: ReadonlyMap<string, string>) => [...records].sort(([a], [b]) => (a < b ? -1 : 1));
          expect(sorted(execution.records)).toEqual(sorted(execution.snapshot()));
          const loaded = execution.loaded();
          expect(loaded.frames).toEqual(execution.state.frames);
          expect(loaded.items).toEqual(execution.state.items);
          expect(nextTimer(loaded)).toBe(nextTimer(execution.state));
        });
      }),
      OPTIONS,
    );
  });

  test('events are numbered without a gap, follow earlier ones, and one terminal event is the last', () => {
    const terminal = /^Execution(Succeeded|Failed|Aborted|TimedOut)$/;
    fc.assert(
      fc.property(arbitraryDefinition, happenings, (definition, story) => {
        const { history, end } = play(definition, story, false);
        expect(history.map((event) => event.id)).toEqual(history.map((_event, index) => index + 1));
        expect(history.every((event) => event.previousEventId < event.id)).toBe(true);
        expect(history.filter((event) => terminal.test(event.type)).map((event) => event.id)).toEqual([history.length]);
        expect(end).toBeDefined();
      }),
      OPTIONS,
    );
  });

  test('every scheduled task is closed once, and cancelled unless it was answered', () => {
    fc.assert(
      fc.property(arbitraryDefinition, happenings, (definition, story) => {
        const execution = play(definition, story, false);
        const ids = (type: 'ScheduleTask' | 'CancelTask') =>
          execution.commands.flatMap((command) => (command.type === type ? [command.taskId] : []));
        const ascending = (left: number, right: number) => left - right;
        expect(execution.closed.map(({ taskId }) => taskId).sort(ascending)).toEqual(
          ids('ScheduleTask').sort(ascending),
        );
        const unanswered = execution.closed.filter(({ reason }) => reason !== 'completed').map(({ taskId }) => taskId);
        expect(ids('CancelTask')).toEqual(unanswered);
        expect(execution.tasks).toEqual([]);
      }),
      OPTIONS,
    );
  });

  test('a doubled activation changes nothing the second time', () => {
    fc.assert(
      fc.property(arbitraryDefinition, happenings, (definition, story) => {
        const execution = TestExecution.start(definition, ARBITRARY_INPUT);
        for (const happening of story) {
          const arrival = arrivalFor(execution, happening) ?? { type: 'TimerFired' };
          execution.send(arrival);
          // A delay that jitter made nothing falls due at once.
          while (arrival.type === 'TimerFired' && (nextTimer(execution.state) ?? Infinity) <= execution.now) {
            execution.send(arrival);
          }
          const state = JSON.stringify([execution.state.head, [...execution.snapshot()]]);
          // A result may legitimately be early once and then applied by its TaskSubmitted; the same one again is not.
          const again = execution.send(arrival);
          expect([again.history, again.commands, again.closed, again.changes.written.size]).toEqual([[], [], [], 0]);
          expect(JSON.stringify([execution.state.head, [...execution.snapshot()]])).toBe(state);
          execution.now += 700;
        }
      }),
      OPTIONS,
    );
  });
});
