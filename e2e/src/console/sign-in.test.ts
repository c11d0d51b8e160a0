import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith, OIDC_CLIENT, type OidcProvider, startOidcProvider } from '@everstep/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHROMIUM, type ConsoleRig, startConsoleRig, violations } from './console-rig.ts';

const RULES = [{ groups: ['admins'], policy: 'full' }];

describeWith(
  { what: 'Chromium', available: () => existsSync(CHROMIUM), install: 'apt-get install chromium' },
  'the console: signing in',
  () => {
    let rig: ConsoleRig;
    let provider: OidcProvider;
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'everstep-access-'));
      await writeFile(join(folder, 'access.json'), JSON.stringify(RULES));
      provider = await startOidcProvider();
      rig = await startConsoleRig({
        isSecured: true,
        more: {
          EVERSTEP_OIDC_ISSUER: provider.issuer,
          EVERSTEP_OIDC_CLIENT_ID: OIDC_CLIENT.clientId,
          EVERSTEP_OIDC_CLIENT_SECRET: OIDC_CLIENT.clientSecret,
          EVERSTEP_OIDC_ACCESS_FILE: join(folder, 'access.json'),
          EVERSTEP_OIDC_NAME: 'Example',
        },
      });
    });
    afterAll(async () => {
      await rig.close();
      await provider.close();
      await rm(folder, { recursive: true, force: true });
    });

    it('who has an access key gets in with it, and out again', async () => {
      const page = await rig.open('/executions');
      await page.getByRole('heading', { name: 'Sign in to Everstep' }).waitFor();
      await page.getByText('With an access key', { exact: true }).click();
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

    it('whom the identity provider knows gets in by it where a rule says so, at the page that was asked for', async () => {
      provider.behave({ claims: { preferred_username: 'eve', groups: ['guests'] } });
      const page = await rig.open('/machines?from=mail');
      await page.getByRole('link', { name: 'Sign in with Example' }).click();
      await page.getByRole('alert').getByText('nothing lets you in here').waitFor();
      expect(await violations(page)).toEqual([]);
      provider.behave({ claims: { preferred_username: 'ann', groups: ['admins'] } });
      await page.goto(`${rig.url}/console/machines?from=mail`);
      await page.getByRole('link', { name: 'Sign in with Example' }).click();
      await page.getByRole('heading', { name: 'State machines' }).waitFor();
      expect(new URL(page.url()).search).toBe('?from=mail');
      await page.getByText('ann · admins').waitFor();
      expect(await page.evaluate('document.cookie')).toBe('');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('link', { name: 'Sign in with Example' }).waitFor();
      await page.context().close();
    });
  },
);
