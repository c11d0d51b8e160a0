import { existsSync } from 'node:fs';
import { describeWith } from '@everstep/testkit';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHROMIUM, type ConsoleRig, startConsoleRig, violations } from './console-rig.ts';

const node = (page: Page, name: string) => page.locator('.react-flow__node', { hasText: name });

describeWith(
  { what: 'Chromium', available: () => existsSync(CHROMIUM), install: 'apt-get install chromium' },
  'the console: drawing',
  () => {
    let rig: ConsoleRig;
    beforeAll(async () => {
      rig = await startConsoleRig();
    });
    afterAll(() => rig.close());

    it('a machine is drawn, connected, filled in by forms, undone and done again, and runs', async () => {
      const page = await rig.open('/machines/new');
      await page.getByRole('textbox', { name: 'Name', exact: true }).fill('drawn');
      await node(page, 'Hello').click();
      await page.getByRole('button', { name: 'Wait', exact: true }).click();
      await node(page, 'Wait').first().waitFor();
      // By hand: from the palette onto the state that it shall follow.
      await page.getByRole('button', { name: 'Succeed', exact: true }).dragTo(node(page, 'Wait').first());
      await node(page, 'Succeed').first().waitFor();
      await page.getByText('The definition is valid.').waitFor();
      const editor = page.getByRole('textbox', { name: 'Definition' });
      expect(await editor.textContent()).toContain('"Next": "Wait"');
      // A line from the first state straight to the last one.
      await node(page, 'Hello').hover();
      await node(page, 'Hello')
        .locator('.react-flow__handle.source')
        .dragTo(node(page, 'Succeed').first().locator('.react-flow__handle.target'));
      await page
        .getByRole('list', { name: /Errors|Warnings/ })
        .getByText('Wait')
        .first()
        .waitFor();
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByText('The definition is valid.').waitFor();
      await page.getByRole('button', { name: 'Redo' }).click();
      await node(page, 'Wait').first().click();
      await page.keyboard.press('Delete');
      await page.getByText('The definition is valid.').waitFor();
      expect(await node(page, 'Wait').count()).toBe(0);
      // In its form.
      await page.getByRole('button', { name: 'Form', exact: true }).click();
      await node(page, 'Hello').click();
      await page
        .getByRole('region', { name: 'Definition' })
        .getByRole('textbox', { name: 'Name', exact: true })
        .fill('Greet');
      await page.keyboard.press('Enter');
      await node(page, 'Greet').waitFor();
      await page.getByRole('textbox', { name: 'Output' }).fill('{"said": "{% \'Good day, \' & $states.input.name %}"}');
      expect(await violations(page)).toEqual([]);
      await page.getByRole('button', { name: 'Create', exact: true }).click();
      await page.getByRole('button', { name: 'Start execution …' }).click();
      await page.getByRole('dialog').getByRole('textbox', { name: 'Input' }).fill('{"name": "Ada"}');
      await page.getByRole('button', { name: 'Start', exact: true }).click();
      await page.locator('.state[data-status="SUCCEEDED"]', { hasText: 'Greet' }).waitFor();
      await page.getByRole('tab', { name: 'Input and output' }).click();
      await page.getByLabel('Output', { exact: true }).getByText('"Good day, Ada"').waitFor();
      await page.context().close();
    });
  },
);
