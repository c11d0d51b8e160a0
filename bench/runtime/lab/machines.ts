/** The states of the machines that are measured, in JSONPath. */

const NOOP = 'arn:aws:states:::everstep:noop';

function chain(count: number, state: (index: number) => object): Record<string, object> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const next = index + 1 < count ? { Next: `S${index + 2}` } : { End: true };
      return [`S${index + 1}`, { ...state(index), ...next }];
    }),
  );
}

/** W1: tasks that do nothing, one after the other; a commit before each. */
export const tasks = (count: number): object => chain(count, () => ({ Type: 'Task', Resource: NOOP }));

export const passes = (count: number): object => chain(count, () => ({ Type: 'Pass' }));

/** W2: a Map over the items of the input, each of them one task, or one Pass. */
export function fanOut(each: 'task' | 'pass'): object {
  const state = each === 'task' ? { Type: 'Task', Resource: NOOP } : { Type: 'Pass' };
  const processor = { StartAt: 'Item', States: { Item: { ...state, End: true } } };
  return { Fan: { Type: 'Map', ItemsPath: '$.items', ItemProcessor: processor, ResultPath: null, End: true } };
}

/** A Distributed Map over the items of the input, whose children are one Pass. */
export function distributed(executionType: 'STANDARD' | 'EXPRESS'): object {
  const item = { Type: 'Pass', Result: 0, End: true };
  const processor = {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: executionType },
    StartAt: 'Item',
    States: { Item: item },
  };
  return { Fan: { Type: 'Map', ItemsPath: '$.items', ItemProcessor: processor, End: true } };
}

/** Waits for a callback, again and again, after a loop that writes about `$.limit` × 4 events. */
export const longHistory: object = {
  Loop: {
    Type: 'Pass',
    Parameters: { 'n.$': 'States.MathAdd($.n, 1)', 'limit.$': '$.limit' },
    Next: 'More',
  },
  More: {
    Type: 'Choice',
    Choices: [
      { Variable: '$.n', NumericLessThanPath: '$.limit', Next: 'Loop' },
      // Never taken: a machine must be able to end.
      { Variable: '$.n', NumericLessThan: 0, Next: 'Done' },
    ],
    Default: 'Ask',
  },
  Ask: callback('Ask'),
  Done: { Type: 'Succeed' },
};

/** One callback. */
export const ask: object = { Ask: callback(null) };

export const hold: object = { Hold: { Type: 'Task', Resource: 'arn:aws:states:::everstep:hold', End: true } };

export const waitUntil: object = { Wait: { Type: 'Wait', TimestampPath: '$.due', End: true } };

function callback(next: string | null): object {
  return {
    Type: 'Task',
    Resource: `${NOOP}.waitForTaskToken`,
    Parameters: { 'token.$': '$$.Task.Token' },
    ResultPath: null,
    ...(next === null ? { End: true } : { Next: next }),
  };
}
