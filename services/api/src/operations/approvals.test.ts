import { type AccessKeyRequest, ApprovalLinks, LINK_MS, askForApproval } from '@everstep/engine';
import { parseJson, isObject } from '@everstep/language';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, ROLE, type SdkCredentials, rawRequest, startApiBench } from '../testing/api-bench.ts';
import { call as signedCall } from '../testing/signing.ts';

let folder = '';
let bench: ApiBench;
let secured = false;

async function open(isSecured: boolean): Promise<void> {
  secured = isSecured;
  folder = await mkdtemp(join(tmpdir(), 'everstep-approvals-'));
  bench = await startApiBench({ secured, consoleFolder: folder });
}
afterEach(async () => {
  await bench.close();
  await rm(folder, { recursive: true, force: true });
});

/** As whoever has the key, or as nobody in particular. */
async function call(operation: string, input: object, credentials?: SdkCredentials) {
  const body = JSON.stringify(input);
  const { status, text } =
    credentials === undefined
      ? await bench.post(`Everstep.${operation}`, body)
      : await signedCall({ url: bench.server.url, credentials, operation, service: 'Everstep', body });
  return { status, body: Object(JSON.parse(text)) };
}

const DEFINITION = JSON.stringify({ StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 60, End: true } } });

/** An execution that waits for so many approvals; their ARNs. */
async function asked(name: string, ...all: object[]): Promise<string[]> {
  const { context } = bench;
  const credentials = secured ? await bench.credentials({ userName: 'maker' }) : null;
  const post = async (operation: string, input: object) => {
    const body = JSON.stringify(input);
    if (credentials === null) return JSON.parse((await bench.post(`AWSStepFunctions.${operation}`, body)).text);
    return JSON.parse((await signedCall({ url: bench.server.url, credentials, operation, body })).text);
  };
  const { stateMachineArn } = await post('CreateStateMachine', { name, definition: DEFINITION, roleArn: ROLE });
  const { executionArn } = await post('StartExecution', { stateMachineArn, name: 'one' });
  const limits = { activityArn: null, input: null, timeoutAt: null, timeoutSeconds: null, heartbeatSeconds: null };
  const tokens = all.map((_, index) => ({ kind: 'callback' as const, stateName: 'Ask', taskId: index + 2, ...limits }));
  await bench.advance(executionArn, { tokens });
  const execution = await context.store.findExecutionByArn(executionArn);
  const executionId = execution?.executionId ?? '';
  const task = { executionId, executionArn, stateMachineArn, stateName: 'Ask' };
  return Promise.all(
    all.map(async (parameters, index) => {
      const given = parseJson(JSON.stringify({ Title: `Ask ${index}`, ...parameters }));
      return askForApproval(context, { ...task, taskId: index + 2 }, isObject(given) ? given : {});
    }),
  );
}

describe('approvals, where nobody is asked who they are', () => {
  beforeEach(() => open(false));

  it('are listed with what is due first, described, and decided', async () => {
    const [first = '', second = ''] = await asked(
      'refunds',
      { Description: '**now**', Data: { amount: 1.5 }, Context: [1], Form: { type: 'object' } },
      { DueSeconds: 60, Quorum: 2 },
    );
    const { body } = await call('ListApprovals', {});
    expect(body).toMatchObject({
      approvals: [
        { approvalArn: second, title: 'Ask 1', status: 'OPEN', quorum: 2, dueDate: expect.any(Number) },
        { approvalArn: first, title: 'Ask 0', stateName: 'Ask', assignees: [], groups: [], decisions: 0 },
      ],
    });
    const described = await call('DescribeApproval', { approvalArn: first });
    expect(described.body).toMatchObject({
      ...{ description: '**now**', data: '{"amount":1.5}', context: '[1]', form: '{"type":"object"}' },
      ...{ mayDecide: true, trail: [{ action: 'OPENED' }] },
      choices: [
        { name: 'approve', label: 'Approve', style: 'primary', votes: 0, quorum: 1 },
        { name: 'reject', error: 'Approval.Rejected' },
      ],
    });
    const vote = { approvalArn: second, choice: 'approve' };
    expect((await call('DecideApproval', vote)).body).toEqual({ status: 'OPEN', remaining: 1 });
    const decision = { approvalArn: first, choice: 'approve', form: '{"amount":2.0}', comment: 'yes' };
    expect((await call('DecideApproval', decision)).body).toEqual({
      status: 'DECIDED',
      choice: 'approve',
      remaining: 0,
    });
    const { body: after } = await call('DescribeApproval', { approvalArn: first });
    expect(after).toMatchObject({ status: 'DECIDED', choice: 'approve', mayDecide: false, reason: expect.any(String) });
    expect(after['output']).toContain('"Form":{"amount":2.0}');
    expect((await call('ListApprovals', { status: 'CLOSED' })).body['approvals']).toHaveLength(1);
    expect((await call('ListTasks', {})).body['tasks']).toMatchObject([{ approvalArn: second }]);
  });

  it('say that a decision came too late, and never that it was taken', async () => {
    const [arn = ''] = await asked('late', {});
    const { executionArn } = (await call('DescribeApproval', { approvalArn: arn })).body;
    await bench.post('AWSStepFunctions.StopExecution', JSON.stringify({ executionArn }));
    const late = await call('DecideApproval', { approvalArn: arn, choice: 'approve' });
    expect(late).toMatchObject({ status: 400, body: { __type: expect.stringContaining('ApprovalClosed') } });
    const { body } = await call('DescribeApproval', { approvalArn: arn });
    expect(body).toMatchObject({
      ...{ status: 'CANCELLED', decisions: 0, mayDecide: false, closeDate: expect.any(Number) },
      reason: 'Its execution was stopped before anybody decided.',
      trail: [{ action: 'OPENED' }, { action: 'CLOSED', comment: "local chose 'approve' too late." }],
    });
    expect(Object.keys(body)).not.toContain('choice');
    expect(Object.keys(body)).not.toContain('output');
    const [listed] = (await call('ListApprovals', { status: 'CLOSED' })).body['approvals'];
    expect(listed).toMatchObject({ approvalArn: arn, status: 'CANCELLED' });
  });

  it('come in pages, and of one execution', async () => {
    await asked('a', {}, {}, {});
    await asked('b', {});
    const first = await call('ListApprovals', { maxResults: 3 });
    const next = await call('ListApprovals', { maxResults: 3, nextToken: first.body['nextToken'] });
    expect([first.body['approvals'].length, next.body['approvals'].length]).toEqual([3, 1]);
    expect(next.body['nextToken']).toBeUndefined();
    const { executionArn } = next.body['approvals'][0];
    expect((await call('ListApprovals', { executionArn })).body['approvals']).toHaveLength(1);
  });

  it.each([
    ['DescribeApproval', { approvalArn: 'x' }, 'InvalidArn'],
    ['ListApprovals', { scope: 'YOURS' }, 'ValidationException'],
    ['DecideApproval', { approvalArn: 'x' }, 'ValidationException'],
    [
      'ClaimApproval',
      { approvalArn: 'arn:aws:states:us-east-1:123456789012:approval:019b76da-a800-7fc2-893d-cc62167f09ea.2' },
      'ApprovalDoesNotExist',
    ],
  ])('%s of %j is refused', async (operation, input, code) => {
    expect(await call(operation, input)).toMatchObject({
      status: 400,
      body: { __type: expect.stringContaining(code) },
    });
  });

  const follow = async (body: object, headers: Record<string, string> = {}) => {
    const sent = { 'content-type': 'application/json', ...headers };
    const request = { method: 'POST', path: '/console/link', body: JSON.stringify(body), headers: sent };
    const { status, text } = await rawRequest(bench.server.url, request);
    return { status, body: Object(JSON.parse(text)) };
  };

  it('are decided behind a link by a POST that says so, and by nothing else', async () => {
    const [arn = ''] = await asked('links', { Assignees: ['ann'] });
    const { context } = bench;
    const [record] = await context.store.listApprovals({ accountId: '123456789012', open: true, limit: 1 });
    if (record === undefined) throw new Error('nothing waits');
    const { executionId, taskId } = record;
    const links = new ApprovalLinks(context.store);
    const token = await links.make({ executionId, taskId, recipient: 'ann' }, context.clock.now());
    for (const method of ['GET', 'HEAD']) {
      await rawRequest(bench.server.url, { method, path: `/console/link/${token}` });
      await rawRequest(bench.server.url, { method, path: `/console/link?token=${token}&operation=Decide` });
    }
    expect((await follow({ token, operation: 'Describe' })).body).toMatchObject({ title: 'Ask 0', recipient: 'ann' });
    expect((await call('DescribeApproval', { approvalArn: arn })).body['status']).toBe('OPEN');
    const decide = { token, operation: 'Decide', input: { choice: 'approve', comment: 'fine' } };
    const foreign = [{ origin: 'https://evil.example' }, { 'content-type': 'text/plain' }];
    for (const headers of foreign) expect((await follow(decide, headers)).status).toBe(400);
    const forged = [`${token.slice(0, -2)}AA`, token.replace('.', 'A.'), 'x', ''];
    for (const made of forged) {
      expect((await follow({ ...decide, token: made })).body).toMatchObject({
        __type: expect.stringContaining('Invalid'),
      });
    }
    await follow({ token, operation: 'Comment', input: { comment: 'I read it' } });
    const mail = await links.make({ executionId, taskId, recipient: 'ann@example.org' }, context.clock.now());
    await follow({ token: mail, operation: 'Comment', input: { comment: 'I, too' } });
    expect((await follow({ token: mail, operation: 'Describe' })).body).toMatchObject({ mayDecide: true });
    expect((await follow(decide)).body).toEqual({ status: 'DECIDED', choice: 'approve', remaining: 0 });
    expect((await follow(decide)).body).toMatchObject({ __type: expect.stringContaining('ApprovalClosed') });
    const { trail } = (await call('DescribeApproval', { approvalArn: arn })).body;
    expect(trail).toMatchObject([
      {},
      { action: 'COMMENTED' },
      { action: 'COMMENTED' },
      { action: 'DECIDED', user: 'ann', via: 'LINK' },
    ]);
    bench.shiftTime(LINK_MS + 1);
    expect((await follow({ token, operation: 'Describe' })).body['message']).toContain('its time is over');
  });
});

describe('approvals, where callers sign', () => {
  beforeEach(() => open(true));
  const key = (userName: string, change: Partial<AccessKeyRequest> = {}) => bench.credentials({ userName, ...change });

  it('are for whom they name, and for the groups of their keys', async () => {
    const [ann, bob, cem] = await Promise.all([key('ann'), key('bob', { groups: ['finance'] }), key('cem')]);
    const [mine = '', ours = ''] = await asked('people', { Assignees: ['ann'] }, { Groups: ['finance'] });
    const arns = async (scope: string, who: SdkCredentials) =>
      (await call('ListApprovals', { scope }, who)).body['approvals'].map(
        ({ approvalArn }: { approvalArn: string }) => approvalArn,
      );
    expect(await arns('MINE', ann)).toEqual([mine]);
    expect(await arns('GROUPS', ann)).toEqual([]);
    expect(await arns('GROUPS', bob)).toEqual([ours]);
    expect(await arns('ALL', cem)).toEqual([mine, ours]);
    const refused = await call('DecideApproval', { approvalArn: mine, choice: 'approve' }, cem);
    expect(refused.body).toMatchObject({ __type: expect.stringContaining('AccessDeniedException') });
    await call('DelegateApproval', { approvalArn: mine, to: 'cem', comment: 'please' }, ann);
    expect((await call('DecideApproval', { approvalArn: mine, choice: 'approve' }, cem)).status).toBe(200);
    await call('ClaimApproval', { approvalArn: ours }, bob);
    expect((await call('DescribeApproval', { approvalArn: ours }, ann)).body).toMatchObject({ claimedBy: 'bob' });
    await call('ReleaseApproval', { approvalArn: ours }, bob);
    await call('CommentApproval', { approvalArn: ours, comment: 'hm' }, bob);
    const { trail } = (await call('DescribeApproval', { approvalArn: ours }, ann)).body;
    expect(trail.map(({ user, action }: { user?: string; action: string }) => [user, action])).toEqual([
      ...[
        [undefined, 'OPENED'],
        ['bob', 'CLAIMED'],
        ['bob', 'RELEASED'],
        ['bob', 'COMMENTED'],
      ],
    ]);
  });

  it('of another account do not exist, and a policy can forbid to decide', async () => {
    const [arn = ''] = await asked('accounts', {});
    const other = await key('eve', { accountId: '999999999999' });
    for (const operation of ['DescribeApproval', 'ClaimApproval', 'ReleaseApproval']) {
      const { body } = await call(operation, { approvalArn: arn }, other);
      expect(body).toMatchObject({ __type: expect.stringContaining('ApprovalDoesNotExist') });
    }
    expect((await call('ListApprovals', {}, other)).body).toEqual({ approvals: [] });
    const statement = { Effect: 'Allow', Action: ['everstep:List*', 'everstep:Describe*'], Resource: '*' };
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    const reader = await key('rea', { policy });
    expect((await call('DescribeApproval', { approvalArn: arn }, reader)).status).toBe(200);
    const { body } = await call('DecideApproval', { approvalArn: arn, choice: 'approve' }, reader);
    expect(body['message']).toContain('everstep:DecideApproval');
  });
});
