import type { ApprovalKey, Store } from '@everstep/engine';
import type { MemoryState } from '@everstep/store-memory';
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

function presentVersion({ approvals }: MemoryState, { executionId, taskId }: ApprovalKey): number {
  return approvals.get(`${executionId}:${taskId}`)?.version ?? 0;
}

const approvalBugs: Record<string, SimulatedBug> = {
  'who comes second does not see who came first': {
    ...atStore((store, { state }) => ({
      changeApproval: (change) => store.changeApproval(change, presentVersion(state, change)),
      decideApproval: (decision) =>
        store.decideApproval({ ...decision, version: presentVersion(state, decision.change) }),
    })),
    profile: { ...BUSY, ...ASKING },
    definition: ask({}),
    by: ['approvals'],
  },
  'a vote is acknowledged before it is written': {
    ...believing((store) => ({
      async decideApproval(decision) {
        void store.decideApproval(decision).catch(() => undefined);
        return { kind: 'accepted', owner: null };
      },
    })),
    profile: { ...BUSY, ...ASKING },
    definition: ask({}),
    by: ['approvals'],
  },
  'a decision that comes too late is acknowledged': {
    ...believing((store) => ({
      async decideApproval(decision) {
        const outcome = await store.decideApproval(decision);
        return outcome.kind === 'closed' || outcome.kind === 'gone' ? { kind: 'accepted', owner: null } : outcome;
      },
    })),
    profile: { ...BUSY, ...ASKING },
    definition: ask({ TimeoutSeconds: 2 }),
    by: ['approvals'],
  },
  'a decision is written, whether its task takes it or not': {
    ...atStore((store) => ({
      async decideApproval(decision) {
        const outcome = await store.decideApproval(decision);
        if (outcome.kind !== 'accepted') await store.changeApproval(decision.change, decision.version);
        return outcome;
      },
    })),
    profile: { ...BUSY, ...ASKING },
    definition: ask({ TimeoutSeconds: 2 }),
    by: ['approvals'],
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
      decideApproval: (decision) =>
        store.decideApproval({ ...decision, activation: decision.activation.replace('"ann"', '"eve"') }),
    })),
    profile: { ...BUSY, ...ASKING },
    definition: ask({}),
    by: ['approvals', 'replay'],
  },
};

describeSimulatedBugs('approvals', approvalBugs);
