import { existsSync } from 'node:fs';
import { describeWith } from '@everstep/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHROMIUM, type ConsoleRig, startConsoleRig, violations } from './console-rig.ts';

describeWith(
  { what: 'Chromium', available: () => existsSync(CHROMIUM), install: 'apt-get install chromium' },
  'the console: signing in',
  () => {
    let rig: ConsoleRig;
    beforeAll(async () => {
      rig = await startConsoleRig({ isSecured: true });
    });
    afterAll(() => rig.close());

    it('who has an access key gets in with it, and out again', async () => {
      const page = await rig.open('/executions');
      await page.getByRole('heading', { name: 'Sign in to Everstep' }).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByLabel('Access key ID').fill(rig.key.accessKeyId);
      await page.getByLabel('Secret access key').fill(`${rig.key.secretAccessKey.slice(0, -1)}_`);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('InvalidSignatureException').waitFor();
      await page.getByLabel('Secret access key').fill(rig.key.secretAccessKey);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('No executions').waitFor();
      const machine = await rig.createMachine('quick', { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } });
      await rig.start(machine);
      await page.getByRole('row', { name: /quick/ }).getByText('Succeeded').waitFor();
      await page.reload();
      await page.getByRole('row', { name: /quick/ }).waitFor();
      expect(await page.evaluate('document.cookie')).toBe('');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('heading', { name: 'Sign in to Everstep' }).waitFor();
      await page.context().close();
    });
  },
);
