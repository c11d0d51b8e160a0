import { StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type ApiRig, type Said, everstep, startApiRig } from '../testing/api-rig.ts';
import { approvalsCommand } from './approvals.ts';

let rig: ApiRig;
beforeAll(async () => {
  rig = await startApiRig();
});
afterAll(() => rig.close());

const approvals = (...words: string[]): Promise<Said> =>
  everstep(approvalsCommand(), [...words, '--endpoint', rig.url]);

/** Answers the execution's ARN. */
async function asked(name: string, parameters: object): Promise<string> {
  const Resource = 'arn:aws:states:::everstep:approval.waitForTaskToken';
  const Ask = { Type: 'Task', Resource, Parameters: { Title: name, ...parameters }, End: true };
  const stateMachineArn = await rig.createMachine(name, { StartAt: 'Ask', States: { Ask } });
  const start = new StartExecutionCommand({ stateMachineArn, name: 'one' });
  const { executionArn = '' } = await rig.client.send(start);
  await vi.waitFor(async () => expect((await approvals('list')).out).toContain(name), 10_000);
  return executionArn;
}

it('lists, shows and decides what people are asked for', async () => {
  expect((await approvals('list')).out).toBe('Nothing waits for a decision.');
  await asked('refund', { Description: 'Please\nlook', Groups: ['finance'], DueSeconds: 0, Form: { type: 'object' } });
  await asked('contract', { Assignees: ['ann'], Quorum: 2 });
  const { out } = await approvals('list');
  expect(out).toMatch(/^APPROVAL +TITLE +STATUS +FOR +DUE\n/);
  expect(out).toMatch(/refund +OPEN +@finance +20\S+ OVERDUE/);
  expect(out).toMatch(/contract +OPEN 0 of 2 +ann +-/);
  const [, refund = '', contract = ''] = out.split('\n').map((line) => line.split(' ')[0] ?? '');
  const end = refund.slice(-14);
  const shown = (await approvals('show', end)).out;
  expect(shown).toMatch(/^refund\n\nPlease\nlook\n\nstatus +OPEN\nfor +@finance/);
  expect(shown).toMatch(/Z {2}everstep opened$/);
  expect(JSON.parse((await approvals('show', end, '--json')).out)).toMatchObject({ mayDecide: true });
  expect(await approvals('claim', end)).toMatchObject({ code: 0, out: 'claimed' });
  expect(await approvals('release', end)).toMatchObject({ code: 0, out: 'released' });
  expect(await approvals('comment', end, 'hm')).toMatchObject({ code: 0, out: 'noted' });
  expect(await approvals('decide', end, 'perhaps')).toMatchObject({
    ...{ code: 3, err: expect.stringContaining("There is no choice 'perhaps': there are 'approve', 'reject'.") },
  });
  const decided = await approvals('decide', end, 'approve', '--form', '{"amount":1.0}', '--comment', 'fine');
  expect(decided).toMatchObject({ code: 0, out: 'decided: approve' });
  expect((await approvals('list', '--closed')).out).toMatch(/refund +DECIDED approve/);
  expect(await approvals('decide', contract, 'approve')).toMatchObject({ out: 'noted: approve; 1 more to agree' });
  expect(await approvals('delegate', contract, 'bob')).toMatchObject({ code: 3 });
  expect(await approvals('show', 'nothing')).toMatchObject({
    ...{ code: 2, err: 'No open approval ends with nothing.' },
  });
});

it('shows of a decision that came too late that it was none', async () => {
  const executionArn = await asked('late', {});
  const [, end = ''] = /^(\S+) +late /m.exec((await approvals('list')).out) ?? [];
  const { approvalArn: arn } = JSON.parse((await approvals('show', end, '--json')).out);
  await rig.client.send(new StopExecutionCommand({ executionArn }));
  const late = await approvals('decide', arn, 'approve');
  expect(late).toMatchObject({ code: 3, err: expect.stringContaining('came too late') });
  const shown = (await approvals('show', arn)).out;
  expect(shown).toMatch(/^status +CANCELLED$/m);
  expect(shown).toMatch(/everstep closed “local chose 'approve' too late.”$/);
});
