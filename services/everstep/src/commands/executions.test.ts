import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiRig, everstep, type Said, startApiRig } from '../testing/api-rig.ts';
import { describeCommand } from './describe.ts';
import { historyCommand } from './history.ts';
import { listCommand } from './list.ts';
import { redriveCommand } from './redrive.ts';
import { startCommand } from './start.ts';
import { stopCommand } from './stop.ts';

let rig: ApiRig;
beforeAll(async () => {
  rig = await startApiRig();
  await rig.createMachine('greet', {
    StartAt: 'Say',
    States: { Say: { Type: 'Pass', Parameters: { 'said.$': "States.Format('Hello {}', $.name)" }, End: true } },
  });
  await rig.createMachine('rest', { StartAt: 'Rest', States: { Rest: { Type: 'Wait', Seconds: 3600, End: true } } });
  await rig.createMachine('fail', {
    StartAt: 'No',
    States: { No: { Type: 'Fail', Error: 'Order.Bad', Cause: 'no \u001b[31mred' } },
  });
  const task = { Type: 'Task', Resource: 'arn:aws:lambda:us-east-1:123456789012:function:flaky', End: true };
  await rig.createMachine('flaky', { StartAt: 'Try', States: { Try: task } });
  await rig.createMachine('fast', { StartAt: 'Say', States: { Say: { Type: 'Pass', End: true } } }, 'EXPRESS');
});
afterAll(() => rig.close());

const call = (command: Command, ...words: string[]): Promise<Said> =>
  everstep(command, [...words, '--endpoint', rig.url]);

const ARN = 'arn:aws:states:us-east-1:123456789012';

describe('everstep start', () => {
  it('prints the ARN; --wait shows the events and the output', async () => {
    const started = await call(startCommand(), 'greet', '--name', 'one', '--input', '{"name":"Ada"}');
    expect(started).toEqual({ code: 0, out: `${ARN}:execution:greet:one`, err: '' });
    const waited = await call(startCommand(), `${ARN}:stateMachine:greet`, '--wait', '--input', '{"name":"Eve"}');
    expect(waited.code).toBe(0);
    expect(waited.out).toMatch(/ExecutionStarted[\s\S]*PassStateEntered +Say[\s\S]*SUCCEEDED after[\s\S]*"Hello Eve"/);
  });

  it('--json gives one event a line and last the execution', async () => {
    const { code, out } = await call(startCommand(), 'greet', '--wait', '--json', '--input', '{"name":"Ada"}');
    const lines = out.split('\n').map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect(lines.slice(0, -1).map(({ type }) => type)).toEqual([
      ...['ExecutionStarted', 'PassStateEntered', 'PassStateExited', 'ExecutionSucceeded'],
    ]);
    expect(lines.at(-1)).toMatchObject({ status: 'SUCCEEDED', output: '{"said":"Hello Ada"}' });
  });

  it('ends with 1 where the execution fails, and nothing of it moves the cursor', async () => {
    const { code, out } = await call(startCommand(), 'fail', '--wait');
    expect(code).toBe(1);
    expect(out).toMatch(/FAILED after[\s\S]*error: Order.Bad\ncause: no \\u001b\[31mred$/);
  });

  it('gives up after --timeout, and an Express machine answers at once', async () => {
    const late = await call(startCommand(), 'rest', '--wait', '--timeout', '1s');
    expect([late.code, late.err]).toEqual([1, expect.stringContaining('It still runs')]);
    const express = await call(startCommand(), 'fast', '--wait', '--input', '{"a":1}');
    expect([express.code, express.out]).toEqual([0, expect.stringMatching(/SUCCEEDED[\s\S]*"a": 1/)]);
  });

  it('tells usage, refusal and no answer apart', async () => {
    expect(await call(startCommand(), 'gret')).toEqual({
      code: 2,
      out: '',
      err: `There is no state machine 'gret' at ${rig.url}. Did you mean 'greet'?`,
    });
    expect(await call(startCommand(), 'greet', '--input', '{')).toMatchObject({ code: 2, out: '' });
    const arn = `${ARN}:stateMachine:none`;
    expect(await call(startCommand(), arn)).toEqual({
      code: 3,
      out: '',
      err: `StateMachineDoesNotExist: State Machine Does Not Exist: '${arn}'`,
    });
    const nowhere = await everstep(startCommand(), [arn], { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
    expect(nowhere).toMatchObject({
      code: 4,
      err: expect.stringContaining('There is no answer at http://127.0.0.1:1'),
    });
  });
});

describe('everstep list, describe and history', () => {
  it('list machines and executions', async () => {
    const machines = await call(listCommand());
    expect(machines.out).toMatch(/^NAME +TYPE +CREATED +ARN\n[\s\S]*fast +EXPRESS/);
    await call(startCommand(), 'greet', '--wait', '--name', 'listed', '--input', '{"name":"A"}');
    const executions = await call(listCommand(), 'greet', '--status', 'SUCCEEDED');
    expect(executions.out).toMatch(/listed +SUCCEEDED +\S+Z +\S+Z +0 +arn:/);
    const named = await call(listCommand(), 'greet', '--input', 'name = A', '--name', 'LIST', '--json');
    expect(JSON.parse(named.out)).toMatchObject({ name: 'listed', status: 'SUCCEEDED' });
    const none = await call(listCommand(), 'greet', '--input', 'name = "A" and age = 3');
    expect(none).toMatchObject({ code: 0, out: 'There are no such executions.' });
    const wrong = await call(listCommand(), 'greet', '--input', 'name');
    expect(wrong.err).toContain("expected '='");
    expect((await call(listCommand(), '--input', 'a = 1')).err).toContain('--input is about executions');
    const json = await call(listCommand(), 'greet', '--limit', '1', '--json');
    expect(JSON.parse(json.out)).toMatchObject({ name: 'listed' });
    expect(await call(listCommand(), '--limit', '0')).toMatchObject({ code: 2 });
    expect((await call(listCommand(), '--activities')).out).toBe('There are no activities.');
  });

  it('describe executions and machines', async () => {
    await call(startCommand(), 'greet', '--wait', '--name', 'described', '--input', '{"name":"A"}');
    const execution = await call(describeCommand(), 'greet/described');
    expect(execution.out).toMatch(/status +SUCCEEDED[\s\S]*\noutput\n\{\n {2}"said": "Hello A"\n\}$/);
    const machine = await call(describeCommand(), 'greet', '--json');
    expect(JSON.parse(machine.out)).toMatchObject({ name: 'greet', status: 'ACTIVE' });
    expect(await call(describeCommand(), 'arn:aws:s3:::bucket')).toMatchObject({ code: 2 });
  });

  it('history shows what was and follows what comes', async () => {
    await call(startCommand(), 'rest', '--name', 'followed');
    const shown = await call(historyCommand(), 'rest/followed');
    expect(shown.out).toContain('ExecutionStarted');
    const following = call(historyCommand(), 'rest/followed', '--follow');
    await rig.client.send(new StopExecutionCommand({ executionArn: `${ARN}:execution:rest:followed` }));
    expect(await following).toMatchObject({
      code: 1,
      out: expect.stringMatching(/ExecutionAborted[\s\S]*ABORTED after/),
    });
  });
});

describe('everstep stop and redrive', () => {
  it('stop aborts with a cause', async () => {
    await call(startCommand(), 'rest', '--name', 'stopped');
    expect(await call(stopCommand(), 'rest/stopped', '--cause', 'enough')).toMatchObject({ code: 0 });
    const { out } = await call(describeCommand(), 'rest/stopped', '--json');
    expect(JSON.parse(out)).toMatchObject({ status: 'ABORTED', cause: 'enough' });
  });

  it('redrive goes on from the failure', async () => {
    rig.answer(() => {
      throw new Error('away');
    });
    expect(await call(startCommand(), 'flaky', '--name', 'again', '--wait')).toMatchObject({ code: 1 });
    rig.answer(() => '{"fine":true}');
    const redriven = await call(redriveCommand(), 'flaky/again', '--wait');
    expect(redriven).toMatchObject({ code: 0, out: expect.stringMatching(/ExecutionRedriven[\s\S]*"fine": true/) });
    expect(redriven.out).not.toContain('ExecutionStarted');
  });
});
