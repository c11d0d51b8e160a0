import { describe, expect, test } from 'vitest';
import { createExecution, loadExecution, loadOpenWork, recordIds, saveHead, saveRecord } from './checkpoint.ts';
import { CHECKPOINT_FORMAT } from './execution-state.ts';
import { type FormatUpgrade, KNOWN_FORMATS, upgradesFrom } from './format-upgrades.ts';
import { isObject, parseJson } from './json.ts';
import { TestExecution, testFacts } from './testing/test-execution.ts';
import { pendingTasks, scheduleCommand } from './tasks.ts';

const ASK = 'arn:aws:states:::sqs:sendMessage.waitForTaskToken';

const machine = {
  StartAt: 'All',
  States: {
    All: {
      Type: 'Map',
      ItemProcessor: {
        StartAt: 'Ask',
        States: { Ask: { Type: 'Task', Resource: ASK, Parameters: { 'body.$': '$' }, HeartbeatSeconds: 9, End: true } },
      },
      End: true,
    },
  },
};

describe('a round trip', () => {
  test('keeps numbers by their text, odd keys and lone surrogates', () => {
    const text = '[{"a":1.0,"b":12345678901234567890,"c":-0.0,"d":1e400},{"__proto__":{"x":[]},"":"\\ud800\\u0000"}]';
    const execution = TestExecution.start(machine, parseJson(text), { reload: true });
    for (const task of execution.tasks) {
      execution.send({ type: 'TaskSubmitted', taskId: task.taskId, output: null });
      execution.send({ type: 'TaskResult', taskId: task.taskId, result: { ok: true, output: task.parameters } });
    }
    const bodies = `[{"body":${text.slice(1, text.indexOf('},') + 1)}},{"body":${text.slice(text.indexOf('},') + 2, -1)}}]`;
    expect(execution.end?.output).toBe(bodies);
  });

  test('gives a new owner the commands of the one before', () => {
    const execution = TestExecution.start(machine, [1, 2]);
    const loaded = execution.loaded();
    expect(pendingTasks(loaded).map(scheduleCommand)).toEqual(execution.scheduled);
    expect(pendingTasks(loaded).every((task) => task.phase === 'scheduled')).toBe(true);
  });

  test('tells what is waited for without the data, each record by itself', () => {
    const execution = TestExecution.start(machine, [1, 2]);
    const unknown = createExecution(testFacts(null)).head;
    const format = CHECKPOINT_FORMAT;
    const { facts } = execution.loaded();
    const [checkpoint, records] = [saveHead(execution.loaded()), execution.snapshot()];
    const stored = [...records].map(([id, data]) => ({ id, data }));
    const whole = loadOpenWork(facts, { checkpoint, format, records: stored }, unknown);
    expect(whole.isWhole).toBe(true);
    expect(whole.execution.head).toEqual(execution.loaded().head);
    expect(pendingTasks(whole.execution)).toEqual(pendingTasks(execution.loaded()));
    const broken = stored.map(({ id, data }) => ({ id, data: id === '0.0' ? data.slice(0, 20) : data }));
    const part = loadOpenWork(facts, { checkpoint: '{"sealed":""}', format, records: broken }, unknown);
    expect(part.isWhole).toBe(false);
    expect(part.execution.head).toBe(unknown);
    expect(pendingTasks(part.execution)).toEqual(pendingTasks(execution.loaded()).slice(1));
  });

  test('keeps a callback that came early', () => {
    const execution = TestExecution.start(machine, [1, 2], { reload: true });
    execution.succeed('Ask', parseJson('1.0'));
    execution.send({ type: 'TaskResult', taskId: execution.tasks[1]?.taskId ?? 0, result: { ok: false, error: 'E' } });
    expect(execution.tasks.map((task) => task.early)).toEqual([
      { ok: true, output: parseJson('1.0') },
      { ok: false, error: 'E' },
    ]);
  });

  test('leaves a record of the root alone that is older than the checkpoint', () => {
    const { End: _end, ...all } = machine.States.All;
    const states = { All: { ...all, Next: 'Rest' }, Rest: { Type: 'Wait', Seconds: 60, End: true } };
    const execution = TestExecution.start({ StartAt: 'All', States: states }, [1]);
    const records = new Map(execution.snapshot());
    const { taskId } = execution.task('Ask');
    execution.send({ type: 'TaskSubmitted', taskId, output: null });
    execution.send({ type: 'TaskResult', taskId, result: { ok: true, output: 'done' } });
    const stale = [...records].filter(([id]) => id === '0').map(([id, data]) => ({ id, data }));
    expect(stale).toHaveLength(1);
    const loaded = loadExecution(testFacts([1]), saveHead(execution.state), stale);
    expect(loaded.frames).toEqual(execution.state.frames);
  });

  test('of an execution before its Start is empty', () => {
    const facts = testFacts({});
    const loaded = loadExecution(facts, saveHead(createExecution(facts)), []);
    expect(loaded).toEqual(createExecution(facts));
  });
});

describe('an older format', () => {
  // As if the release before had called a frame's state its place, and had kept no count of transitions.
  const upgrade: FormatUpgrade = {
    head: ({ root, ...head }) => ({
      ...head,
      stateTransitions: 0,
      root: isObject(root) ? upgrade.record(root, '0') : null,
    }),
    record: ({ place, ...record }, id) => (id.endsWith('.items') ? record : { ...record, state: place ?? null }),
  };
  const upgrades = new Map([[CHECKPOINT_FORMAT - 1, upgrade]]);
  const older = (text: string): string =>
    text
      .replace(`"format":${CHECKPOINT_FORMAT}`, `"format":${CHECKPOINT_FORMAT - 1}`)
      .replace(/"stateTransitions":\d+,/, '')
      .replace('"state":', '"place":');

  test('is upgraded as it is read, record by record, and then written in the present one', () => {
    const execution = TestExecution.start(machine, [1, 2]);
    const records = [...execution.snapshot()].map(([id, data]) => ({ id, data: older(data) }));
    const checkpoint = older(saveHead(execution.state));
    expect(records.map(({ id }) => id).sort()).toEqual(recordIds(execution.state).sort());
    const loaded = loadExecution(testFacts([1, 2]), checkpoint, records, upgrades);
    expect(loaded.frames).toEqual(execution.state.frames);
    expect(loaded.items).toEqual(execution.state.items);
    expect(loaded.head).toMatchObject({ format: CHECKPOINT_FORMAT, stateTransitions: 0 });
    expect(saveHead(loaded)).toContain(`"format":${CHECKPOINT_FORMAT}`);
  });

  test('with the root frame in the checkpoint', () => {
    const execution = TestExecution.start({ StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 9, End: true } } });
    const loaded = loadExecution(testFacts({}), older(saveHead(execution.state)), [], upgrades);
    expect(loaded.frames).toEqual(execution.state.frames);
  });

  test('from which no upgrade leads to the present one is unknown', () => {
    const facts = testFacts({});
    expect(() => loadExecution(facts, older(saveHead(createExecution(facts))), [], new Map())).toThrow(
      'is unknown here',
    );
  });

  test('the known formats end with the one that is written, and lead to it without a gap', () => {
    expect(KNOWN_FORMATS.at(-1)).toBe(CHECKPOINT_FORMAT);
    for (const format of KNOWN_FORMATS) expect(upgradesFrom(format)).toHaveLength(CHECKPOINT_FORMAT - format);
  });
});

describe('what is refused', () => {
  const facts = testFacts({});
  const head = saveHead(createExecution(facts));

  test('another format', () => {
    expect(() => loadExecution(facts, head.replace(/"format":\d+/, '"format":999'), [])).toThrow('format 999');
  });

  test.each([
    ['{"id":"1"}', 'is stored as 1'],
    ['{"id":"0","parent":3}', 'parent is not a string'],
    ['[]', 'is not an object'],
  ])('the frame %s', (data, message) => {
    expect(() => loadExecution(facts, head, [{ id: '0', data }])).toThrow(message);
  });

  test('a record that is not there', () => {
    const execution = createExecution(facts);
    expect(() => saveRecord(execution, '0')).toThrow('no frame 0');
    expect(() => saveRecord(execution, '0.items')).toThrow('no record 0.items');
  });
});
