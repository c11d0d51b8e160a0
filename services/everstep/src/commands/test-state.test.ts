import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
let folder = '';

/** Runs `everstep test-state` as a process, in the folder of the fixtures. */
function testState(...commandArguments: string[]): Promise<{ code: number; output: string; errors: string }> {
  return new Promise((resolve) => {
    const program = ['--conditions=everstep-source', main, 'test-state', ...commandArguments];
    const environment = { PATH: process.env.PATH, HOME: folder };
    const child = execFile(process.execPath, program, { cwd: folder, env: environment }, (_error, output, errors) =>
      resolve({ code: child.exitCode ?? -1, output, errors }),
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
    Retry: [{ ErrorEquals: [Card.Busy], IntervalSeconds: 10, MaxAttempts: 2 }]
    Next: Pause
  Pause: { Type: Wait, Seconds: 100000, Next: Start }
  Start:
    Type: Task
    Resource: arn:aws:states:::states:startExecution
    Parameters: { StateMachineArn: m }
    End: true
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'everstep-test-state-'));
  writeFileSync(join(folder, 'order.asl.yaml'), ORDER);
  writeFileSync(join(folder, 'input.json'), '{"amount":5}');
  writeFileSync(join(folder, 'single.json'), '{"Type":"Pass","Parameters":{"v.$":"$v"},"End":true}');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('everstep test-state', () => {
  it('shows each stage, and who handles an error', async () => {
    const ran = await testState(
      ...['order.asl.yaml', 'Charge', '--input', '@input.json', '--error', 'Card.Busy', '--retries', '1'],
    );
    expect(ran.errors).toBe('');
    expect(ran.output.split('\n')).toEqual([
      'Charge RETRIABLE',
      'input                  {"amount":5}',
      'after InputPath        {"amount":5}',
      'after Parameters       {"FunctionName":"charge","Payload":{"amount":5}}',
      'error                  Card.Busy',
      'handled by             Retry[0], after 20 s',
      '',
    ]);
    expect(ran.code).toBe(1);
  });

  it('tests a state that is a file of its own, and prints TestState’s answer', async () => {
    const ran = await testState('single.json', '--variables', '{"v":1}', '--json', '--level', 'INFO');
    expect(JSON.parse(ran.output)).toEqual({ status: 'SUCCEEDED', output: '{"v":1}' });
    expect(ran.code).toBe(0);
  });

  it.each([
    [['order.asl.yaml'], 'name the state to test (Charge, Pause, Start)'],
    [['order.asl.yaml', 'Other'], 'State not found in definition'],
    [['order.asl.yaml', 'Charge'], 'A Task is not performed offline'],
    [['order.asl.yaml', 'Start', '--result', '{}'], "Required field 'ExecutionArn' is missing"],
    [['order.asl.yaml', 'Charge', '--retries', 'x'], 'It must be a whole number.'],
    [['order.asl.yaml', 'Charge', '--input', '{'], 'Invalid State Machine Execution Input'],
    [['missing.json', 'A'], 'there is no such file'],
  ])('refuses %j', async (given, text) => {
    const ran = await testState(...given);
    expect(ran.errors).toContain(text);
    expect(ran.code).toBe(2);
  });
});
