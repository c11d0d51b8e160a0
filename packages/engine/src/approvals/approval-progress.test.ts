import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApprovalRecord } from '../ports/approval-store.ts';
import {
  type Approval,
  type ApprovalProgress,
  claim,
  decide,
  delegate,
  escalate,
  openProgress,
  peopleOf,
  rankOf,
  refusalFor,
  votesFor,
} from './approval-progress.ts';
import { type ApprovalRequest, readApprovalRequest } from './approval-request.ts';

const PEOPLE = ['ann', 'bob', 'cem', 'dan', 'eve'] as const;
const person = (name: string) => ({ name, groups: [], isAnybody: false });

function approvalOf(request: ApprovalRequest, progress: ApprovalProgress): Approval {
  const record: ApprovalRecord = {
    ...{ executionId: 'e', taskId: 2, accountId: '1', executionArn: 'x', stateMachineArn: 'm', stateName: 's' },
    ...{ request: '', progress: '', status: 'OPEN', people: [], version: 1, createdAt: 0, closedAt: null, rank: 0 },
    lookAt: null,
  };
  return { record, request, progress };
}

const quorum = fc.integer({ min: 1, max: 4 });
const scenes = fc.record({
  quorums: fc.tuple(quorum, quorum),
  assigned: fc.uniqueArray(fc.constantFrom(...PEOPLE), { maxLength: 5 }),
  grouped: fc.boolean(),
  votes: fc.array(fc.record({ who: fc.constantFrom(...PEOPLE), choice: fc.constantFrom('a', 'b') }), { maxLength: 12 }),
});

describe('votes', () => {
  it('decide exactly when a choice has its quorum, once, and nobody counts twice', () => {
    fc.assert(
      fc.property(scenes, ({ quorums: [a, b], assigned, grouped, votes }) => {
        const Choices = [
          { Name: 'a', Quorum: a },
          { Name: 'b', Quorum: b, Error: 'No' },
        ];
        const Groups = grouped ? ['g'] : [];
        const request = readApprovalRequest({ Title: 't', Choices, Assignees: [...assigned], Groups }, 0);
        const needed = new Map([
          ['a', a],
          ['b', b],
        ]);
        let progress = openProgress(request, 0);
        for (const { who, choice } of votes) {
          const approval = approvalOf(request, progress);
          const refusal = refusalFor(approval, person(who));
          const before = progress.decisions.length;
          const mayVote =
            progress.outcome === null &&
            progress.decisions.every(({ user }) => user !== who) &&
            (assigned.length + Groups.length === 0 || assigned.includes(who));
          expect(refusal === null).toBe(mayVote);
          if (!mayVote) continue;
          progress = decide(approval, person(who), { choice, now: 1 });
          expect(progress.decisions).toHaveLength(before + 1);
          const reached = votesFor(choice, progress) >= (needed.get(choice) ?? 0);
          const isExhausted = !grouped && assigned.length > 0 && progress.decisions.length === assigned.length;
          expect(progress.outcome !== null).toBe(reached || isExhausted);
          const kinds = { choice: reached ? choice : null, ok: reached && choice === 'a' };
          expect({ choice: null, ok: false, ...progress.outcome }).toMatchObject(kinds);
        }
      }),
    );
  });
});

it('nobody counts as two where several have to agree, by name and by the address of a mail', () => {
  const request = readApprovalRequest({ Title: 't', Assignees: ['ann'], Groups: ['g'], Quorum: 2 }, 0);
  const progress = decide(approvalOf(request, openProgress(request, 0)), person('ann'), { choice: 'approve', now: 1 });
  const mail = { name: 'ann@example.org', groups: [], isAnybody: true, byLink: true };
  const again = () => decide(approvalOf(request, progress), mail, { choice: 'approve', now: 2 });
  expect(again).toThrow('please sign in to decide');
  expect(decide(approvalOf(request, progress), mail, { choice: 'reject', now: 2 }).outcome).toMatchObject({
    ok: false,
  });
});

describe('whose it is', () => {
  const open = (parameters: object) => {
    const request = readApprovalRequest({ Title: 't', ...parameters }, 0);
    return approvalOf(request, openProgress(request, 0));
  };

  it('follows claims, delegations and escalation', () => {
    const approval = open({ Assignees: ['ann'], Groups: ['g'], Escalation: { AfterSeconds: 1, Assignees: ['cem'] } });
    const given = delegate(approval, person('ann'), { to: 'bob', now: 1 });
    expect(peopleOf(given)).toEqual(['user:bob', 'group:g']);
    const escalated = escalate({ ...approval, progress: given }, 2);
    expect(peopleOf(escalated)).toEqual(['user:bob', 'user:cem', 'group:g']);
    expect(escalate({ ...approval, progress: escalated }, 3)).toBe(escalated);
    const dan = { name: 'dan', groups: ['g'], isAnybody: false };
    expect(peopleOf(claim({ ...approval, progress: escalated }, dan, false, 4))).toContain('user:dan');
  });

  it('stays everybody’s where it was, whoever is told', () => {
    const approval = open({ Escalation: { AfterSeconds: 1, Groups: ['chiefs'] } });
    expect(peopleOf(approval.progress)).toEqual(['*']);
    expect(peopleOf(escalate(approval, 2))).toEqual(['*']);
  });

  it('lists what is overdue first, then what is due, then what never is; closed ones the last first', () => {
    const ranks = [
      rankOf('OPEN', 50, 9, null),
      rankOf('OPEN', 70, 1, null),
      rankOf('OPEN', null, 1, null),
      rankOf('OPEN', null, 2, null),
    ];
    expect(ranks.toSorted((left, right) => left - right)).toEqual(ranks);
    expect(rankOf('DECIDED', 50, 1, 8)).toBeLessThan(rankOf('EXPIRED', null, 1, 7));
  });
});
