import { DescribeExecutionCommand, GetExecutionHistoryCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiRig, everstep, startApiRig } from '../testing/api-rig.ts';
import { approveCommand } from './approve.ts';
import { rejectCommand } from './reject.ts';

let rig: ApiRig;
let machine = '';
beforeAll(async () => {
  rig = await startApiRig();
  machine = await rig.createMachine('orders', {
    StartAt: 'Ask clerk',
    States: {
      'Ask clerk': {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Parameters: { FunctionName: 'ask', Payload: { 'token.$': '$$.Task.Token' } },
        TimeoutSeconds: 600,
        End: true,
      },
    },
  });
});
afterAll(() => rig.close());

/** Starts an execution and waits until its function has been asked; answers its token. */
async function waiting(name: string): Promise<string> {
  const { executionArn } = await rig.client.send(new StartExecutionCommand({ stateMachineArn: machine, name }));
  await expect
    .poll(async () => (await rig.client.send(new GetExecutionHistoryCommand({ executionArn }))).events?.at(-1)?.type)
    .toBe('TaskSubmitted');
  return JSON.parse(rig.calls.at(-1)?.payload ?? '{}').token;
}

async function ended(name: string): Promise<object> {
  const executionArn = `${machine.replace(':stateMachine:', ':execution:')}:${name}`;
  const ask = async () => rig.client.send(new DescribeExecutionCommand({ executionArn }));
  await expect.poll(async () => (await ask()).status).not.toBe('RUNNING');
  return ask();
}

const approve = (...words: string[]) => everstep(approveCommand(), [...words, '--endpoint', rig.url]);
const reject = (...words: string[]) => everstep(rejectCommand(), [...words, '--endpoint', rig.url]);

describe('everstep approve and reject', () => {
  it('decide by token', async () => {
    expect(await approve(await waiting('by-token'), '--output', '{"by":"ada"}')).toMatchObject({ code: 0 });
    expect(await ended('by-token')).toMatchObject({ status: 'SUCCEEDED', output: '{"by":"ada"}' });
    expect(await reject(await waiting('refused'), '--cause', 'too dear')).toMatchObject({ code: 0 });
    expect(await ended('refused')).toMatchObject({ status: 'FAILED', error: 'Rejected', cause: 'too dear' });
  });

  it('decide by execution, and show what waits', async () => {
    expect((await approve('--list')).out).toBe('Nothing waits for a callback.');
    await waiting('one');
    await waiting('two');
    const { out } = await approve('--list', '--machine', 'orders');
    expect(out).toMatch(/^# +STATE +SINCE +UNTIL +EXECUTION\n1 +Ask clerk +\S+Z +\S+Z +arn:.*:one\n2 .*:two$/);
    const unclear = await approve();
    expect(unclear).toMatchObject({ code: 2, err: expect.stringMatching(/Ask clerk[\s\S]*Several callbacks wait/) });
    expect((await approve('orders/one')).out).toMatch(/^approved: Ask clerk of arn:.*:one$/);
    expect(await reject()).toMatchObject({ code: 0, out: expect.stringMatching(/:two$/) });
    expect(await ended('two')).toMatchObject({ status: 'FAILED' });
    expect(await approve()).toMatchObject({ code: 2, err: 'Nothing waits for a callback there.' });
  });

  it('tell wrong usage and refusals', async () => {
    expect(await approve('forged')).toMatchObject({ code: 3, err: "InvalidToken: Invalid Token: 'Invalid token'" });
    expect(await approve('forged', '--output', '{')).toMatchObject({ code: 2 });
  });
});
