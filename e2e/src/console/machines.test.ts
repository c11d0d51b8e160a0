import { existsSync } from 'node:fs';
import { describeWith } from '@everstep/testkit';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHROMIUM, type ConsoleRig, startConsoleRig, violations } from './console-rig.ts';

const GREETING = {
  StartAt: 'Greet',
  States: { Greet: { Type: 'Pass', Result: { said: 'Hello' }, Next: 'Done' }, Done: { Type: 'Succeed' } },
};

/** Puts a text into the code editor, as somebody who selects all and pastes. */
async function write(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Definition' }).focus();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(text);
}

describeWith(
  { what: 'Chromium', available: () => existsSync(CHROMIUM), install: 'apt-get install chromium' },
  'the console: state machines and the overview',
  () => {
    let rig: ConsoleRig;
    beforeAll(async () => {
      rig = await startConsoleRig();
    });
    afterAll(() => rig.close());

    it('a machine is written, its mistakes are told as one types, and it runs', async () => {
      const page = await rig.open('/machines');
      await page.getByRole('link', { name: 'Create state machine' }).click();
      await page.getByRole('textbox', { name: 'Name', exact: true }).fill('greeting');
      await write(page, JSON.stringify(GREETING).replace('"Next":"Done"', '"Next":"Doen"'));
      await page.getByRole('list', { name: 'Errors of the definition' }).getByText('Did you mean Done?').waitFor();
      await page.locator('.state[data-wrong="true"]', { hasText: 'Greet' }).waitFor();
      await write(page, JSON.stringify(GREETING));
      await page.getByText('The definition is valid.').waitFor();
      await page.getByRole('button', { name: 'Format' }).click();
      await page.getByRole('button', { name: 'Create', exact: true }).click();
      await page.getByRole('button', { name: 'Start execution …' }).click();
      await page.getByRole('button', { name: 'Start', exact: true }).click();
      await page.locator('.state[data-status="SUCCEEDED"]', { hasText: 'Done' }).waitFor();
      await page.context().close();
    });

    it('a change is shown before it is saved and published, and versions are compared', async () => {
      const machine = await rig.createMachine('changing', GREETING);
      const page = await rig.open(`/machines/${encodeURIComponent(machine)}`);
      await write(page, JSON.stringify(GREETING, null, 2).replace('Hello', 'Good morning'));
      await page.getByRole('button', { name: 'Save …' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.locator('.cm-changedLine', { hasText: 'Good morning' }).waitFor();
      await dialog.getByText('Publish it as a version').click();
      await dialog.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByRole('tab', { name: 'Versions and aliases' }).click();
      await page.getByRole('link', { name: 'changing:1' }).waitFor();
      await page.getByRole('button', { name: 'Compare' }).click();
      await page.getByText('They are the same.').waitFor();
      await page.context().close();
    });

    it('the editor knows what can stand where', async () => {
      const page = await rig.open('/machines/new');
      await write(page, '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": ""}, "Beta": {"Type": "Succeed"}}}');
      const at = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "'.length;
      await page.keyboard.press('ControlOrMeta+Home');
      for (let index = 0; index < at; index++) await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Control+Space');
      await page.locator('.cm-tooltip-autocomplete').getByText('Beta').click();
      await page.getByText('The definition is valid.').waitFor();
      await page.context().close();
    });

    it('the overview counts what ran', async () => {
      const machine = await rig.createMachine('counted', {
        StartAt: 'F',
        States: { F: { Type: 'Fail', Error: 'No' } },
      });
      await rig.start(machine);
      const page = await rig.open('/');
      await page.getByRole('link', { name: /Failed 1/ }).waitFor();
      await page.getByRole('img', { name: /Executions over time: \d+ started/ }).waitFor();
      await page.getByRole('region', { name: 'Installation' }).getByText('alive', { exact: true }).first().waitFor();
      await page.getByRole('link', { name: /Failed 1/ }).click();
      await page.getByRole('row', { name: /counted/ }).waitFor();
      await page.context().close();
    });

    it('nothing stands in the way of people with other senses or hands, in light and in dark', async () => {
      const machine = await rig.createMachine('seen', GREETING);
      for (const theme of ['light', 'dark'] as const) {
        for (const path of ['/', '/machines', '/machines/new', `/machines/${encodeURIComponent(machine)}`]) {
          const page = await rig.open(path, { theme });
          await page.getByRole('heading', { level: 1 }).waitFor();
          await page.locator('.react-flow__node, .chart canvas, tbody tr').first().waitFor();
          expect(await violations(page), `${theme} ${path}`).toEqual([]);
          await page.context().close();
        }
      }
    }, 300_000);
  },
);
