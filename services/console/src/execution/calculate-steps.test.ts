import type { HistoryEvent } from '@everstep/language';
import { describe, expect, it } from 'vitest';
import { HistoryModel, type Visit } from '../history/history-model.ts';
import { calculateSteps } from './calculate-steps.ts';

const ARN = 'arn:aws:states:us-east-1:123456789012:execution:shop:one';
const EXECUTION = {
  ...{ executionArn: ARN, name: 'one', startDate: 100, input: '{"n":1}', redriveCount: 0 },
  stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:shop',
};

type Draft = Omit<HistoryEvent, 'id' | 'timestamp' | 'previousEventId'>;

/** The first visit of a history in which each event follows from the one before it. */
function visitOf(...drafts: readonly Draft[]): Visit {
  const model = new HistoryModel();
  model.add(
    drafts.map((draft, index) => ({ ...draft, id: index + 1, previousEventId: index, timestamp: 100 + index })),
  );
  const [visit] = model.visits;
  if (visit === undefined) throw new Error('The history has no state.');
  return visit;
}

const begun: Draft = { type: 'ExecutionStarted' };
const entered = (type: string): Draft => ({
  type: `${type}StateEntered` as HistoryEvent['type'],
  stateEnteredEventDetails: { name: 'S' },
});
const exited = (type: string): Draft => ({
  type: `${type}StateExited` as HistoryEvent['type'],
  stateExitedEventDetails: { name: 'S' },
});
const scheduled: Draft = {
  type: 'TaskScheduled',
  taskScheduledEventDetails: { resourceType: 'lambda', resource: 'invoke', region: 'us-east-1', parameters: '{}' },
};
const failed: Draft = {
  type: 'TaskFailed',
  taskFailedEventDetails: { resourceType: 'lambda', resource: 'invoke', error: 'Broken', cause: 'why' },
};

interface Case {
  readonly state: object;
  readonly visit: Visit;
  readonly input?: string;
  readonly result?: string;
  readonly variables?: Record<string, string>;
}

function steps({ state, visit, input = '{"a":{"n":1.0}}', result, variables = {} }: Case) {
  const definition = JSON.stringify({ StartAt: 'S', States: { S: state, T: { Type: 'Succeed' } } });
  const { stages, ...others } = calculateSteps({
    ...{
      execution: EXECUTION,
      roleArn: 'arn:aws:iam::123456789012:role/r',
      definition,
      visit,
      input,
      result,
      variables,
    },
  });
  return { ...others, stages: Object.fromEntries(stages) };
}

const TASK = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Next: 'T' };

describe('the steps of a visit’s data', () => {
  it('a task’s, from its input to its output, with the result that it really had', () => {
    const state = {
      ...TASK,
      InputPath: '$.a',
      Parameters: { FunctionName: 'f', 'Payload.$': '$.n', 'Who.$': '$who' },
      ResultSelector: { 'got.$': '$.Payload' },
      ResultPath: '$.said',
    };
    const visit = visitOf(begun, entered('Task'), scheduled, exited('Task'));
    const found = steps({ state, visit, result: '{"Payload":12345678901234567890}', variables: { who: '2.50' } });
    expect(found).toMatchObject({
      stages: {
        afterInputPath: '{"n":1.0}',
        afterParameters: '{"FunctionName":"f","Payload":1.0,"Who":2.50}',
        result: '{"Payload":12345678901234567890}',
        afterResultSelector: '{"got":12345678901234567890}',
      },
      output: '{"a":{"n":1.0},"said":{"got":12345678901234567890}}',
      error: null,
      unknown: [],
    });
  });

  it('a failure that was caught is shown as one, after the retries that there were', () => {
    const state = {
      ...TASK,
      Parameters: { FunctionName: 'f' },
      Retry: [{ ErrorEquals: ['Broken'], MaxAttempts: 1 }],
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'T' }],
    };
    const visit = visitOf(begun, entered('Task'), scheduled, failed, scheduled, failed, exited('Task'));
    const found = steps({ state, visit, input: '{}' });
    expect(found.error).toEqual({ error: 'Broken', cause: 'why' });
    expect(found.output).toBe('{"error":{"Error":"Broken","Cause":"why"}}');
    expect(found.stages).not.toHaveProperty('result');
  });

  it('nothing is made up for a Map, whose iterations’ outputs are elsewhere', () => {
    const state = {
      ...{ Type: 'Map', ItemsPath: '$.list', ItemSelector: { 'one.$': '$$.Map.Item.Value' }, Next: 'T' },
      ItemProcessor: { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } },
    };
    const found = steps({ state, visit: visitOf(begun, entered('Map'), exited('Map')), input: '{"list":[1,2]}' });
    expect(found.stages).toMatchObject({ afterItemsPath: '[1,2]', afterItemSelector: '[{"one":1},{"one":2}]' });
    expect(found.stages).not.toHaveProperty('result');
    expect(found.output).toBe(null);
    expect(found.unknown.join()).toContain('branches or iterations');
  });

  it('a Wait is not waited for', () => {
    const state = { Type: 'Wait', Seconds: 3_600, Next: 'T' };
    expect(steps({ state, visit: visitOf(begun, entered('Wait'), exited('Wait')) }).output).toBe('{"a":{"n":1.0}}');
  });

  it('an expression that fails tells where, with the steps before it', () => {
    const state = { Type: 'Pass', QueryLanguage: 'JSONata', Output: '{% $states.input.a.missing %}', Next: 'T' };
    const found = steps({ state, visit: visitOf(begun, entered('Pass')) });
    expect(found.error?.error).toBe('States.QueryEvaluationError');
    expect(found.output).toBe(null);
  });

  it('tells what cannot be known', () => {
    const state = {
      ...TASK,
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: { FunctionName: 'f', Payload: { 'token.$': '$$.Task.Token', 'id.$': 'States.UUID()' } },
    };
    const visit = visitOf(begun, entered('Task'), scheduled);
    expect(steps({ state, visit }).unknown).toEqual([
      'The history has no result of its task: what follows from it is not shown.',
      'Its task token is a secret of the server: another text stands for it.',
      'Random values are others than they were.',
    ]);
  });
});
