import type { HistoryEvent } from '@everstep/language';
import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, World } from '@everstep/testkit';
import { describe, expect, it } from 'vitest';
import { silentLogger, startExecution, stopExecution } from './index.ts';
import { logEvents, logPlanOf } from './execution-logging.ts';
import type { ExecutionLogEvent } from './ports/execution-log.ts';

const GROUP = 'arn:aws:logs:us-east-1:123456789012:log-group:g:*';
const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:orders';
const EXECUTION = { executionArn: 'arn:aws:states:us-east-1:123456789012:execution:orders:one', redriveCount: 2 };

function plan(level: string, includeExecutionData: boolean) {
  const destinations = [{ cloudWatchLogsLogGroup: { logGroupArn: GROUP } }];
  return logPlanOf({
    revisionId: 'r',
    stateMachineArn: MACHINE,
    definition: '{}',
    roleArn: 'arn:aws:iam::123456789012:role/run',
    createdAt: 0,
    configuration: JSON.stringify({ loggingConfiguration: { level, includeExecutionData, destinations } }),
  });
}

function logged(level: string, includeExecutionData: boolean, events: readonly HistoryEvent[]) {
  const written: ExecutionLogEvent[] = [];
  const executionLog = {
    write: (target: object, more: readonly ExecutionLogEvent[]) => {
      expect(target).toEqual({ stateMachineArn: MACHINE, logGroupArn: GROUP });
      written.push(...more);
    },
    close: async () => {},
  };
  logEvents({ executionLog }, plan(level, includeExecutionData), EXECUTION, events);
  return written.map(({ message }) => JSON.parse(message));
}

const truncated = { truncated: false };
const input = '{"a":1}';
const EVENTS: readonly HistoryEvent[] = [
  {
    ...{ id: 1, previousEventId: 0, timestamp: 1_700_000_000_123, type: 'ExecutionStarted' },
    executionStartedEventDetails: { input, inputDetails: truncated, roleArn: 'role' },
  },
  {
    ...{ id: 2, previousEventId: 0, timestamp: 2, type: 'TaskScheduled' },
    taskScheduledEventDetails: { resourceType: 'states', resource: 'x', region: 'r', parameters: '{}' },
  },
  { id: 3, previousEventId: 2, timestamp: 3, type: 'TaskFailed' },
  { id: 4, previousEventId: 3, timestamp: 4, type: 'FailStateEntered', stateEnteredEventDetails: { name: 'F', input } },
  {
    ...{ id: 5, previousEventId: 4, timestamp: 5, type: 'ExecutionFailed' },
    executionFailedEventDetails: { error: 'E', cause: 'C' },
  },
];

const ids = (level: string) => logged(level, true, EVENTS).map(({ id }) => id);

describe('execution logs', () => {
  it('have AWS’s shape', () => {
    const [first, , third] = logged('ALL', true, EVENTS);
    expect(first).toEqual({
      id: '1',
      type: 'ExecutionStarted',
      details: { input, inputDetails: truncated, roleArn: 'role' },
      redrive_count: '2',
      previous_event_id: '0',
      event_timestamp: '1700000000123',
      execution_arn: EXECUTION.executionArn,
    });
    expect(third).toMatchObject({ type: 'TaskFailed', details: {} });
  });

  it('hold what the level asks for', () => {
    expect(ids('ALL')).toEqual(['1', '2', '3', '4', '5']);
    expect(ids('ERROR')).toEqual(['3', '4', '5']);
    expect(ids('FATAL')).toEqual(['5']);
    expect(plan('OFF', true)).toBeNull();
  });

  it('hold data only where the configuration asks for it', () => {
    const details = logged('ALL', false, EVENTS).map((event) => event.details);
    expect(details).toEqual([
      { roleArn: 'role' },
      { resourceType: 'states', resource: 'x', region: 'r' },
      {},
      { name: 'F' },
      { error: 'E', cause: 'C' },
    ]);
  });

  it('are cut where an event would be too long, and say so', () => {
    const long = JSON.stringify('"'.repeat(120_000));
    const [event] = logged('ALL', true, [
      {
        ...{ id: 9, previousEventId: 8, timestamp: 9, type: 'ExecutionSucceeded' },
        executionSucceededEventDetails: { output: long, outputDetails: truncated },
      },
    ]);
    expect(event.details.outputDetails).toEqual({ truncated: true });
    expect(long.startsWith(event.details.output)).toBe(true);
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(256_000);
    expect(Buffer.byteLength(JSON.stringify(event.details.output))).toBeGreaterThan(247_000);
  });
});

describe('the log of a Standard execution', () => {
  it('has every event once, a stop by force included', async () => {
    const clock = new VirtualClock();
    const written: string[] = [];
    const world = new World({
      ...{
        store: createMemoryStore({ now: () => clock.now() }),
        hints: createLocalQueue({ logger: silentLogger }),
        clock,
      },
      executionLog: {
        write: (_target, events) => void written.push(...events.map(({ message }) => message)),
        close: async () => {},
      },
    });
    await world.startWorker();
    const arn = await world.createMachine(
      {
        StartAt: 'Pass',
        States: { Pass: { Type: 'Pass', Next: 'Wait' }, Wait: { Type: 'Wait', Seconds: 60, End: true } },
      },
      'orders',
      {
        loggingConfiguration: {
          ...{ level: 'ALL', includeExecutionData: true },
          destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: GROUP } }],
        },
      },
    );
    const { executionArn } = await startExecution(world.context, { stateMachineArn: arn });
    await clock.advance(20);
    await stopExecution(world.context, { executionArn, error: 'Enough' });
    const history = await world.history(executionArn);
    expect(written.map((line) => JSON.parse(line)).map(({ id, type }) => `${id} ${type}`)).toEqual(
      history.map(({ id, type }) => `${id} ${type}`),
    );
    expect(written.at(-1)).toContain('ExecutionAborted');
    const stopping = world.stop();
    await clock.advance(5_000);
    await stopping;
  });
});
