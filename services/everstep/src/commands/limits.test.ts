import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiRig, type Said, everstep, startApiRig } from '../testing/api-rig.ts';
import { limitsCommand } from './limits.ts';

let rig: ApiRig;
beforeAll(async () => {
  rig = await startApiRig();
});
afterAll(() => rig.close());

const limits = (...words: string[]): Promise<Said> => everstep(limitsCommand(), [...words, '--endpoint', rig.url]);
const json = async (...words: string[]): Promise<object> => JSON.parse((await limits(...words, '--json')).out);

describe('everstep limits', () => {
  it('creates, changes, shows, pauses and deletes limiters', async () => {
    const made = await limits('create', 'price', '--resource', '*:price', '--concurrency', '5', '--rate', '10/2.5s');
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/:limiter:price$/) });
    expect(await limits('create', 'price', '--concurrency', '5')).toMatchObject({
      ...{ code: 2, err: expect.stringContaining('There is a limiter price already') },
    });
    const change = [
      '--rate',
      'none',
      '--key',
      '$.tenant',
      '--key-rate',
      '3/m',
      '--key-burst',
      '1',
      '--priority',
      '$.p',
    ];
    expect(await limits('update', 'price', ...change)).toMatchObject({ code: 0, out: 'price is changed.' });
    expect(await json('describe', 'price')).toMatchObject({
      ...{ resource: '*:price', limit: { concurrency: 5 }, key: '$.tenant', priorityExpression: '$.p' },
      limitPerKey: { rate: { permits: 3, seconds: 60, burst: 1 } },
    });
    expect(await limits('pause', 'price')).toMatchObject({ code: 0, out: 'price is paused.' });
    expect((await limits('list')).out).toMatch(/^NAME .*\nprice +PAUSED +0 +0 +-$/);
    const shown = (await limits('describe', 'price')).out;
    expect(shown).toMatch(/status +PAUSED since 20/);
    expect(shown).toMatch(/limit per key +3 in 60 s \(1 after a rest\)/);
    expect(await limits('resume', 'price')).toMatchObject({ code: 0 });
    expect(await limits('delete', 'price')).toMatchObject({ code: 0, out: 'price is deleted.' });
    expect((await limits('list')).out).toBe('There are no limiters.');
    expect(await limits('describe', 'price')).toMatchObject({ code: 3, err: expect.stringContaining('not found') });
  });

  it.each([
    [['--concurrency', '0'], "--concurrency: '0' is not a number from 1 to 100000"],
    [['--rate', '10'], "--rate: '10' is not a rate such as 10/s"],
    [['--burst', '3'], '--burst needs a --rate.'],
  ])('says what is wrong with %j', async (words, message) => {
    expect(await limits('create', 'wrong', ...words)).toMatchObject({ code: 2, err: expect.stringContaining(message) });
  });

  it('what the server refuses is told in its words', async () => {
    const said = await limits('create', 'wrong', '--concurrency', '1', '--key', 'tenant');
    expect(said).toMatchObject({ code: 3, err: expect.stringContaining("'key' is neither a JSONPath nor") });
  });

  it('shows who waits, and lets them go on', async () => {
    await limits('create', 'calls', '--resource', '*:function:ask', '--key', '$.tenant', '--concurrency', '1');
    await limits('pause', 'calls');
    const machine = await rig.createMachine('asking', {
      StartAt: 'Ask',
      States: { Ask: { Type: 'Task', Resource: 'arn:aws:lambda:us-east-1:123456789012:function:ask', End: true } },
    });
    const input = '{"tenant":"acme"}';
    const { executionArn } = await rig.client.send(new StartExecutionCommand({ stateMachineArn: machine, input }));
    await expect
      .poll(async () => (await limits('tasks', 'calls', '--waiting')).out)
      .toMatch(/WAITING .* acme +Ask +arn/);
    expect((await limits('tasks', 'calls', '--permitted')).out).toBe('There are no such tasks.');
    expect((await limits('describe', 'calls')).out).toMatch(/waiting +1 of 1 key\n/);
    expect((await limits('describe', 'calls')).out).toMatch(/KEY +WAITING +IN USE\nacme +1 +0/);
    expect(rig.calls).toHaveLength(0);
    await limits('resume', 'calls');
    await expect
      .poll(async () => (await rig.client.send(new DescribeExecutionCommand({ executionArn }))).status)
      .toBe('SUCCEEDED');
  });
});
