import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@everstep/testkit';
import { CreateStateMachineCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { EverstepProcess } from '../everstep-process.ts';

export const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const ROLE = 'arn:aws:iam::123456789012:role/any';

/** The built all-in-one server, and a browser that looks at its console. */
export interface ConsoleRig {
  readonly url: string;
  readonly client: SFNClient;
  /** What requests are signed with. */
  readonly key: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Where functions lie. */
  readonly functions: string;
  /** A key of another user, in these groups. */
  newKey(user: string, ...groups: string[]): Promise<ConsoleRig['key']>;
  createMachine(name: string, definition: object): Promise<string>;
  start(stateMachineArn: string, input?: object): Promise<string>;
  /** A page at an address below /console; whatever goes wrong in it fails the test at `close`. */
  open(path: string, options?: { readonly theme?: 'light' | 'dark'; readonly width?: number }): Promise<Page>;
  close(): Promise<void>;
}

interface RigOptions {
  /** Whoever calls must sign. */
  readonly isSecured?: boolean;
  /** Further settings of the server. */
  readonly more?: Readonly<Record<string, string>>;
}

export async function startConsoleRig({ isSecured = false, more = {} }: RigOptions = {}): Promise<ConsoleRig> {
  const folder = await mkdtemp(join(tmpdir(), 'everstep-console-'));
  // Postgres runs as another user when this runs as root; it must be able to enter.
  await chmod(folder, 0o755);
  const url = `http://127.0.0.1:${await freePort()}`;
  const environment = {
    ...{ EVERSTEP_PORT: new URL(url).port, EVERSTEP_DATA_DIR: join(folder, '.everstep') },
    EVERSTEP_PUBLIC_URL: url,
    ...(isSecured ? { EVERSTEP_AUTH: 'required', EVERSTEP_OUTGOING_ALLOW: 'loopback' } : {}),
    ...more,
  };
  const key = isSecured ? await newKey(environment, 'ada') : { accessKeyId: 'local', secretAccessKey: 'local' };
  const server = new EverstepProcess({ command: 'dev', args: ['--empty'], environment, readyUrl: `${url}/readyz` });
  await server.start();
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  const client = new SFNClient({
    ...{ endpoint: url, region: 'us-east-1', disableHostPrefix: true },
    credentials: key,
  });
  const faults: string[] = [];
  return {
    url,
    client,
    key,
    functions: join(folder, '.everstep', 'functions'),
    newKey: (user, ...groups) => newKey(environment, user, groups),
    async createMachine(name, definition) {
      const request = { name, definition: JSON.stringify(definition), roleArn: ROLE };
      const { stateMachineArn = '' } = await client.send(new CreateStateMachineCommand(request));
      return stateMachineArn;
    },
    async start(stateMachineArn, input = {}) {
      const request = { stateMachineArn, input: JSON.stringify(input) };
      const { executionArn = '' } = await client.send(new StartExecutionCommand(request));
      return executionArn;
    },
    open: (path, options) => openPage(browser, `${url}/console${path}`, faults, options),
    async close() {
      await browser.close();
      client.destroy();
      await server.kill('SIGTERM');
      await rm(folder, { recursive: true, force: true });
      expect(faults).toEqual([]);
    },
  };
}

/** Made by the command, whether or not there is a server. */
async function newKey(
  environment: Readonly<Record<string, string>>,
  user: string,
  groups: readonly string[] = [],
): Promise<ConsoleRig['key']> {
  const lines: string[] = [];
  const onLine = (line: string): void => void lines.push(line);
  const args = ['create', user, '--json', ...groups.flatMap((group) => ['--group', group])];
  const keys = new EverstepProcess({ command: 'keys', args, environment, readyUrl: '', onLine });
  expect(await keys.run(), keys.output).toBe(0);
  return JSON.parse(lines.join('\n'));
}

async function openPage(
  browser: Browser,
  address: string,
  faults: string[],
  { theme = 'light', width = 1440 }: { readonly theme?: 'light' | 'dark'; readonly width?: number } = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme });
  const page = await context.newPage();
  // What is waited for comes at once on a machine that has nothing else to do.
  page.setDefaultTimeout(60_000);
  // Refusals by the content policy are errors of the browser's console.
  page.on('console', (message) => {
    // A refused request is told in the page as well.
    const isRefusal = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isRefusal) faults.push(`${address}: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`${address}: ${error.message}`));
  page.on('dialog', (dialog) => {
    faults.push(`${address}: a script of the data ran: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(address);
  return page;
}

/** What WCAG 2.2 AA finds wrong with a page, by rule, with the elements. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found: AxeFindings = await page.evaluate(
    "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })",
  );
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

interface AxeFindings {
  readonly violations: ReadonlyArray<{ readonly id: string; readonly nodes: ReadonlyArray<{ readonly html: string }> }>;
}

/** A function that fails until the file that is answered is there. */
export async function brokenFunction(functions: string, name: string): Promise<string> {
  await mkdir(join(functions, name), { recursive: true });
  const code = `import { existsSync } from 'node:fs';
export const handler = async () => {
  if (!existsSync(new URL('./mended', import.meta.url))) throw new TypeError('the shelf is empty');
  return { packed: true };
};
`;
  await writeFile(join(functions, name, 'index.mjs'), code);
  return join(functions, name, 'mended');
}
