import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
let folder = '';

/** Runs `everstep run` as a process, in the folder of the fixtures. */
function run(...commandArguments: string[]): Promise<{ code: number; output: string; errors: string }> {
  return new Promise((resolve) => {
    const program = ['--conditions=everstep-source', main, 'run', ...commandArguments];
    const child = execFile(
      process.execPath,
      program,
      { cwd: folder, env: { PATH: process.env.PATH } },
      (_error, output, errors) => resolve({ code: child.exitCode ?? -1, output, errors }),
    );
  });
}

const ORDER = `
StartAt: Charge
States:
  Charge:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke
    Parameters: { FunctionName: charge, "Payload.$": $ }
    TimeoutSeconds: 30
    Retry: [{ ErrorEquals: [Card.Busy, States.Timeout], IntervalSeconds: 10, MaxAttempts: 2 }]
    ResultPath: $.payment
    Next: Ask
  Ask:
    Type: Task
    Resource: arn:aws:states:::states:startExecution.sync:2
    Parameters: { StateMachineArn: m }
    HeartbeatSeconds: 60
    ResultPath: null
    Next: Ship
  Ship:
    Type: Map
    ItemsPath: $.items
    MaxConcurrency: 1
    ItemProcessor:
      StartAt: Pack
      States:
        Pack: { Type: Task, Resource: "arn:aws:states:us-east-1:123456789012:activity:pack", Next: Rest }
        Rest: { Type: Wait, Seconds: 86400, End: true }
    ResultPath: $.shipped
    End: true
`;
const ORDER_MOCKS = `
Charge:
  - { error: Card.Busy, cause: try later }
  - never: true
  - { result: { Payload: { paid: 1.0 } }, delaySeconds: 2.5 }
Ask: { result: { approved: true }, delaySeconds: 3600, heartbeatSeconds: 50 }
"*": [first, second]
`;

function distributed(reader: object): object {
  const work = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters: { 'n.$': '$' }, End: true };
  return {
    StartAt: 'All',
    States: {
      All: {
        Type: 'Map',
        ...reader,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' },
          StartAt: 'Work',
          States: { Work: work },
        },
        Catch: [{ ErrorEquals: ['States.ItemReaderFailed'], Next: 'Sorry' }],
        End: true,
      },
      Sorry: { Type: 'Succeed' },
    },
  };
}

const READER = { ItemReader: { Resource: 'arn:aws:states:::s3:getObject', Parameters: { Bucket: 'b', Key: 'k' } } };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'everstep-run-'));
  const loop = {
    StartAt: 'A',
    States: { A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' }, C: { Type: 'Succeed' } },
  };
  const files: Readonly<Record<string, string>> = {
    'order.yaml': ORDER,
    'order.mocks.yaml': ORDER_MOCKS,
    'input.json': '{"items":["a","b"]}',
    'read.json': JSON.stringify(distributed(READER)),
    'items.json': JSON.stringify(distributed({ ItemsPath: '$.items' })),
    'fail.json': JSON.stringify({ StartAt: 'No', States: { No: { Type: 'Fail', Error: 'Mine', Cause: 'why not' } } }),
    'wait.json': JSON.stringify({ StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 1, End: true } } }),
    'random.json': JSON.stringify({
      StartAt: 'R',
      States: { R: { Type: 'Pass', Parameters: { 'id.$': 'States.UUID()' }, End: true } },
    }),
    'choice.json': JSON.stringify({
      ...loop,
      States: {
        ...loop.States,
        B: { Type: 'Choice', Default: 'A', Choices: [{ Variable: '$.x', IsPresent: true, Next: 'C' }] },
      },
    }),
    'wrong.json': JSON.stringify({ StartAt: 'A', States: { B: { Type: 'Succeed' } } }),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function mocks(content: object): string {
  const name = 'mocks.json';
  writeFileSync(join(folder, name), JSON.stringify(content));
  return name;
}

describe('everstep run', () => {
  it('runs JSONata', async () => {
    const definition = {
      QueryLanguage: 'JSONata',
      StartAt: 'Ask',
      States: {
        Ask: {
          Type: 'Task',
          Resource: 'arn:aws:states:::lambda:invoke',
          Arguments: { FunctionName: 'f', Payload: '{% $states.input.items[price > 1] %}' },
          Output: '{% $sum($states.result.Payload) & " " & $states.input.unit %}',
          End: true,
        },
      },
    };
    writeFileSync(join(folder, 'jsonata.json'), JSON.stringify(definition));
    writeFileSync(join(folder, 'jsonata-mocks.json'), JSON.stringify({ Ask: { result: { Payload: [1, 2.5] } } }));
    const input = JSON.stringify({ unit: 'EUR', items: [{ price: 1 }, { price: 2 }] });
    const { code, output } = await run('jsonata.json', '--input', input, '--mocks', 'jsonata-mocks.json');
    expect(output).toContain('3.5 EUR');
    expect(code).toBe(0);
  });

  it('shows the history as it goes, with waits, retries and time-outs in virtual time', async () => {
    const started = performance.now();
    const { code, output, errors } = await run('order.yaml', '--input', '@input.json', '--mocks', 'order.mocks.yaml');
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(output).toMatchInlineSnapshot(`
      "         +0.000s     1  ExecutionStarted                               {"items":["a","b"]}
               +0.000s     2  TaskStateEntered           Charge              {"items":["a","b"]}
               +0.000s     3  TaskScheduled              Charge              {"FunctionName":"charge","Payload":{"items":["a…
               +0.000s     4  TaskStarted                Charge
               +0.000s     5  TaskFailed                 Charge              Card.Busy: try later
              +10.000s     6  TaskScheduled              Charge              {"FunctionName":"charge","Payload":{"items":["a…
              +10.000s     7  TaskStarted                Charge
              +40.000s     8  TaskTimedOut               Charge              States.Timeout
            +1m00.000s     9  TaskScheduled              Charge              {"FunctionName":"charge","Payload":{"items":["a…
            +1m00.000s    10  TaskStarted                Charge
            +1m02.500s    11  TaskSucceeded              Charge              {"Payload":{"paid":1.0}}
            +1m02.500s    12  TaskStateExited            Charge              {"items":["a","b"],"payment":{"Payload":{"paid"…
            +1m02.500s    13  TaskStateEntered           Ask                 {"items":["a","b"],"payment":{"Payload":{"paid"…
            +1m02.500s    14  TaskScheduled              Ask                 {"StateMachineArn":"m"}
            +1m02.500s    15  TaskStarted                Ask
            +1m02.500s    16  TaskSubmitted              Ask                 {}
         +1h01m02.500s    17  TaskSucceeded              Ask                 {"approved":true}
         +1h01m02.500s    18  TaskStateExited            Ask                 {"items":["a","b"],"payment":{"Payload":{"paid"…
         +1h01m02.500s    19  MapStateEntered            Ship                {"items":["a","b"],"payment":{"Payload":{"paid"…
         +1h01m02.500s    20  MapStateStarted            Ship                length 2
         +1h01m02.500s    21  MapIterationStarted        Ship[0]
         +1h01m02.500s    22  TaskStateEntered           Pack                "a"
         +1h01m02.500s    23  ActivityScheduled          Pack                "a"
         +1h01m02.500s    24  ActivityStarted            Pack                workerName mock
         +1h01m02.500s    25  ActivitySucceeded          Pack                "first"
         +1h01m02.500s    26  TaskStateExited            Pack                "first"
         +1h01m02.500s    27  WaitStateEntered           Rest                "first"
      +1d01h01m02.500s    28  WaitStateExited            Rest                "first"
      +1d01h01m02.500s    29  MapIterationSucceeded      Ship[0]
      +1d01h01m02.500s    30  MapIterationStarted        Ship[1]
      +1d01h01m02.500s    31  TaskStateEntered           Pack                "b"
      +1d01h01m02.500s    32  ActivityScheduled          Pack                "b"
      +1d01h01m02.500s    33  ActivityStarted            Pack                workerName mock
      +1d01h01m02.500s    34  ActivitySucceeded          Pack                "second"
      +1d01h01m02.500s    35  TaskStateExited            Pack                "second"
      +1d01h01m02.500s    36  WaitStateEntered           Rest                "second"
      +2d01h01m02.500s    37  WaitStateExited            Rest                "second"
      +2d01h01m02.500s    38  MapIterationSucceeded      Ship[1]
      +2d01h01m02.500s    39  MapStateSucceeded          Ship
      +2d01h01m02.500s    40  MapStateExited             Ship                {"items":["a","b"],"payment":{"Payload":{"paid"…
      +2d01h01m02.500s    41  ExecutionSucceeded                             {"items":["a","b"],"payment":{"Payload":{"paid"…

      SUCCEEDED after 2d01h01m02.500s of virtual time, 41 events
      {
        "items": [
          "a",
          "b"
        ],
        "payment": {
          "Payload": {
            "paid": 1.0
          }
        },
        "shipped": [
          "first",
          "second"
        ]
      }
      "
    `);
  });

  it('answers 1 and tells error and cause where the execution fails', async () => {
    const { code, output } = await run('fail.json');
    expect(code).toBe(1);
    expect(output).toMatchInlineSnapshot(`
      "         +0.000s     1  ExecutionStarted                               {}
               +0.000s     2  FailStateEntered           No                  {}
               +0.000s     3  ExecutionFailed                                Mine: why not

      FAILED after 0.000s of virtual time, 3 events
      error: Mine
      cause: why not
      "
    `);
  });

  it('prints events in the shape of GetExecutionHistory, and last the execution as DescribeExecution does', async () => {
    const { code, output } = await run(
      'wait.json',
      '--json',
      '--input',
      '[1.0]',
      '--start-time',
      '2030-01-31T12:00:00Z',
    );
    expect(code).toBe(0);
    const lines = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({
      id: 1,
      previousEventId: 0,
      timestamp: 1896091200,
      type: 'ExecutionStarted',
      executionStartedEventDetails: { input: '[1.0]', inputDetails: { truncated: false } },
    });
    expect(lines.at(-1)).toMatchObject({
      executionArn: 'arn:aws:states:us-east-1:123456789012:execution:wait:offline',
      status: 'SUCCEEDED',
      startDate: 1896091200,
      stopDate: 1896091201,
      output: '[1.0]',
    });
  });

  it('takes its time with --real-time', async () => {
    const started = performance.now();
    const { output } = await run('wait.json', '--real-time');
    expect(performance.now() - started).toBeGreaterThanOrEqual(1_000);
    expect(output).toContain('SUCCEEDED after 1.000s of real time');
  });

  it('gives the same random values to the same run, and others to another name', async () => {
    const outputOf = async (...more: string[]): Promise<string> => (await run('random.json', ...more)).output;
    expect(await outputOf()).toBe(await outputOf());
    expect(await outputOf('--name', 'b')).not.toBe(await outputOf());
  });

  it('says how to mock a state that has no mock', async () => {
    const { code, errors } = await run('order.yaml', '--input', '{"items":[]}');
    expect(code).toBe(1);
    expect(errors).toMatchInlineSnapshot(`
      "The state "Charge" calls arn:aws:states:::lambda:invoke and has no mock, so the run ends here.
      Give a file with --mocks that says what it answers:

        { "Charge": [{ "result": {} }] }

      or give every state without a mock of its own the same answer: { "*": { "result": {} } }
      "
    `);
  });

  it('names a mock for a state that is not there, and what is wrong in a mock', async () => {
    const wrong = async (content: object): Promise<string> => {
      const { code, errors } = await run('order.yaml', '--mocks', mocks(content));
      expect(code).toBe(2);
      return errors.trim();
    };
    expect(await wrong({ Chrage: 1 })).toBe("mocks.json: the definition has no state 'Chrage'. Did you mean 'Charge'?");
    expect(await wrong({ Charge: [{ result: 1, delaySecond: 2 }] })).toContain(
      '"Charge"[0] has the unknown member "delaySecond"',
    );
    expect(await wrong({ Charge: { delaySeconds: 2 } })).toContain('exactly one of "result", "error" and "never"');
    expect(await wrong({ Charge: { result: 1, delaySeconds: -2 } })).toContain(
      '"delaySeconds" must be a number of seconds',
    );
    expect(await wrong({ Charge: [] })).toContain('is an empty list');
    expect(await wrong([])).toContain('must hold an object');
  });

  it('says where nothing will happen any more, and ends a run that goes on for ever', async () => {
    const stuck = await run('items.json', '--input', '{"items":[1]}', '--mocks', mocks({ Work: { never: true } }));
    expect(stuck.code).toBe(1);
    expect(stuck.errors).toContain('Nothing will happen any more: "Work" waits for an answer');
    const endless = await run('choice.json');
    expect(endless.code).toBe(1);
    expect(endless.errors).toContain('more than 25,000 events');
  });

  it('runs the children of a Distributed Map over the items that its mock or ItemsPath gives', async () => {
    const read = await run(
      'read.json',
      '--mocks',
      mocks({ All: { items: [1, 2.5] }, Work: [{ result: 'a' }, { result: 'b' }] }),
    );
    expect(read).toMatchObject({ code: 0, errors: '' });
    expect(read.output).toContain('Work                {"n":2.5}');
    expect(read.output).toContain('["a","b"]');
    const given = await run('items.json', '--input', '{"items":[7]}', '--mocks', mocks({ '*': 'c' }));
    expect(given.output).toContain('["c"]');
  });

  it('takes a mocked Map Run as a whole, its failures too', async () => {
    const done = await run('read.json', '--json', '--mocks', mocks({ All: { result: [1, 2] } }));
    const types = done.output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).type);
    expect(types.slice(1, -2)).toEqual([
      'MapStateEntered',
      'MapStateStarted',
      'MapRunStarted',
      'MapRunSucceeded',
      'MapStateExited',
    ]);
    const failed = await run(
      'read.json',
      '--mocks',
      mocks({ All: { error: 'States.ItemReaderFailed', cause: 'no such key' } }),
    );
    expect(failed.code).toBe(0);
    expect(failed.output).toMatch(/MapRunFailed +All +States\.ItemReaderFailed: no such key/);
    const none = await run('read.json');
    expect(none).toMatchObject({ code: 1, errors: expect.stringContaining('{ "All": { "items": [] } }') });
  });

  it('refuses a definition that is not valid, with its findings', async () => {
    const { code, errors, output } = await run('wrong.json');
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors).toContain("wrong.json:1:12 error MISSING_TRANSITION_TARGET: Missing 'Next' target: A");
  });

  it('answers 2 to wrong usage', async () => {
    expect((await run()).code).toBe(2);
    expect(await run('wait.json', '--input', '{')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('The input is not valid JSON'),
    });
    expect((await run('wait.json', '--input', '@none.json')).errors).toContain('Cannot read none.json');
    expect((await run('wait.json', '--start-time', 'soon')).errors).toContain('--start-time: soon is no time');
  });
});
