import type { Store } from '@everstep/engine';
import { atStore, BUSY, KILLS } from './planted-at-store.ts';
import { type SimulatedBug, describeSimulatedBugs } from './simulated-bugs.ts';

// What the decisions of people rest on, each left out.

const ASKING = { approvals: 1, stop: 0.2 };

const ask = (fields: object) => ({
  StartAt: 'Ask',
  States: {
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::everstep:approval.waitForTaskToken',
      Parameters: { Title: 'Ask', Assignees: ['ann', 'bob', 'eve'] },
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'End' }],
      Next: 'End',
      ...fields,
    },
    End: { Type: 'Succeed' },
  },
});

/** Inside each process: a decision is answered as if it had been written, or taken. */
const believing = (believe: (store: Store) => Partial<Store>): Pick<SimulatedBug, 'bug'> => ({
  bug: { client: believe },
});

const approvalBugs: Record<string, SimulatedBug> = {
  'who comes second does not see who came first': {
    ...atStore((store, { state }) => ({
      changeApproval(change) {
        const present = state.approvals.get(`${change.executionId}:${change.taskId}`);
        return store.changeApproval(change, present?.version ?? 0);
      },
    })),
    profile: { ...BUSY, ...ASKING },
    definition: ask({}),
    by: ['approvals'],
  },
  'a vote is acknowledged before it is written': {
    ...believing((store) => ({
      async changeApproval(change, version) {
        void store.changeApproval(change, version).catch(() => undefined);
        return true;
      },
    })),
    profile: { ...BUSY, ...ASKING },
    definition: ask({}),
    by: ['approvals'],
  },
  'a decision that comes too late is acknowledged': {
    ...believing((store) => ({
      async completeTask(request) {
        const outcome = await store.completeTask(request);
        return outcome.kind === 'accepted' ? outcome : { kind: 'accepted', owner: null };
      },
    })),
    profile: { ...BUSY, ...ASKING },
    definition: ask({ TimeoutSeconds: 2 }),
    by: ['approvals'],
  },
  'nobody brings what somebody has decided who died': {
    ...atStore(() => ({ takeApprovals: async () => [] })),
    profile: { ...KILLS, ...ASKING, crash: 0.03, moments: 8, apis: 2 },
    definition: ask({}),
    by: ['approvals', 'ended'],
  },
  'nobody closes what nobody can decide any more': {
    ...atStore(() => ({ listForsakenApprovals: async () => [] })),
    profile: { ...BUSY, ...ASKING },
    definition: ask({ TimeoutSeconds: 1 }),
    by: ['approvals'],
  },
  'a task that is performed again asks anew': {
    ...atStore((store, { state }) => ({
      createApproval(record) {
        state.approvals.delete(`${record.executionId}:${record.taskId}`);
        return store.createApproval(record);
      },
    })),
    profile: { ...KILLS, ...ASKING, effectFault: 0.4 },
    definition: ask({}),
    by: ['approvals'],
  },
  'a decision is brought to its task, and another one counts': {
    ...atStore((store) => ({
      completeTask: (request) =>
        store.completeTask({ ...request, activation: request.activation.replace('"ann"', '"eve"') }),
    })),
    profile: { ...BUSY, ...ASKING },
    definition: ask({}),
    by: ['approvals', 'replay'],
  },
};

describeSimulatedBugs('approvals', approvalBugs);
