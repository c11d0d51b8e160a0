import type { Activation, Json, MapRunResult, PendingTask } from '@everstep/language';

type Unsent<Each> = Each extends Activation ? Omit<Each, 'at'> : never;
/** An activation without its time, which the recording's clock gives. */
export type Answer = Unsent<Activation>;

/** A machine, an input, and how the world answers it: together they hold every kind of thing a checkpoint holds. */
export interface GoldenScenario {
  readonly name: string;
  readonly definition: object;
  /** JSON text. */
  readonly input: string;
  /** What a task meets, in order; by default it succeeds with its state's name. `attempt` counts from 1 by state. */
  readonly answer?: (task: PendingTask, attempt: number) => readonly Answer[];
  /** What each Map Run comes to. */
  readonly mapRun?: MapRunResult;
  /** Given after so many transitions, whatever is pending. */
  readonly stopAfter?: number;
}

const lambda = 'arn:aws:lambda:us-east-1:123456789012:function:work';
const callback = 'arn:aws:states:::sqs:sendMessage.waitForTaskToken';
const child = 'arn:aws:states:::states:startExecution.sync:2';
const job = 'arn:aws:states:::glue:startJobRun.sync';
const activity = 'arn:aws:states:us-east-1:123456789012:activity:desk';

const succeed = (task: PendingTask, output = task.stateName): Answer => ({
  type: 'TaskResult',
  taskId: task.taskId,
  result: { ok: true, output },
});
const fail = (task: PendingTask, error: string): Answer => ({
  type: 'TaskResult',
  taskId: task.taskId,
  result: { ok: false, error, cause: 'because' },
});
const submitted = (task: PendingTask): Answer => ({ type: 'TaskSubmitted', taskId: task.taskId, output: { id: 'r' } });
/** A job was started; it is asked for first so many milliseconds before (after) the task's time is over. */
const started = (task: PendingTask, job: Json, fromEndMs: number): Answer => ({
  type: 'TaskSubmitted',
  taskId: task.taskId,
  output: { id: 'r' },
  started: { job, pollAt: (task.timeoutAt ?? 0) + fromEndMs },
});

const work = (more: object = { End: true }): object => ({ Type: 'Task', Resource: lambda, ...more });
const ask = (more: object = { End: true }): object => ({
  Type: 'Task',
  Resource: callback,
  Parameters: { 'Token.$': '$$.Task.Token', 'Body.$': '$' },
  ...more,
});
const one = (state: object, name = 'S'): object => ({ StartAt: name, States: { [name]: state } });

const everyState = {
  StartAt: 'Pass',
  States: {
    Pass: { Type: 'Pass', Parameters: { 'copied.$': '$', more: [1, 'two', null] }, Next: 'Choose' },
    Choose: {
      Type: 'Choice',
      Choices: [{ Variable: '$.copied.amount', NumericGreaterThan: 5, Next: 'Work' }],
      Default: 'Refuse',
    },
    Refuse: { Type: 'Fail', Error: 'Refused', Cause: 'too little' },
    Work: work({ ResultPath: '$.worked', Next: 'Rest' }),
    Rest: { Type: 'Wait', Seconds: 60, Next: 'Done' },
    Done: { Type: 'Succeed' },
  },
};

const nested = {
  StartAt: 'All',
  States: {
    All: {
      Type: 'Parallel',
      Branches: [
        {
          StartAt: 'Each',
          States: {
            Each: {
              Type: 'Map',
              ItemsPath: '$.items',
              MaxConcurrency: 2,
              ItemSelector: { 'item.$': '$$.Map.Item.Value', 'index.$': '$$.Map.Item.Index' },
              ItemProcessor: {
                StartAt: 'Twice',
                States: { Twice: { Type: 'Parallel', Branches: [one(work(), 'Work'), one(ask(), 'Ask')], End: true } },
              },
              End: true,
            },
          },
        },
        { StartAt: 'Rest', States: { Rest: { Type: 'Wait', Seconds: 3_600, End: true } } },
      ],
      Next: 'Done',
    },
    Done: { Type: 'Pass', End: true },
  },
};

const retrying = {
  StartAt: 'S',
  States: {
    S: work({
      Retry: [
        { ErrorEquals: ['Flaky'], IntervalSeconds: 2, BackoffRate: 2, MaxAttempts: 3, JitterStrategy: 'FULL' },
        { ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 1 },
      ],
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Caught' }],
      TimeoutSeconds: 30,
      End: true,
    }),
    Caught: { Type: 'Pass', End: true },
  },
};

const jsonata = {
  QueryLanguage: 'JSONata',
  StartAt: 'Begin',
  States: {
    Begin: { Type: 'Pass', Assign: { total: '{% $states.input.a + 1 %}', list: [1, 2, 3] }, Next: 'Each' },
    Each: {
      Type: 'Map',
      Items: '{% $list %}',
      ItemProcessor: {
        StartAt: 'Work',
        States: {
          Work: {
            Type: 'Task',
            Resource: lambda,
            Arguments: { n: '{% $states.input * $total %}' },
            Assign: { mine: '{% $states.result %}' },
            Output: '{% {"mine": $states.result, "n": $states.input} %}',
            Next: 'Rest',
          },
          Rest: { Type: 'Wait', Seconds: '{% 10 %}', Output: '{% $mine %}', End: true },
        },
      },
      Assign: { results: '{% $states.result %}' },
      Next: 'Done',
    },
    Done: { Type: 'Succeed', Output: '{% {"total": $total, "results": $results} %}' },
  },
};

const variables = {
  StartAt: 'Begin',
  States: {
    Begin: { Type: 'Pass', Assign: { 'outer.$': '$.a', constant: { deep: [1.5] } }, Next: 'Both' },
    Both: {
      Type: 'Parallel',
      Branches: [
        {
          StartAt: 'Inner',
          States: {
            Inner: { Type: 'Pass', Assign: { 'inner.$': '$outer' }, Next: 'Rest' },
            Rest: { Type: 'Wait', Seconds: 5, Next: 'Show' },
            Show: { Type: 'Pass', Parameters: { 'inner.$': '$inner', 'outer.$': '$outer' }, End: true },
          },
        },
      ],
      End: true,
    },
  },
};

export const GOLDEN_SCENARIOS: readonly GoldenScenario[] = [
  {
    name: 'limited',
    definition: {
      StartAt: 'LimitedWork',
      States: {
        LimitedWork: work({
          TimeoutSeconds: 30,
          Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 1 }],
          Next: 'LimitedAsk',
        }),
        LimitedAsk: ask({ HeartbeatSeconds: 60, Next: 'LimitedDesk' }),
        LimitedDesk: { Type: 'Task', Resource: activity, TimeoutSeconds: 60, End: true },
      },
    },
    input: '{}',
    answer: (task, attempt) => {
      if (task.stateName === 'LimitedWork') return [attempt === 1 ? fail(task, 'Red') : succeed(task)];
      if (task.stateName === 'LimitedAsk') return [submitted(task), succeed(task)];
      return [{ type: 'ActivityStarted', taskId: task.taskId, workerName: 'w' }, succeed(task)];
    },
  },
  { name: 'every-state', definition: everyState, input: '{"amount":10}' },
  { name: 'refused', definition: everyState, input: '{"amount":1}' },
  {
    name: 'nested-map-and-parallel',
    definition: nested,
    input: '{"items":[{"a":1},"b",3,null]}',
    answer: (task) => (task.resource.kind === 'lambda' ? [succeed(task)] : [submitted(task), succeed(task)]),
  },
  {
    name: 'retries-then-success',
    definition: retrying,
    input: '{}',
    answer: (task, attempt) => [attempt < 3 ? fail(task, 'Flaky') : succeed(task)],
  },
  {
    name: 'retries-then-caught',
    definition: retrying,
    input: '{"kept":true}',
    answer: (task) => [fail(task, 'Broken')],
  },
  {
    name: 'callback-with-heartbeats',
    definition: one(ask({ TimeoutSeconds: 600, HeartbeatSeconds: 60, End: true })),
    input: '{"ask":"me"}',
    answer: (task) => [
      submitted(task),
      { type: 'Heartbeat', taskId: task.taskId, deadline: (task.heartbeatAt ?? 0) + 30_000 },
      succeed(task),
    ],
  },
  {
    name: 'callback-that-comes-early',
    definition: one(ask()),
    input: '{}',
    answer: (task) => [succeed(task), submitted(task)],
  },
  {
    name: 'callback-timed-out',
    definition: one(ask({ TimeoutSeconds: 600, HeartbeatSeconds: 60, End: true })),
    input: '{}',
    answer: (task) => [submitted(task)],
  },
  {
    name: 'activity',
    definition: one({ Type: 'Task', Resource: activity, TimeoutSeconds: 100, HeartbeatSeconds: 50, End: true }),
    input: '{"x":[]}',
    answer: (task) => [{ type: 'ActivityStarted', taskId: task.taskId, workerName: 'desk-1' }, succeed(task)],
  },
  {
    name: 'child-execution',
    definition: one({ Type: 'Task', Resource: child, Parameters: { StateMachineArn: 'arn', Input: {} }, End: true }),
    input: '{}',
    answer: (task) => [
      submitted(task),
      { type: 'ChildResult', taskId: task.taskId, result: { ok: true, output: { Output: { done: true } } } },
    ],
  },
  {
    name: 'job-asked-for',
    definition: one({ Type: 'Task', Resource: job, TimeoutSeconds: 600, End: true }),
    input: '{"JobName":"nightly"}',
    answer: (task) => [
      started(task, { id: 'jr_1', of: ['nightly'] }, -500_000),
      { type: 'TaskPolled', taskId: task.taskId, count: 1, pollAt: (task.timeoutAt ?? 0) - 400_000 },
      succeed(task),
    ],
  },
  {
    name: 'job-in-a-branch-timed-out',
    definition: {
      StartAt: 'Both',
      States: {
        Both: {
          Type: 'Parallel',
          Branches: [
            one({ Type: 'Task', Resource: job, TimeoutSeconds: 60, End: true }),
            { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 600, End: true } } },
          ],
          End: true,
        },
      },
    },
    input: '{"JobName":"nightly"}',
    answer: (task) => [started(task, 'jr_2', 1_000)],
  },
  {
    name: 'distributed-map',
    definition: one({
      Type: 'Map',
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        ...one({ Type: 'Pass', End: true }, 'Inner'),
      },
      End: true,
    }),
    input: '[1.0,2]',
    mapRun: { ok: true, output: [1, 2] },
  },
  { name: 'jsonata-and-variables', definition: jsonata, input: '{"a":1}' },
  { name: 'jsonpath-variables', definition: variables, input: '{"a":{"b":[true]}}' },
  {
    name: 'numbers-and-odd-texts',
    definition: { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 1, End: true } } },
    input: '{"a":1.0,"b":12345678901234567890,"c":"\\ud800\\u0000","":-0,"__proto__":{"x":1e400}}',
  },
  {
    name: 'machine-timed-out',
    definition: {
      TimeoutSeconds: 20,
      StartAt: 'Rest',
      States: { Rest: { Type: 'Wait', Seconds: 60, End: true } },
    },
    input: '{}',
  },
  { name: 'stopped', definition: nested, input: '{"items":[1,2,3]}', stopAfter: 3 },
];
