import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { CreateActivityCommand, GetActivityTaskCommand, SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { describeWith } from '@everstep/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { brokenFunction, CHROMIUM, type ConsoleRig, startConsoleRig, violations } from './console-rig.ts';

const CALL = 'arn:aws:states:::lambda:invoke';
const ACTIVITY = 'arn:aws:states:us-east-1:123456789012:activity:rest';

/** Rests until somebody wakes it, and packs with a function that is broken at first. */
const PACKING = {
  StartAt: 'Rest',
  States: {
    Rest: { Type: 'Task', Resource: ACTIVITY, ResultPath: null, Next: 'Pack' },
    Pack: { Type: 'Task', Resource: CALL, Parameters: { FunctionName: 'pack', 'Payload.$': '$' }, Next: 'Done' },
    Done: { Type: 'Succeed' },
  },
};
/** Goes round until it has made some 25,000 events. */
const LONG = {
  StartAt: 'Count',
  States: {
    Count: { Type: 'Pass', Parameters: { 'n.$': 'States.MathAdd($.n, 1)' }, Next: 'Enough' },
    Enough: { Type: 'Choice', Choices: [{ Variable: '$.n', NumericEquals: 6_248, Next: 'End' }], Default: 'Count' },
    End: { Type: 'Pass', End: true },
  },
};
const HOSTILE_NAME = '<img src=x onerror=alert(1)>';
const HOSTILE = {
  StartAt: HOSTILE_NAME,
  States: {
    [HOSTILE_NAME]: { Type: 'Fail', Error: '<script>alert(2)</script>', Cause: '"><svg onload=alert(3)>' },
  },
};

const pathOf = (executionArn: string, query = ''): string => `/executions/${encodeURIComponent(executionArn)}${query}`;

describeWith(
  { what: 'Chromium', available: () => existsSync(CHROMIUM), install: 'apt-get install chromium' },
  'the console: executions',
  () => {
    let rig: ConsoleRig;
    beforeAll(async () => {
      rig = await startConsoleRig();
    });
    afterAll(() => rig.close());

    it('the list shows what starts and ends without being asked again, and its filters are in its address', async () => {
      const page = await rig.open('/executions');
      await page.getByText('No executions').waitFor();
      const machine = await rig.createMachine('quick', { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } });
      const executionArn = await rig.start(machine);
      const row = page.getByRole('row', { name: executionArn.split(':').at(-1) ?? '' });
      await row.getByText('Succeeded').waitFor();
      await page.getByRole('button', { name: 'Failed' }).click();
      await page.getByText('No executions').waitFor();
      expect(page.url()).toContain('status=FAILED');
      await page.reload();
      await page.getByText('No executions').waitFor();
      await page.context().close();
    });

    it('a failing execution is watched, its cause is found, and it is redriven to its end', async () => {
      const mended = await brokenFunction(rig.functions, 'pack');
      await rig.client.send(new CreateActivityCommand({ name: 'rest' }));
      const executionArn = await rig.start(await rig.createMachine('packing', PACKING), { order: 7 });
      const page = await rig.open(pathOf(executionArn));
      await page.locator('.state[data-status="RUNNING"]', { hasText: 'Rest' }).waitFor();
      const { taskToken } = await rig.client.send(new GetActivityTaskCommand({ activityArn: ACTIVITY }));
      await rig.client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
      await page.locator('.state[data-status="FAILED"]', { hasText: 'Pack' }).waitFor();
      await page.getByText('the shelf is empty').first().waitFor();
      await page.getByRole('button', { name: 'Show Pack' }).click();
      const panel = page.getByRole('complementary', { name: 'State Pack' });
      await panel.getByLabel('Input', { exact: true }).getByText('"order"').waitFor();
      await panel.getByText('TypeError').first().waitFor();
      await writeFile(mended, '');
      await page.getByRole('button', { name: 'Redrive' }).click();
      await page.locator('.state[data-status="SUCCEEDED"]', { hasText: 'Done' }).waitFor();
      await page.locator('.badge[data-status="SUCCEEDED"]').first().waitFor();
      await page.context().close();
    });

    it('a running execution is stopped, and started again with another input', async () => {
      const wait = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 3_000, End: true } } };
      const executionArn = await rig.start(await rig.createMachine('waiting', wait), { n: 1 });
      const page = await rig.open(pathOf(executionArn));
      await page.getByRole('button', { name: 'Stop …' }).click();
      await page.getByRole('button', { name: 'Stop it' }).click();
      await page.locator('.badge[data-status="ABORTED"]').first().waitFor();
      await page.getByRole('button', { name: 'Start again …' }).click();
      const input = page.getByRole('dialog').getByLabel('Input', { exact: true });
      expect(JSON.parse(await input.inputValue())).toEqual({ n: 1 });
      await input.fill('{"n": ');
      expect(await page.getByRole('button', { name: 'Start', exact: true }).isDisabled()).toBe(true);
      await input.fill('{"n": 2}');
      await page.getByRole('button', { name: 'Start', exact: true }).click();
      await page.waitForURL((url) => !decodeURIComponent(url.pathname).includes(executionArn));
      await page.getByRole('tab', { name: 'Input and output' }).click();
      await page.getByLabel('Input', { exact: true }).getByText('2').waitFor();
      await page.context().close();
    });

    it('25,000 events are read, filtered and scrolled through, of which few are in the page', async () => {
      const executionArn = await rig.start(await rig.createMachine('long', LONG), { n: 0 });
      const page = await rig.open(pathOf(executionArn, '?tab=events'));
      await page.getByText('24,996 of 24,996 events').waitFor({ timeout: 60_000 });
      const rows = page.getByRole('table', { name: 'Events' }).locator('.rows-row');
      expect(await rows.count()).toBeLessThan(100);
      await page.getByLabel('Events, rows').focus();
      await page.keyboard.press('End');
      await page.getByRole('button', { name: 'ExecutionSucceeded' }).click();
      await page.getByRole('complementary', { name: 'Event 24996' }).getByText('"ExecutionSucceeded"').waitFor();
      await page.getByLabel('Type, state or number contains').fill('ExecutionStarted');
      await page.getByText('1 of 24,996 events').waitFor();
      await page.getByRole('tab', { name: 'Timeline' }).click();
      expect(await page.locator('.rows-row').count()).toBeLessThan(100);
      await page.context().close();
    });

    it('what somebody stored is shown and never run', async () => {
      const machine = await rig.createMachine('hostile', HOSTILE);
      const deep = `${'['.repeat(900)}1${']'.repeat(900)}`;
      const input = { '<script>alert(4)</script>': 'x'.repeat(200_000), deep: JSON.parse(deep) };
      const page = await rig.open(pathOf(await rig.start(machine, input)));
      await page.getByText('<script>alert(2)</script>').first().waitFor();
      await page.getByText('"><svg onload=alert(3)>').first().waitFor();
      await page.locator('.state', { hasText: HOSTILE_NAME }).click();
      await page.getByRole('complementary').getByText('"<script>alert(4)</script>"').waitFor();
      await page.getByRole('tab', { name: 'Input and output' }).click();
      await page.getByRole('button', { name: 'Show all' }).first().click();
      expect(await page.locator('img, script:not([src]), svg[onload]').count()).toBe(0);
      await page.context().close();
    });

    it('nothing stands in the way of people with other senses or hands, in light and in dark', async () => {
      const [{ executionArn = '' } = {}] = await newest(rig);
      for (const theme of ['light', 'dark'] as const) {
        for (const path of [
          '/executions',
          ...['graph', 'table', 'timeline', 'events', 'data'].map((tab) => pathOf(executionArn, `?tab=${tab}`)),
        ]) {
          const page = await rig.open(path, { theme });
          await page.getByRole('heading', { level: 1 }).waitFor();
          await page.locator('.react-flow__node, .rows-row, .json, tbody tr').first().waitFor();
          expect(await violations(page), `${theme} ${path}`).toEqual([]);
          await page.context().close();
        }
      }
    }, 300_000);
  },
);

async function newest(rig: ConsoleRig): Promise<Array<{ readonly executionArn?: string }>> {
  const answer = await fetch(`${rig.url}/console/api`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'Everstep.SearchExecutions' },
    body: JSON.stringify({ statusFilter: ['FAILED'], maxResults: 1 }),
  });
  const { executions }: { executions: Array<{ readonly executionArn?: string }> } = JSON.parse(await answer.text());
  return executions;
}
