const ACCOUNT = 'us-east-1:123456789012';
export const ACTIVITY_NAME = 'chaos-work';
export const CHILD_ARN = `arn:aws:states:${ACCOUNT}:stateMachine:child`;

type State = Readonly<Record<string, unknown>>;
const END: State = { End: true };
const next = (name: string): State => ({ Next: name });

/** A call of the function `effect` whose answer becomes the state's output. */
function effect(then: State, parameters: State = { 'value.$': '$.value' }): State {
  return {
    Type: 'Task',
    Resource: `arn:aws:lambda:${ACCOUNT}:function:effect`,
    Parameters: parameters,
    ...then,
  };
}

/** A request that the test answers through the API, by its mode. */
function ask(then: State): State {
  const payload = {
    'token.$': '$$.Task.Token',
    'mode.$': '$.mode',
    'value.$': '$.value',
    'execution.$': '$.execution',
  };
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Parameters: { FunctionName: 'ask', Payload: payload },
    ...then,
  };
}

const result = (value: number, then: State): State => ({ Type: 'Pass', Result: { value }, ...then });

export const stepsMachine = {
  StartAt: 'One',
  States: { One: effect(next('Two')), Two: effect(next('Three')), Three: effect(END) },
};

export const flakyMachine = {
  StartAt: 'Try',
  States: {
    Try: effect(
      {
        Retry: [{ ErrorEquals: ['Flaky'], IntervalSeconds: 1, MaxAttempts: 2, BackoffRate: 1 }],
        Catch: [{ ErrorEquals: ['Flaky'], Next: 'GiveUp' }],
        ...END,
      },
      { 'value.$': '$.value', 'failures.$': '$.failures', 'attempt.$': '$$.State.RetryCount' },
    ),
    GiveUp: { Type: 'Fail', Error: 'GaveUp', Cause: 'every attempt failed' },
  },
};

export const callbackMachine = {
  StartAt: 'Ask',
  States: {
    Ask: ask({
      TimeoutSecondsPath: '$.timeoutSeconds',
      Catch: [
        { ErrorEquals: ['Denied'], Next: 'Denied' },
        { ErrorEquals: ['States.Timeout'], Next: 'Late' },
      ],
      Next: 'Done',
    }),
    Denied: result(-1, next('Done')),
    Late: result(-2, next('Done')),
    Done: effect(END),
  },
};

export const heartbeatMachine = {
  StartAt: 'Ask',
  States: {
    Ask: ask({
      TimeoutSeconds: 600,
      HeartbeatSecondsPath: '$.heartbeatSeconds',
      Catch: [{ ErrorEquals: ['States.HeartbeatTimeout', 'States.Timeout'], Next: 'Late' }],
      ...END,
    }),
    Late: result(-2, END),
  },
};

/** A task whose worker was lost with its answer is given to another one: that is what the heartbeat is for. */
export const activityMachine = {
  StartAt: 'Work',
  States: {
    Work: {
      Type: 'Task',
      Resource: `arn:aws:states:${ACCOUNT}:activity:${ACTIVITY_NAME}`,
      HeartbeatSeconds: 5,
      TimeoutSeconds: 3_600,
      Retry: [
        {
          ErrorEquals: ['States.Timeout', 'States.HeartbeatTimeout'],
          IntervalSeconds: 1,
          MaxAttempts: 100,
          BackoffRate: 1,
        },
      ],
      Next: 'Done',
    },
    Done: effect(END),
  },
};

export const waitsMachine = {
  StartAt: 'Wait',
  States: {
    Wait: { Type: 'Wait', SecondsPath: '$.seconds', Next: 'Until' },
    // Already past: nothing is waited for, and nothing is lost.
    Until: { Type: 'Wait', TimestampPath: '$$.Execution.StartTime', Next: 'Again' },
    Again: { Type: 'Wait', Seconds: 1, Next: 'Done' },
    Done: effect(END),
  },
};

export const mapMachine = {
  StartAt: 'Each',
  States: {
    Each: {
      Type: 'Map',
      ItemsPath: '$.values',
      MaxConcurrency: 3,
      ItemSelector: { 'value.$': '$$.Map.Item.Value' },
      ItemProcessor: {
        StartAt: 'Rest',
        States: { Rest: { Type: 'Pass', Next: 'One' }, One: effect(END) },
      },
      ...END,
    },
  },
};

/** The children's effects stand under their own ARNs. */
export function distributedMachine(executionType: 'STANDARD' | 'EXPRESS'): object {
  return {
    StartAt: 'Each',
    States: {
      Each: {
        ...mapMachine.States.Each,
        Label: 'Each',
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: executionType },
          StartAt: 'Rest',
          States: { Rest: { Type: 'Wait', Seconds: 1, Next: 'One' }, One: effect(END) },
        },
      },
    },
  };
}

export const parallelMachine = {
  StartAt: 'All',
  States: {
    All: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'Pause', States: { Pause: { Type: 'Wait', Seconds: 1, Next: 'Then' }, Then: effect(END) } },
        { StartAt: 'Ask', States: { Ask: ask({ TimeoutSeconds: 600, ...END }) } },
        { StartAt: 'First', States: { First: effect(next('Second')), Second: effect(END) } },
      ],
      ...END,
    },
  },
};

export const childMachine = {
  StartAt: 'Pause',
  States: {
    Pause: { Type: 'Wait', Seconds: 1, Next: 'Check' },
    Check: { Type: 'Choice', Choices: [{ Variable: '$.fail', BooleanEquals: true, Next: 'Broken' }], Default: 'Done' },
    Broken: { Type: 'Fail', Error: 'ChildFailed', Cause: 'as its input says' },
    Done: effect(END),
  },
};

/** Its own effect is on the child's output; a child that fails is caught. */
export const parentMachine = {
  StartAt: 'Child',
  States: {
    Child: {
      Type: 'Task',
      Resource: 'arn:aws:states:::states:startExecution.sync:2',
      Parameters: { StateMachineArn: CHILD_ARN, Input: { 'value.$': '$.value', 'fail.$': '$.fail' } },
      OutputPath: '$.Output',
      Catch: [{ ErrorEquals: ['States.TaskFailed'], Next: 'Failed' }],
      Next: 'Done',
    },
    Failed: result(-1, END),
    Done: effect(END),
  },
};

export const loopMachine = {
  StartAt: 'Count',
  States: {
    Count: {
      Type: 'Pass',
      Parameters: { 'rounds.$': '$.rounds', 'count.$': 'States.MathAdd($.count, 1)' },
      Next: 'Enough',
    },
    Enough: {
      Type: 'Choice',
      Choices: [{ Variable: '$.count', NumericLessThanPath: '$.rounds', Next: 'Count' }],
      Default: 'Done',
    },
    Done: effect(END, { 'value.$': '$.count' }),
  },
};

export const expiringMachine = {
  TimeoutSeconds: 3,
  StartAt: 'Wait',
  States: { Wait: { Type: 'Wait', Seconds: 86_400, End: true } },
};
