import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
let folder = '';

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs `everstep validate` as a process, in the folder of the fixtures. */
async function validate(
  commandArguments: readonly string[],
  options: { readonly input?: string; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, ['--conditions=everstep-source', main, 'validate', ...commandArguments], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...options.environment },
  });
  child.stdin.end(options.input ?? '');
  const code = new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? -1)));
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, output, errors };
}

const WRONG_JSON = `{
  "StartAt": "Charge",
  "Coment": "a field that nobody knows",
  "States": {
    "Charge": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": { "FunctionName": "charge", "Payload.$": "$.[" },
      "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Faild" }],
      "Next": "Shp"
    },
    "Ship/it [1]": { "Type": "Pas" },
    "Ship": { "Type": "Succeed" },
    "Failed": { "Type": "Fail" }
  }
}
`;
const WRONG_YAML = `# A comment moves the lines.
StartAt: Each
States:
  Each:
    Type: Map
    ItemProcessor:
      StartAt: Work
      States:
        Work: { Type: Wait, Seconds: -1, Next: Rset }
        Rest:
          Type: Pass
          End: true
    End: true
`;
const RIGHT = { StartAt: 'Hello', States: { Hello: { Type: 'Pass', End: true } } };
const DISTRIBUTED = {
  StartAt: 'M',
  States: {
    M: {
      Type: 'Map',
      End: true,
      ItemProcessor: { ...RIGHT, ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' } },
    },
  },
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'everstep-validate-'));
  const files: Readonly<Record<string, string>> = {
    'wrong.asl.json': WRONG_JSON,
    'wrong.yaml': WRONG_YAML,
    'right.json': JSON.stringify(RIGHT),
    'right.yml': 'StartAt: A\nStates:\n  A: &end { Type: Succeed }\n',
    'distributed.json': JSON.stringify(DISTRIBUTED),
    'syntax.json': '{\n  "StartAt": "A",\n  "States": { "A": { "Type": "Pass",, } }\n}',
    'syntax.yaml': 'StartAt: A\nStates:\n  A: { Type: Pass\n  B: 1\n',
    'long.json': JSON.stringify({ ...RIGHT, Comment: `${'x'.repeat(150)}\u001b[31m`, TimeoutSeconds: -5 }),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  writeFileSync(join(folder, 'latin.json'), Buffer.from([0x22, 0xe9, 0x22]));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('everstep validate', () => {
  it('shows every problem of a JSON file with its place, its line and what may be meant', async () => {
    const { code, output } = await validate(['wrong.asl.json']);
    expect(code).toBe(1);
    expect(output).toMatchInlineSnapshot(`
      "wrong.asl.json:3:3 error SCHEMA_VALIDATION_FAILED: Field 'Coment' is not supported
       3 |   "Coment": "a field that nobody knows",
         |   ^^^^^^^^
         did you mean 'Comment'?
         at /

      wrong.asl.json:8:49 error SCHEMA_VALIDATION_FAILED: The value for the field 'Payload.$' must be a valid JSONPath or a valid intrinsic function call
       8 |       "Parameters": { "FunctionName": "charge", "Payload.$": "$.[" },
         |                                                 ^^^^^^^^^^^
         at /States/Charge/Parameters

      wrong.asl.json:9:58 error MISSING_TRANSITION_TARGET: Missing 'Next' target: Faild
       9 |       "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Faild" }],
         |                                                          ^^^^^^^
         did you mean 'Failed'?
         at /States/Charge/Catch[0]/Next

      wrong.asl.json:10:15 error MISSING_TRANSITION_TARGET: Missing 'Next' target: Shp
       10 |       "Next": "Shp"
          |               ^^^^^
          did you mean 'Ship'?
          at /States/Charge/Next

      wrong.asl.json:12:5 error MISSING_TRANSITION_TARGET: State "Ship/it [1]" is not reachable.
       12 |     "Ship/it [1]": { "Type": "Pas" },
          |     ^^^^^^^^^^^^^
          at /States/Ship/it [1]

      wrong.asl.json:12:30 error SCHEMA_VALIDATION_FAILED: The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]
       12 |     "Ship/it [1]": { "Type": "Pas" },
          |                              ^^^^^
          did you mean 'Pass'?
          at /States/Ship/it [1]/Type

      wrong.asl.json:13:5 error MISSING_TRANSITION_TARGET: State "Ship" is not reachable.
       13 |     "Ship": { "Type": "Succeed" },
          |     ^^^^^^
          at /States/Ship

      wrong.asl.json:14:5 error MISSING_TRANSITION_TARGET: State "Failed" is not reachable.
       14 |     "Failed": { "Type": "Fail" }
          |     ^^^^^^^^
          at /States/Failed

      ✗ wrong.asl.json: 8 errors
      "
    `);
  });

  it('shows the places of a YAML file, in nested states too', async () => {
    const { code, output } = await validate(['wrong.yaml']);
    expect(code).toBe(1);
    expect(output).toMatchInlineSnapshot(`
      "wrong.yaml:9:38 error SCHEMA_VALIDATION_FAILED: Minimum value is 0
       9 |         Work: { Type: Wait, Seconds: -1, Next: Rset }
         |                                      ^^
         at /States/Each/ItemProcessor/States/Work/Seconds

      wrong.yaml:9:48 error MISSING_TRANSITION_TARGET: Missing 'Next' target: Rset
       9 |         Work: { Type: Wait, Seconds: -1, Next: Rset }
         |                                                ^^^^
         did you mean 'Rest'?
         at /States/Each/ItemProcessor/States/Work/Next

      wrong.yaml:10:9 error MISSING_TRANSITION_TARGET: State "Rest" is not reachable.
       10 |         Rest:
          |         ^^^^
          at /States/Each/ItemProcessor/States/Rest

      ✗ wrong.yaml: 3 errors
      "
    `);
  });

  it('tells line and column of text that is no JSON or YAML', async () => {
    const { code, output } = await validate(['syntax.json', 'syntax.yaml']);
    expect(code).toBe(1);
    expect(output).toMatchInlineSnapshot(`
      "syntax.json:3:37 error INVALID_JSON_DESCRIPTION: Unexpected character (',' (code 44)): was expecting double-quote to start field name
       3 |   "States": { "A": { "Type": "Pass",, } }
         |                                     ^

      ✗ syntax.json: 1 error
      syntax.yaml:4:3 error INVALID_YAML: Flow map in block collection must be sufficiently indented and end with a }
       4 |   B: 1
         |   ^

      ✗ syntax.yaml: 1 error

      2 files, 2 not valid: 2 errors
      "
    `);
  });

  it('cuts long lines around the place and shows control characters as text', async () => {
    const { output } = await validate(['long.json']);
    expect(output).toMatchInlineSnapshot(`
      "long.json:1:256 error SCHEMA_VALIDATION_FAILED: Minimum value is 0
       1 | …xxxxxxxxxxxxxxxxxxxxx\\u001b[31m","TimeoutSeconds":-5}
         |                                                    ^^
         at /TimeoutSeconds

      ✗ long.json: 1 error
      "
    `);
  });

  it('answers 0 where all files are valid, and says so', async () => {
    const { code, output } = await validate(['right.json', 'right.yml']);
    expect({ code, output }).toEqual({
      code: 0,
      output: '✓ right.json: valid\n✓ right.yml: valid\n\n2 files, all valid: valid\n',
    });
  });

  it('reads the standard input, JSON or YAML', async () => {
    expect(await validate(['-'], { input: JSON.stringify(RIGHT) })).toMatchObject({
      code: 0,
      output: '✓ <stdin>: valid\n',
    });
    expect((await validate(['-'], { input: 'StartAt: B\nStates: {A: {Type: Succeed}}\n' })).output).toContain(
      '<stdin>:1:10',
    );
  });

  it('checks JSONata: its syntax, what it may refer to, and the fields of the other language', async () => {
    const input = `QueryLanguage: JSONata
StartAt: A
States:
  A: { Type: Pass, Output: "{% $sum( %}", Next: B }
  B: { Type: Pass, Output: { n: "{% order.total %}" }, Next: C }
  C: { Type: Pass, InputPath: $.a, End: true }
`;
    const { code, output } = await validate(['-'], { input });
    expect(code).toBe(1);
    expect(output).toContain('/States/A/Output');
    expect(output).toContain("Reference to 'order' at the top level is not supported.");
    expect(output).toContain(
      "The QueryLanguage is set to 'JSONata', but field 'InputPath' is only supported for the 'JSONPath' QueryLanguage",
    );
  });

  it('checks Express machines by their own rules', async () => {
    expect((await validate(['distributed.json'])).code).toBe(0);
    const { code, output } = await validate(['distributed.json', '--type', 'EXPRESS']);
    expect(code).toBe(1);
    expect(output).toContain("'DISTRIBUTED' is not supported inside 'EXPRESS' state machines");
  });

  it('prints the findings as JSON', async () => {
    const { code, output } = await validate(['wrong.yaml', 'right.json', '--json']);
    expect(code).toBe(1);
    const { result, files } = JSON.parse(output);
    expect(result).toBe('FAIL');
    expect(files[1]).toEqual({ file: 'right.json', result: 'OK', diagnostics: [] });
    expect(files[0].diagnostics).toContainEqual({
      severity: 'ERROR',
      code: 'MISSING_TRANSITION_TARGET',
      message: "Missing 'Next' target: Rset",
      location: '/States/Each/ItemProcessor/States/Work/Next',
      line: 9,
      column: 48,
      endColumn: 52,
      suggestion: 'Rest',
    });
  });

  it('answers 2 to wrong usage and to files it cannot read', async () => {
    expect(await validate([])).toMatchObject({
      code: 2,
      errors: expect.stringContaining("missing required argument 'files'"),
    });
    expect((await validate(['right.json', '--type', 'FAST'])).code).toBe(2);
    expect((await validate(['right.json', '--unknown'])).code).toBe(2);
    expect(await validate(['none.json', 'right.json'])).toEqual({
      code: 2,
      output: '✓ right.json: valid\n',
      errors: 'Cannot read none.json: there is no such file\n',
    });
    expect((await validate(['latin.json'])).errors).toBe('Cannot read latin.json: it is not UTF-8 text\n');
  });

  it('colours only where colours are shown, and never with NO_COLOR', async () => {
    const escape = '\u001b[';
    expect((await validate(['wrong.yaml'])).output).not.toContain(escape);
    expect((await validate(['wrong.yaml'], { environment: { FORCE_COLOR: '1' } })).output).toContain(escape);
    expect((await validate(['wrong.yaml'], { environment: { NO_COLOR: '1' } })).output).not.toContain(escape);
  });
});
