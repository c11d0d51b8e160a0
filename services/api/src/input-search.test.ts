import { parseInputFilter } from '@everstep/protocol';
import { expect, it } from 'vitest';
import { InputSearch } from './input-search.ts';

const MIB = 1_048_576;

function searching(inputs: ReadonlyMap<string, string | null>, filter: string) {
  const asked: number[] = [];
  const readInputs = async (executionIds: readonly string[], maxBytes: number) => {
    asked.push(maxBytes);
    return executionIds.slice(0, 2).map((executionId) => ({ executionId, input: inputs.get(executionId) ?? null }));
  };
  return { asked, search: new InputSearch({ readInputs }, parseInputFilter(filter)) };
}

it('reads on where fewer were answered than were asked for, and tells what is encrypted', async () => {
  const inputs = new Map([
    ['a', '{"n":1}'],
    ['b', null],
    ['c', '{"n":2}'],
    ['d', '{"m":{"n":1}}'],
    ['e', '{"n":1.0}'],
  ]);
  const { search, asked } = searching(inputs, 'n = 1');
  expect([...(await search.judge([...inputs.keys()])).values()]).toEqual(['fits', 'encrypted', 'no', 'no', 'fits']);
  expect(asked).toEqual([MIB, MIB, MIB]);
});

it('ends when enough was read for one answer', async () => {
  const ids = Array.from({ length: 40 }, (_, index) => `id-${index}`);
  const large = JSON.stringify({ n: 1, filler: 'x'.repeat(MIB - 100) });
  const { search } = searching(new Map(ids.map((id) => [id, large])), 'n = 1');
  const verdicts = [...(await search.judge(ids)).values()];
  expect(verdicts.filter((one) => one === 'fits').length).toBeLessThanOrEqual(18);
  expect(verdicts.at(-1)).toBe('unread');
  expect([...(await search.judge(['id-0'])).values()]).toEqual(['unread']);
});
