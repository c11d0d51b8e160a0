import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { describeWith } from '@everstep/testkit';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHROMIUM, type ConsoleRig, startConsoleRig, violations } from './console-rig.ts';

const ASK = 'arn:aws:states:::everstep:approval.waitForTaskToken';
const asking = (parameters: object): object => ({
  StartAt: 'Ask',
  States: {
    Ask: {
      Type: 'Task',
      Resource: ASK,
      Parameters: parameters,
      Catch: [{ ErrorEquals: ['Approval.Rejected'], Next: 'Turned down' }],
      End: true,
    },
    'Turned down': { Type: 'Pass', Result: { turned: 'down' }, End: true },
  },
});

/** What notices are sent to. */
class Hook {
  readonly notices: Array<{ readonly type: string; readonly links: ReadonlyArray<{ readonly url: string }> }> = [];
  readonly #server: Server;
  #told: (() => void) | null = null;

  constructor() {
    this.#server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        this.notices.push(JSON.parse(body));
        response.end();
        this.#told?.();
      });
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/hook`;
  }

  async first(): Promise<string> {
    while (this.notices.length === 0) await new Promise<void>((resolve) => (this.#told = resolve));
    return this.notices[0]?.links[0]?.url ?? '';
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

async function signedIn(rig: ConsoleRig, key: ConsoleRig['key'], path: string, width = 1440): Promise<Page> {
  const page = await rig.open(path, { width });
  await page.getByLabel('Access key ID').fill(key.accessKeyId);
  await page.getByLabel('Secret access key').fill(key.secretAccessKey);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Approvals' }).waitFor();
  return page;
}

async function take(page: Page, choice: string): Promise<void> {
  await page.getByRole('region', { name: 'Decide' }).getByRole('button', { name: choice }).click();
  await page.getByRole('dialog').getByRole('button', { name: choice }).click();
}

describeWith(
  { what: 'Chromium', available: () => existsSync(CHROMIUM), install: 'apt-get install chromium' },
  'the console: approvals',
  () => {
    let rig: ConsoleRig;
    const hook = new Hook();
    beforeAll(async () => {
      rig = await startConsoleRig({ isSecured: true });
    });
    afterAll(async () => {
      hook.close();
      await rig.close();
    });

    it('somebody fills in a form and approves; it is refused while it is filled in wrongly', async () => {
      const form = {
        type: 'object',
        required: ['amount'],
        properties: {
          amount: { type: 'number', title: 'Amount', minimum: 1, maximum: 100 },
          reason: { enum: ['broken', 'late'], title: 'Reason' },
          notify: { type: 'boolean', title: 'Tell the customer' },
          address: { type: 'object', properties: { city: { type: 'string' } } },
        },
      };
      const data = { amount: 500, address: { city: 'Rome', zip: '00100' }, kept: 1 };
      const Description =
        'Please **check** it. <script>alert(1)</script> [bad](javascript:alert(2)) ![](http://x/y.png)';
      const machine = await rig.createMachine(
        'refunds',
        asking({
          Title: 'Refund <img src=x onerror=alert(3)>',
          Description,
          Form: form,
          Data: data,
          Context: { order: 7 },
        }),
      );
      await rig.start(machine);
      const page = await signedIn(rig, rig.key, '/approvals?view=all');
      expect(await violations(page)).toEqual([]);
      await page.getByRole('link', { name: /Refund/ }).waitFor();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.getByText('check', { exact: true }).waitFor();
      expect(await page.locator('.markdown').innerHTML()).not.toMatch(/<script|javascript:|<img/);
      expect(await violations(page)).toEqual([]);
      await page.getByRole('region', { name: 'Decide' }).getByRole('button', { name: 'Approve' }).click();
      await page.getByText('It must be 100 or less.').waitFor();
      await page.getByLabel('Amount (required)').fill('42');
      await page.getByLabel('Reason').selectOption('late');
      await page.getByLabel('Tell the customer').check();
      await page.getByLabel('Comment').fill('fine');
      await take(page, 'Approve');
      await page.getByText('Decided: approve').waitFor();
      const answer = await page.getByLabel('Answer to the task', { exact: true }).innerText();
      expect(JSON.parse(answer)).toMatchObject({
        Form: { amount: 42, reason: 'late', notify: true, address: { city: 'Rome', zip: '00100' }, kept: 1 },
        ...{ Comment: 'fine', DecidedBy: 'ada' },
      });
      await page.getByRole('link', { name: 'Its graph, data and events' }).click();
      await page.getByText('Succeeded').first().waitFor();
      await page.context().close();
    });

    it('two must agree: one delegates, the other rejects on the phone, and the process goes the other way', async () => {
      const [ann, bob, cem] = await Promise.all([rig.newKey('ann'), rig.newKey('bob', 'finance'), rig.newKey('cem')]);
      const machine = await rig.createMachine(
        'contracts',
        asking({ Title: 'Contract', Assignees: ['ann'], Groups: ['finance'], Quorum: 2, DueSeconds: 0 }),
      );
      const executionArn = await rig.start(machine);
      const annPage = await signedIn(rig, ann, '/approvals');
      await annPage.getByText('Overdue by').waitFor();
      await annPage.getByRole('link', { name: /Contract/ }).click();
      await annPage.getByRole('button', { name: 'Delegate' }).click();
      await annPage.getByLabel('To (user name)').fill('cem');
      await annPage.getByRole('dialog').getByRole('button', { name: 'Delegate' }).click();
      await annPage.getByText('It is for cem, finance.').waitFor();
      const cemPage = await signedIn(rig, cem, '/approvals?view=mine');
      await cemPage.getByRole('link', { name: /Contract/ }).click();
      await take(cemPage, 'Approve');
      await cemPage.getByText('1 of 2').waitFor();
      await cemPage.getByText('cem has decided already.').waitFor();
      const bobPage = await signedIn(rig, bob, '/approvals?view=groups', 390);
      expect(await violations(bobPage)).toEqual([]);
      expect(await bobPage.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
      await bobPage.getByRole('link', { name: /Contract/ }).click();
      await take(bobPage, 'Reject');
      await bobPage.getByText('Decided: reject').waitFor();
      await annPage.getByText('Decided: reject').waitFor();
      await annPage.goto(`${rig.url}/console/executions/${encodeURIComponent(executionArn)}?tab=table`);
      await annPage.getByText('Turned down').first().waitFor();
      for (const page of [annPage, cemPage, bobPage]) await page.context().close();
    });

    it('a link decides by a press on its button only, and once', async () => {
      const webhook = await hook.open();
      const machine = await rig.createMachine(
        'linked',
        asking({ Title: 'By link', Assignees: ['guest'], Notify: [{ Webhook: webhook }] }),
      );
      await rig.start(machine);
      const url = await hook.first();
      // Scanners of mail look at everything.
      for (const method of ['GET', 'HEAD']) expect((await fetch(url, { method })).ok).toBe(true);
      const page = await rig.open(url.slice(`${rig.url}/console`.length), { width: 390 });
      await page.getByRole('heading', { name: 'By link' }).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByText('Waits', { exact: true }).waitFor();
      await take(page, 'Approve');
      await page.getByText('Decided: approve').waitFor();
      await page.reload();
      await page.getByText('Decided: approve').waitFor();
      expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
      await page.goto(`${url}x`);
      await page.getByText('This link opens nothing').waitFor();
      await page.context().close();
    });

    it('a plain callback succeeds and fails by hand', async () => {
      const machine = await rig.createMachine('plain', {
        StartAt: 'Call',
        States: {
          Call: {
            Type: 'Task',
            Resource: 'arn:aws:states:::states:startExecution.waitForTaskToken',
            Parameters: { StateMachineArn: await rig.createMachine('other', PASSING), Input: '{}' },
            End: true,
          },
        },
      });
      const first = await rig.start(machine);
      const page = await signedIn(rig, rig.key, '/approvals?view=all');
      await page.getByRole('button', { name: 'Succeed' }).click();
      await page.getByLabel('Output, as JSON').fill('{"by":"hand"}');
      await page.getByRole('dialog').getByRole('button', { name: 'Succeed' }).click();
      await page.getByText('Call has succeeded.').waitFor();
      const second = await rig.start(machine);
      await page.getByRole('button', { name: 'Fail' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Fail' }).click();
      await page.getByText('Call has failed.').waitFor();
      await page.goto(`${rig.url}/console/executions/${encodeURIComponent(first)}?state=Call`);
      await page.getByText('Succeeded').first().waitFor();
      await page.getByRole('link', { name: /The execution that it started: other:/ }).click();
      await page.getByRole('link', { name: 'other', exact: true }).first().waitFor();
      await page.goto(`${rig.url}/console/executions/${encodeURIComponent(second)}`);
      await page.getByText('Failed').first().waitFor();
      await page.context().close();
    });
  },
);

const PASSING = { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } };
