import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { UpdateStateMachineCommand } from '@aws-sdk/client-sfn';
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
      const failing = page.getByRole('region', { name: 'Most failing states' });
      await failing.getByRole('row', { name: /F counted No 1/ }).waitFor();
      expect(await failing.getByRole('link', { name: 'counted' }).getAttribute('href')).toContain('status=TIMED_OUT');
      await page.getByRole('link', { name: /Failed 1/ }).click();
      // The overview has rows of its own until the other page is there.
      await page.getByRole('heading', { name: 'Executions', level: 1 }).waitFor();
      await page
        .getByRole('row', { name: /counted/ })
        .first()
        .waitFor();
      await page.context().close();
    });

    it('what a chart is zoomed into leads to its executions', async () => {
      await rig.start(await rig.createMachine('zoomed', { StartAt: 'S', States: { S: { Type: 'Succeed' } } }));
      const page = await rig.open('/');
      await page
        .getByRole('row', { name: /zoomed/ })
        .first()
        .waitFor();
      const chart = page.getByRole('region', { name: 'Executions over time' }).locator('.u-over');
      const { x = 0, y = 0, width = 0, height = 0 } = (await chart.boundingBox()) ?? {};
      const drag = async (from: number, to: number): Promise<void> => {
        await page.mouse.move(x + width * from, y + height / 2);
        await page.mouse.down();
        await page.mouse.move(x + width * to, y + height / 2, { steps: 5 });
        await page.mouse.up();
      };
      await drag(0.1, 0.3);
      await page.getByRole('link', { name: 'its executions' }).click();
      await page.getByText('No executions').waitFor();
      expect(page.url()).toMatch(/period=custom&from=2\d{3}-\d\d-\d\dT/);
      await page.goBack();
      await chart.waitFor();
      await drag(0.5, 0.999);
      await page.getByRole('link', { name: 'its executions' }).waitFor();
      expect(await violations(page)).toEqual([]);
      await chart.dblclick({ position: { x: width / 2, y: height / 2 } });
      await page.getByRole('link', { name: 'its executions' }).waitFor({ state: 'detached' });
      await drag(0.5, 0.999);
      await page.getByRole('link', { name: 'its executions' }).click();
      await page.getByRole('row', { name: /zoomed/ }).waitFor();
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

    it('a definition comes in as YAML, with its faults told by line, and goes out as YAML and as a picture', async () => {
      const page = await rig.open('/machines/new');
      await page.getByRole('button', { name: 'Import' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Or its text').fill('StartAt: A\nStates: {A: {Type: Pass, End: true}');
      await dialog.getByRole('button', { name: 'Import' }).click();
      await dialog.getByText(/^Line \d+, column \d+: /).waitFor();
      await dialog.getByLabel('Or its text').fill('StartAt: Go\nStates:\n  Go: {Type: Succeed}\n');
      expect(await violations(page)).toEqual([]);
      await dialog.getByRole('button', { name: 'Import' }).click();
      await page.locator('.react-flow__node', { hasText: 'Go' }).waitFor();
      for (const [entry, file, content] of [
        ['Definition, YAML', 'state-machine.asl.yaml', /^StartAt: Go\nStates:\n {2}Go:\n {4}Type: Succeed\n$/],
        ['Graph, PNG', 'state-machine.png', /^.PNG/],
      ] as const) {
        await page.getByRole('button', { name: 'Download' }).click();
        const coming = page.waitForEvent('download');
        await page.getByRole('menuitem', { name: entry }).click();
        const download = await coming;
        expect(download.suggestedFilename()).toBe(file);
        expect(await readFile(await download.path(), 'latin1')).toMatch(content);
      }
      await page.context().close();
    });

    it('aliases are made and led elsewhere; log and tags are set', async () => {
      const machine = await rig.createMachine('settled', { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } });
      const page = await rig.open(`/machines/${encodeURIComponent(machine)}?tab=versions`);
      for (const version of ['settled:1', 'settled:2']) {
        await page.getByRole('button', { name: 'Publish the present definition' }).click();
        await page.getByText(`Published as ${version}`).waitFor();
        if (version.endsWith('1')) {
          const changed = JSON.stringify({ StartAt: 'B', States: { B: { Type: 'Succeed' } } });
          await rig.client.send(new UpdateStateMachineCommand({ stateMachineArn: machine, definition: changed }));
        }
      }
      await page.getByRole('button', { name: 'New alias' }).click();
      await page.getByRole('dialog').getByLabel('Name').fill('LIVE');
      await page.getByRole('dialog').getByLabel('Leads to').selectOption({ label: 'settled:1' });
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
      await page.getByText('settled:1 (100 %)').waitFor();
      await page.getByRole('button', { name: 'Edit settled:LIVE' }).click();
      await page.getByLabel('And in part to').selectOption({ label: 'settled:2' });
      await page.getByLabel('Percent that go there').fill('25');
      expect(await violations(page)).toEqual([]);
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
      await page.getByText('settled:1 (75 %), settled:2 (25 %)').waitFor();
      await page.getByRole('button', { name: 'Compare' }).last().click();
      await page.getByRole('dialog').getByLabel('To').selectOption({ label: 'settled:2' });
      await page.getByRole('dialog').getByText('Succeed').first().waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Settings' }).click();
      await page.getByLabel('Tags, one KEY=VALUE a line').fill('team=shop\ncost=');
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
      await page.getByText('team: shop').waitFor();
      await page.getByRole('button', { name: 'Delete settled:LIVE' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete it' }).click();
      await page.getByText('There is no alias').waitFor();
      await page.context().close();
    });

    it('each step of a state’s data is calculated again, with the variables that it had', async () => {
      const machine = await rig.createMachine('steps', {
        StartAt: 'Note',
        States: {
          Note: { Type: 'Pass', Assign: { 'who.$': '$.name' }, Next: 'Greet' },
          Greet: {
            Type: 'Pass',
            Parameters: { 'text.$': "States.Format('Hello, {}!', $who)" },
            ResultPath: '$.said',
            End: true,
          },
        },
      });
      const executionArn = await rig.start(machine, { name: 'Ada' });
      const page = await rig.open(`/executions/${encodeURIComponent(executionArn)}?state=Greet`);
      await page.getByRole('button', { name: 'Each step of its data' }).click();
      const steps = page.getByRole('group', { name: 'Each step of its data' });
      await steps.or(page.getByRole('alert')).waitFor();
      await steps.getByText('Variables before').waitFor();
      expect(await steps.getByLabel('After Parameters', { exact: true }).innerText()).toContain('Hello, Ada!');
      expect(await steps.getByLabel('Output', { exact: true }).innerText()).toContain('"said"');
      expect(await violations(page)).toEqual([]);
      await page.context().close();
    });
  },
);
