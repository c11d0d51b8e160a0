import { expect, test } from 'vitest';
import { Members } from './members.ts';

const ids = Array.from({ length: 3_000 }, (_, index) => `01890a5d-ac96-774b-bcce-${String(index).padStart(12, '0')}`);

function shares(members: Members): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const id of ids) {
    const chosen = members.choose(id) ?? 'nobody';
    counts[chosen] = (counts[chosen] ?? 0) + 1;
  }
  return counts;
}

test('nobody is chosen where nobody is known', () => {
  expect(new Members().choose('e1')).toBeNull();
});

test('free members share evenly; a full one gets nothing while another is free', () => {
  const members = new Members();
  for (const id of ['a', 'b', 'c']) members.heard(id, true);
  for (const count of Object.values(shares(members))) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  members.heard('b', false);
  expect(Object.keys(shares(members)).sort()).toEqual(['a', 'c']);
  members.heard('a', false);
  members.heard('c', false);
  expect(Object.keys(shares(members)).sort()).toEqual(['a', 'b', 'c']);
});

test('a member that goes moves its own share only', () => {
  const members = new Members();
  for (const id of ['a', 'b', 'c', 'd']) members.heard(id, true);
  const before = ids.map((id) => members.choose(id));
  members.gone('c');
  const moved = ids.filter((id, index) => before[index] !== 'c' && members.choose(id) !== before[index]);
  expect(moved).toEqual([]);
});

test('a member that is not heard of any more is forgotten', () => {
  let now = 0;
  const members = new Members(() => now);
  members.heard('silent', true);
  now = Members.expiryMs - 1;
  members.heard('alive', true);
  expect(members.anyFreeBut('alive')).toBe(true);
  now = Members.expiryMs + 1;
  expect(members.anyFreeBut('alive')).toBe(false);
  expect(Object.keys(shares(members))).toEqual(['alive']);
});
