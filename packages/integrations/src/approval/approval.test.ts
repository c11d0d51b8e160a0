import {
  type ApprovalNotice,
  type ApprovalNotifier,
  type ApprovalNotify,
  type Approval,
  type FunctionInvoker,
  type Person,
  approvalArnOf,
  claimApproval,
  commentApproval,
  decideApproval,
  delegateApproval,
  findApproval,
  readApproval,
  redriveExecution,
  refusalFor,
  releaseApproval,
  silentLogger,
  startExecution,
  stopExecution,
} from '@everstep/engine';
import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, World } from '@everstep/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { createIntegrationRegistry } from '../registry.ts';

const noFunctions: FunctionInvoker = {
  invoke: () => Promise.reject(new Error('there are no functions here')),
  close: async () => undefined,
};
const person = (name: string, ...groups: string[]): Person => ({ name, groups, isAnybody: false });
const ann = person('ann', 'finance');
const bob = person('bob', 'finance');
const cem = person('cem');

class Notes implements ApprovalNotifier {
  readonly sent: ApprovalNotice[] = [];
  failures = 0;
  readonly to: string[] = [];
  during: () => Promise<void> = async () => undefined;

  async send(notice: ApprovalNotice, way: ApprovalNotify): Promise<void> {
    await this.during();
    if (way.kind === 'smtp') {
      if (way.to.includes('nobody@example.org')) throw new Error('550 no such mailbox');
      this.to.push(...way.to);
    }
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('nobody is there');
    }
    this.sent.push(notice);
  }
}

let stop = async (): Promise<void> => undefined;
afterEach(() => stop());

interface Asked {
  readonly world: World;
  readonly clock: VirtualClock;
  readonly notes: Notes;
  readonly executionArn: string;
  readonly arn: string;
  read(): Promise<Approval>;
  /** Until nothing happens any more at this time. */
  settle(): Promise<void>;
}

async function asked(parameters: object, state: object = {}): Promise<Asked> {
  const clock = new VirtualClock();
  const notes = new Notes();
  const world = new World({
    store: createMemoryStore({ now: () => clock.now() }),
    hints: createLocalQueue({ logger: silentLogger }),
    clock,
    registry: (context) => createIntegrationRegistry({ context, functions: noFunctions, environment: {} }),
    approvals: { notifier: notes, publicUrl: 'https://steps.example.org' },
  });
  stop = async () => {
    const stopping = world.stop();
    await clock.advance(5_000);
    await stopping;
  };
  await world.startWorker();
  await world.startScheduler();
  const { context } = world;
  const stateMachineArn = await world.createMachine({
    StartAt: 'Ask',
    States: {
      Ask: {
        Type: 'Task',
        Resource: 'arn:aws:states:::everstep:approval.waitForTaskToken',
        Parameters: { Title: 'Refund', ...parameters },
        Catch: [{ ErrorEquals: ['Approval.Rejected'], Next: 'Rejected' }],
        Next: 'Done',
        ...state,
      },
      Done: { Type: 'Pass', End: true },
      Rejected: { Type: 'Pass', Result: 'rejected', End: true },
    },
  });
  const { executionArn } = await startExecution(context, { stateMachineArn, input: '{}', name: 'one' });
  await clock.advance(100);
  const [record] = await context.store.listApprovals({ accountId: '123456789012', open: true, limit: 10 });
  const arn = record === undefined ? '' : approvalArnOf(record);
  const settle = async (): Promise<void> => clock.advance(1_500);
  return { world, clock, notes, executionArn, arn, read: () => findApproval(context, arn), settle };
}

const output = async ({ world, executionArn }: Asked) => world.output(executionArn);

describe('everstep:approval', () => {
  it('goes on with what the person who approves has filled in', async () => {
    const scene = await asked({ Data: { amount: 12.5 }, Form: { type: 'object', required: ['amount'] } });
    const form = '{"amount":10.0}';
    await decideApproval(scene.world.context, scene.arn, { person: ann, choice: 'approve', form, comment: 'less' });
    await scene.settle();
    expect(await scene.world.status(scene.executionArn)).toBe('SUCCEEDED');
    const { executionArn, world } = scene;
    expect(JSON.stringify(await world.output(executionArn))).toContain('"Form":{"amount":10.0}');
    expect(await output(scene)).toMatchObject({
      ...{ Choice: 'approve', Comment: 'less', DecidedBy: 'ann', DecidedAt: expect.any(String) },
      Decisions: [{ User: 'ann', Choice: 'approve', Comment: 'less' }],
    });
    expect((await scene.read()).record).toMatchObject({ status: 'DECIDED', lookAt: null });
  });

  it('fails where somebody rejects, so that nobody goes on who forgot to look', async () => {
    const scene = await asked({});
    await decideApproval(scene.world.context, scene.arn, { person: ann, choice: 'reject', comment: 'no' });
    await scene.settle();
    expect(await output(scene)).toBe('rejected');
    const again = decideApproval(scene.world.context, scene.arn, { person: bob, choice: 'approve' });
    await expect(again).rejects.toMatchObject({ code: 'ApprovalClosed', message: expect.stringContaining('ann') });
  });

  it('takes choices of one’s own, and refuses what is none, or lacks its comment', async () => {
    const scene = await asked({
      Choices: [
        { Name: 'later', Label: 'Ask later' },
        { Name: 'no', Error: 'Mine.No', CommentRequired: true },
      ],
    });
    const { context } = scene.world;
    const refused = (choice: string) => decideApproval(context, scene.arn, { person: ann, choice });
    await expect(refused('yes')).rejects.toThrow("There is no choice 'yes': there are 'later', 'no'.");
    await expect(refused('no')).rejects.toThrow("The choice 'no' needs a comment.");
    await refused('later');
    await scene.settle();
    expect(await output(scene)).toMatchObject({ Choice: 'later', Form: {} });
  });

  it('waits for its quorum, and has one outcome however many decide at once', async () => {
    const scene = await asked({ Assignees: ['ann', 'bob', 'cem'], Quorum: 2 });
    const { context } = scene.world;
    expect(await decideApproval(context, scene.arn, { person: ann, choice: 'approve' })).toBeNull();
    const twice = decideApproval(context, scene.arn, { person: ann, choice: 'approve' });
    await expect(twice).rejects.toMatchObject({ code: 'ApprovalConflict' });
    await scene.settle();
    expect(await scene.world.status(scene.executionArn)).toBe('RUNNING');
    const rest = [bob, cem].map((one) => decideApproval(context, scene.arn, { person: one, choice: 'approve' }));
    const ended = await Promise.allSettled(rest);
    expect(ended.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await scene.settle();
    const { Decisions } = Object(await output(scene));
    expect(Decisions).toHaveLength(2);
  });

  it('fails where everybody has decided and nothing has its quorum', async () => {
    const scene = await asked({
      Assignees: ['ann', 'bob'],
      Choices: [
        { Name: 'a', Quorum: 2 },
        { Name: 'b', Quorum: 2 },
      ],
    });
    const { context } = scene.world;
    await decideApproval(context, scene.arn, { person: ann, choice: 'a' });
    const outcome = await decideApproval(context, scene.arn, { person: bob, choice: 'b' });
    expect(outcome).toMatchObject({ ok: false, error: 'Approval.NoQuorum', choice: null });
  });

  it('is for those who are named, by themselves or by their groups', async () => {
    const scene = await asked({ Groups: ['finance'] });
    const { context } = scene.world;
    const refused = decideApproval(context, scene.arn, { person: cem, choice: 'approve' });
    await expect(refused).rejects.toMatchObject({ code: 'AccessDeniedException' });
    const { store } = context;
    const of = async (...people: string[]) =>
      (await store.listApprovals({ accountId: '123456789012', open: true, people, limit: 5 })).length;
    expect(await of('user:ann')).toBe(0);
    expect(await of('group:finance', '*')).toBe(1);
    await claimApproval(context, scene.arn, { person: ann, force: false });
    expect(await of('user:ann')).toBe(1);
    await expect(decideApproval(context, scene.arn, { person: bob, choice: 'approve' })).rejects.toThrow(
      'ann has claimed',
    );
    await expect(claimApproval(context, scene.arn, { person: bob, force: false })).rejects.toThrow('ann has claimed');
    await expect(releaseApproval(context, scene.arn, bob)).rejects.toThrow('ann has claimed');
    await claimApproval(context, scene.arn, { person: bob, force: true });
    await releaseApproval(context, scene.arn, bob);
    await delegateApproval(context, scene.arn, { person: ann, to: 'cem', comment: 'please' });
    await commentApproval(context, scene.arn, { person: cem, comment: 'I look at it' });
    expect(refusalFor(await scene.read(), cem)).toBeNull();
    const { trail } = (await scene.read()).progress;
    expect(trail.map(({ action }) => action)).toEqual([
      ...['OPENED', 'CLAIMED', 'CLAIMED', 'RELEASED', 'DELEGATED', 'COMMENTED'],
    ]);
  });

  it('passes a person’s place on', async () => {
    const scene = await asked({ Assignees: ['ann'] });
    const { context } = scene.world;
    await expect(delegateApproval(context, scene.arn, { person: ann, to: 'ann' })).rejects.toThrow('somebody else');
    await delegateApproval(context, scene.arn, { person: ann, to: 'bob' });
    const refused = decideApproval(context, scene.arn, { person: ann, choice: 'approve' });
    await expect(refused).rejects.toMatchObject({ code: 'AccessDeniedException' });
    await decideApproval(context, scene.arn, { person: bob, choice: 'approve' });
  });

  it('says what is wrong with a form, and takes none where there is none', async () => {
    const properties = { amount: { type: 'number', minimum: 1 }, to: { enum: ['a', 'b'] } };
    const scene = await asked({ Form: { type: 'object', properties, required: ['to'] } });
    const { context } = scene.world;
    const sent = (form: string) => decideApproval(context, scene.arn, { person: ann, choice: 'approve', form });
    await expect(sent('{"amount":0,"to":"a"}')).rejects.toThrow(/'amount'.*1/);
    await expect(sent('{"amount":2,"to":"c"}')).rejects.toThrow(/'to'/);
    await expect(sent('{}')).rejects.toThrow(/to/);
    await expect(sent('{')).rejects.toMatchObject({ code: 'ValidationException' });
    const unfilled = decideApproval(context, scene.arn, { person: ann, choice: 'approve' });
    await expect(unfilled).rejects.toMatchObject({ code: 'ValidationException' });
    await sent('{"to":"b"}');
  });

  it.each([
    [{ Title: '' }, 'Title'],
    [{ Due: 'tomorrow' }, 'Due'],
    [{ Choices: [{ Name: 'a' }, { Name: 'a' }] }, 'two choices of one Name'],
    [{ Choices: [{ Nam: 'a' }] }, "'Choices[0].Nam' is not supported; there are Name,"],
    [{ Reminders: [{ BeforeDueSeconds: 5 }] }, "needs 'Due'"],
    [{ Notify: [{ Webhook: 'ftp://x' }] }, 'http or https'],
    [{ Escalation: { AfterSeconds: 5 } }, "needs 'Assignees' or 'Groups'"],
    [{ Form: { $ref: 'elsewhere' } }, 'is no JSON Schema'],
    [{ Notify: [{ Smtp: 'mail', To: 'a@x.org, b@x.org' }] }, 'one address each'],
    [{ Quorum: 0 }, "'Quorum' must lie between 1 and 100"],
  ])('fails where its parameters are none: %j', async (parameters, told) => {
    const scene = await asked(parameters);
    const execution = await scene.world.context.store.findExecutionByArn(scene.executionArn);
    expect(execution).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: expect.stringContaining(told),
    });
  });

  it('is closed when its task times out, when its execution is stopped, and asked anew by a redrive', async () => {
    const scene = await asked({}, { TimeoutSeconds: 60 });
    const { context } = scene.world;
    await scene.clock.advance(61_000);
    await expect(decideApproval(context, scene.arn, { person: ann, choice: 'approve' })).rejects.toMatchObject({
      code: 'ApprovalClosed',
    });
    await scene.clock.advance(12_000);
    expect((await scene.read()).record.status).toBe('EXPIRED');
    await redriveExecution(context, { executionArn: scene.executionArn });
    await scene.settle();
    const open = await context.store.listApprovals({ accountId: '123456789012', open: true, limit: 5 });
    expect(open.map(approvalArnOf)).not.toContain(scene.arn);
    expect(open).toHaveLength(1);
    await stopExecution(context, { executionArn: scene.executionArn });
    expect(await context.store.listApprovals({ accountId: '123456789012', open: true, limit: 5 })).toEqual([]);
    await scene.clock.advance(12_000);
    const closed = await context.store.listApprovals({ accountId: '123456789012', open: false, limit: 5 });
    expect(closed.map(({ status }) => status)).toEqual(['CANCELLED', 'EXPIRED']);
  });

  it('is decided together with the answer to its task, or not at all, when a decider dies', async () => {
    const scene = await asked({}, { TimeoutSeconds: 60 });
    const { context } = scene.world;
    const { store } = context;
    const decideInStore = store.decideApproval.bind(store);
    store.decideApproval = () => Promise.reject(new Error('killed before'));
    const dying = () => decideApproval(context, scene.arn, { person: ann, choice: 'approve' });
    await expect(dying()).rejects.toThrow('killed before');
    expect((await scene.read()).record.status).toBe('OPEN');
    store.decideApproval = async (decision) => {
      await decideInStore(decision);
      throw new Error('killed after');
    };
    await expect(dying()).rejects.toThrow('killed after');
    expect((await scene.read()).record).toMatchObject({ status: 'DECIDED', lookAt: null });
    await scene.clock.advance(61_000);
    expect(await scene.world.status(scene.executionArn)).toBe('SUCCEEDED');
    store.decideApproval = decideInStore;
    await expect(dying()).rejects.toMatchObject({ code: 'ApprovalClosed', message: expect.stringContaining('by ann') });
  });

  it.each([
    ['timed out', 'EXPIRED', async ({ clock }: Asked) => clock.advance(61_000)],
    [
      'was stopped',
      'CANCELLED',
      async ({ world, executionArn }: Asked) => stopExecution(world.context, { executionArn }),
    ],
  ])('says of a decision that came when its task %s that it did not count: %s', async (_, status, end) => {
    const scene = await asked({}, { TimeoutSeconds: 60 });
    const { context } = scene.world;
    const { store } = context;
    const decideInStore = store.decideApproval.bind(store);
    // The decider has looked, and stands still before they write.
    store.decideApproval = async (decision) => {
      store.decideApproval = decideInStore;
      store.listForsakenApprovals = async () => [];
      await end(scene);
      return decideInStore(decision);
    };
    const late = decideApproval(context, scene.arn, { person: ann, choice: 'approve' });
    await expect(late).rejects.toMatchObject({ code: 'ApprovalClosed', message: expect.stringContaining('too late') });
    const { record, progress } = await scene.read();
    expect(record).toMatchObject({ status, lookAt: null, closedAt: scene.clock.now() });
    expect(progress).toMatchObject({ outcome: null, decisions: [] });
    expect(progress.trail.slice(1)).toMatchObject([
      { action: 'CLOSED', user: null, comment: "ann chose 'approve' too late." },
    ]);
  });

  it('that is changed while somebody decides is decided as it is then', async () => {
    const scene = await asked({});
    const { context } = scene.world;
    const { store } = context;
    const decideInStore = store.decideApproval.bind(store);
    store.decideApproval = async (decision) => {
      store.decideApproval = decideInStore;
      await commentApproval(context, scene.arn, { person: bob, comment: 'wait' });
      return decideInStore(decision);
    };
    await decideApproval(context, scene.arn, { person: ann, choice: 'approve' });
    const { record, progress } = await scene.read();
    expect(record.status).toBe('DECIDED');
    expect(progress.trail.map(({ action }) => action)).toEqual(['OPENED', 'COMMENTED', 'DECIDED']);
  });

  it('asks once, however often it is performed', async () => {
    const scene = await asked({});
    const { record } = await scene.read();
    const { store } = scene.world.context;
    expect(await store.createApproval({ ...record, request: '{}' })).toBe(false);
    expect(readApproval((await store.findApproval(record)) ?? record).request.title).toBe('Refund');
  });

  it('tells, reminds and escalates, each in its time, and nothing once it is decided', async () => {
    const scene = await asked({
      ...{ Assignees: ['ann'], DueSeconds: 900, Escalation: { Groups: ['finance'] } },
      Reminders: [{ AfterSeconds: 600 }, { BeforeDueSeconds: 60 }, { BeforeDueSeconds: 7_200 }],
      Notify: [{ Webhook: 'https://chat.example.org/hook' }],
    });
    const { clock, notes } = scene;
    const types = () => notes.sent.map(({ type }) => type);
    await scene.settle();
    expect(types()).toEqual(['approval.opened']);
    const [link] = notes.sent[0]?.links ?? [];
    expect(link).toMatchObject({ recipient: 'ann' });
    expect(link?.url).toMatch(/^https:\/\/steps\.example\.org\/console\/link\/[\w-]+\.[\w-]+$/);
    await clock.advance(600_000);
    expect(types()).toEqual(['approval.opened', 'approval.reminder']);
    await clock.advance(302_000);
    expect(types()).toEqual(['approval.opened', 'approval.reminder', 'approval.reminder', 'approval.escalated']);
    const { progress } = await scene.read();
    expect(progress).toMatchObject({ groups: ['finance'], escalated: true, notices: [] });
    await decideApproval(scene.world.context, scene.arn, { person: bob, choice: 'approve' });
    await clock.advance(60_000);
    expect(types()).toHaveLength(4);
  });

  it('sends a mail to each by itself: one that is refused sends nothing to the others again', async () => {
    const To = ['ann@example.org', 'nobody@example.org', 'bob@example.org'];
    const scene = await asked({ Notify: [{ Smtp: 'mail', To }] });
    await scene.clock.advance(40 * 60_000);
    expect(scene.notes.to.toSorted()).toEqual(['ann@example.org', 'bob@example.org']);
    const { trail } = (await scene.read()).progress;
    expect(trail.map(({ action }) => action)).toEqual(['OPENED', 'NOTICE_FAILED']);
  });

  it('counts a notice as sent though somebody says something meanwhile', async () => {
    const scene = await asked({ Notify: [{ Webhook: 'https://chat.example.org/hook' }] });
    scene.notes.during = async () => {
      await commentApproval(scene.world.context, scene.arn, { person: cem, comment: 'hm' });
    };
    await scene.clock.advance(60_000);
    expect(scene.notes.sent).toHaveLength(1);
    const { trail, notices } = (await scene.read()).progress;
    expect([trail.map(({ action }) => action), notices]).toEqual([['OPENED', 'COMMENTED'], []]);
  });

  it('reminds nobody of what nobody can decide any more', async () => {
    const Notify = [{ Webhook: 'https://chat.example.org/hook' }];
    const scene = await asked({ Notify, Reminders: [{ AfterSeconds: 60 }] }, { TimeoutSeconds: 60 });
    await scene.clock.advance(90_000);
    expect(scene.notes.sent.map(({ type }) => type)).toEqual(['approval.opened']);
    expect((await scene.read()).record.status).toBe('EXPIRED');
  });

  it('tries a notice again, later each time, and says in the end that it failed', async () => {
    const scene = await asked({ Notify: [{ Webhook: 'https://chat.example.org/hook' }] });
    scene.notes.failures = 2;
    await scene.clock.advance(120_000);
    expect(scene.notes.sent).toHaveLength(1);
    const failing = await asked({ Notify: [{ Webhook: 'https://chat.example.org/hook' }] });
    failing.notes.failures = 100;
    await failing.clock.advance(40 * 60_000);
    const { trail, notices } = (await failing.read()).progress;
    expect(notices).toEqual([]);
    expect(trail.at(-1)).toMatchObject({ action: 'NOTICE_FAILED', comment: 'nobody is there' });
  });
});
