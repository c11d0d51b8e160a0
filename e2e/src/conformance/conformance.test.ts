import { describeWith } from '@everstep/testkit';
import { expect, it } from 'vitest';
import { casesAvailable, runConformance } from './conformance.ts';
import { knownDifference } from './known-differences.ts';

describeWith(
  {
    what: 'the cases recorded from AWS',
    available: casesAvailable,
    install: 'they lie beside the development checkout only',
  },
  'conformance with AWS',
  () => {
    it('every case about what this version offers passes', async () => {
      const { counted } = await runConformance({});
      const failed = counted.filter(({ id, status }) => status === 'failed' && knownDifference(id) === null);
      expect(failed.map(({ id, path, expected, got, error }) => ({ id, path, expected, got, error }))).toEqual([]);
      expect(counted.filter(({ status }) => status === 'passed').length).toBeGreaterThan(100);
    }, 420_000);
  },
);
