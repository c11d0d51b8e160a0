import { existsSync } from 'node:fs';
import { describeWith } from '@everstep/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHROMIUM, type ConsoleRig, startConsoleRig, violations } from './console-rig.ts';

const ACTIVITY = 'arn:aws:states:us-east-1:123456789012:activity:pack';
const PACKING = { StartAt: 'Pack', States: { Pack: { Type: 'Task', Resource: ACTIVITY, End: true } } };

describeWith(
  { what: 'Chromium', available: () => existsSync(CHROMIUM), install: 'apt-get install chromium' },
  'the console: limits, activities, what inputs have',
  () => {
    let rig: ConsoleRig;
    beforeAll(async () => {
      rig = await startConsoleRig();
    });
    afterAll(() => rig.close());

    it('a limiter is made, watched, changed, paused and deleted, over an activity that is made here', async () => {
      const page = await rig.open('/activities');
      await page.getByText('No activities').waitFor();
      await page.getByRole('button', { name: 'Create activity' }).click();
      await page.getByLabel('Name').fill('pack');
      await page.getByRole('button', { name: 'Create', exact: true }).click();
      await page.getByRole('row', { name: /pack/ }).waitFor();
      expect(await violations(page)).toEqual([]);

      await page.getByRole('link', { name: 'Limits' }).click();
      await page.getByText('No limiters').waitFor();
      await page.getByRole('button', { name: 'Create limiter' }).click();
      await page.getByRole('textbox', { name: 'Name' }).fill('packers');
      await page.getByLabel('Tasks with the resource').fill('*:activity:pack');
      await page.getByLabel('At once', { exact: true }).fill('one');
      await page.getByRole('button', { name: 'Create', exact: true }).click();
      await page.getByText('A whole number, such as 10.').waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByLabel('At once', { exact: true }).fill('1');
      await page.getByLabel('Key: what tells them apart').fill('$.tenant');
      await page.getByRole('button', { name: 'Create', exact: true }).click();
      const row = page.getByRole('row', { name: /packers/ });
      await row.getByText('1 at once').waitFor();

      const machine = await rig.createMachine('packing', PACKING);
      const first = await rig.start(machine, { tenant: 'blue' });
      await row.getByText('1 of 1').waitFor();
      for (const tenant of ['blue', 'red']) await rig.start(machine, { tenant });
      await row.getByRole('cell', { name: '2', exact: true }).waitFor();
      expect(await violations(page)).toEqual([]);
      await row.getByRole('link', { name: 'packers' }).click();
      await page.getByRole('row', { name: /red/ }).getByText('waits').waitFor();
      await page
        .getByRole('row', { name: new RegExp(first.split(':').at(-1) ?? '') })
        .getByText('has its permit')
        .waitFor();
      await page.getByText('2 under 2 keys').waitFor();
      expect(await violations(page)).toEqual([]);

      await page.getByRole('button', { name: 'Edit' }).click();
      expect(await page.getByLabel('Key: what tells them apart').inputValue()).toBe('$.tenant');
      await page.getByLabel('At once', { exact: true }).fill('2');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('2 of 2', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.getByText('Paused', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Resume' }).click();
      await page.getByText('Active', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Delete' }).click();
      await page.getByText('The task that waits starts at once').waitFor();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await page.getByText('No limiters').waitFor();
      await page.context().close();
    });

    it('executions are found by what their inputs have, and the address keeps it', async () => {
      const machine = await rig.createMachine('quick', { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } });
      const ann = await rig.start(machine, { orderId: 42, customer: { name: 'Ann' } });
      const bob = await rig.start(machine, { orderId: 43, customer: { name: 'Bob' } });
      const rowOf = (arn: string) => page.getByRole('row', { name: arn.split(':').at(-1) ?? '' });
      const page = await rig.open('/executions');
      await rowOf(bob).waitFor();
      await page.getByLabel('Input has').fill('customer.name = "Ann" and orderId = 42');
      await page.getByLabel('Input has').press('Enter');
      await rowOf(bob).waitFor({ state: 'detached' });
      await rowOf(ann).waitFor();
      await page.reload();
      await rowOf(ann).waitFor();
      expect(await page.getByLabel('Input has').inputValue()).toBe('customer.name = "Ann" and orderId = 42');
      expect(await page.getByRole('row').count()).toBe(2);
      await page.getByLabel('Input has').fill('orderId');
      await page.getByLabel('Input has').press('Enter');
      await page.getByRole('alert').getByText("expected '='").waitFor();
      expect(await violations(page)).toEqual([]);
      await page.context().close();
    });
  },
);
