import { describe, expect, test } from 'vitest';
import { hintJobs, hintsOfJob, readHints } from './hint-jobs.ts';

const ids = Array.from({ length: 37 }, (_, index) => `01930000-0000-7000-8000-0000000000${String(index + 10)}`);
const [first = '', second = ''] = ids;

describe('jobs that are written', () => {
  test('one id is a text; several are lists of at most 16, in their order', () => {
    const jobs = hintJobs(ids);
    expect(jobs.map(({ name, data }) => [name, data.length])).toEqual([
      ['hints', 16],
      ['hints', 16],
      ['hints', 5],
    ]);
    expect(jobs.flatMap(({ data }) => data)).toEqual(ids);
    expect(hintJobs([first])).toMatchObject([{ name: 'hint', data: first }]);
    expect(hintJobs([])).toEqual([]);
  });

  test('the id of a job of several tells how many; all others carry one', () => {
    const [job] = hintJobs(ids.slice(0, 3));
    expect(hintsOfJob(job?.opts.jobId ?? '')).toBe(3);
    for (const id of ['17', '', 'x16', 'mailx16', 'abc-1x', 'abc-1x0']) expect(hintsOfJob(id), id).toBe(1);
    expect(hintsOfJob('abc-1x999999999'), 'nobody makes the queue look deep').toBe(1_000);
  });
});

describe('jobs that are read', () => {
  test('a text, a list, and a longer list than is written today', () => {
    expect(readHints(first)).toEqual({ executionIds: [first], ignored: 0 });
    expect(readHints([first, second])).toEqual({ executionIds: [first, second], ignored: 0 });
    expect(readHints(ids)).toEqual({ executionIds: ids, ignored: 0 });
  });

  test('whatever else it may be is ignored, and counted', () => {
    for (const data of [null, undefined, 7, true, '', 'an id', '{}', 'a'.repeat(65), { ids }, [ids]]) {
      expect(readHints(data), JSON.stringify(data)).toEqual({ executionIds: [], ignored: 1 });
    }
    expect(readHints([])).toEqual({ executionIds: [], ignored: 0 });
    expect(readHints([first, null, second, { id: first }])).toEqual({ executionIds: [first, second], ignored: 2 });
    const { executionIds, ignored } = readHints(Array.from({ length: 5_000 }, () => first));
    expect([executionIds.length, ignored]).toEqual([1_000, 4_000]);
  });
});
