import { expect, test } from 'vitest';
import { mergeMetrics } from './merged-metrics.ts';

const text = (claims: number, below: number): string =>
  [
    '# HELP everstep_claims_total Executions claimed.',
    '# TYPE everstep_claims_total counter',
    `everstep_claims_total ${claims}`,
    '# HELP everstep_commit_seconds Duration.',
    '# TYPE everstep_commit_seconds histogram',
    `everstep_commit_seconds_bucket{le="0.1"} ${below}`,
    `everstep_commit_seconds_count ${below}`,
    '',
  ].join('\n');

test('each family stands once, each sample says whose it is', () => {
  const merged = mergeMetrics(
    new Map([
      [1, text(3, 5)],
      [2, text(4, 6)],
    ]),
  );
  expect(merged.split('\n')).toEqual([
    '# HELP everstep_claims_total Executions claimed.',
    '# TYPE everstep_claims_total counter',
    'everstep_claims_total{process="1"} 3',
    'everstep_claims_total{process="2"} 4',
    '# HELP everstep_commit_seconds Duration.',
    '# TYPE everstep_commit_seconds histogram',
    'everstep_commit_seconds_bucket{process="1",le="0.1"} 5',
    'everstep_commit_seconds_count{process="1"} 5',
    'everstep_commit_seconds_bucket{process="2",le="0.1"} 6',
    'everstep_commit_seconds_count{process="2"} 6',
    '',
  ]);
});

test('nothing of nobody', () => {
  expect(mergeMetrics(new Map())).toBe('');
});
