// `pnpm bench:console`: how long people wait for the console's pages, in a real browser against the built all-in-one
// server, on an example that it makes. Prints the table of RESULTS.md; needs Debian's chromium.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@everstep/testkit';
import { type Browser, chromium, type Page } from 'playwright-core';
import { EverstepProcess } from '../../e2e/src/everstep-process.ts';

const ROUNDS = 7;
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Goes round until it has made some 25,000 events. */
const LONG = {
  StartAt: 'Count',
  States: {
    Count: { Type: 'Pass', Parameters: { 'n.$': 'States.MathAdd($.n, 1)' }, Next: 'Enough' },
    Enough: { Type: 'Choice', Choices: [{ Variable: '$.n', NumericEquals: 6_248, Next: 'End' }], Default: 'Count' },
    End: { Type: 'Pass', End: true },
  },
};

/** As many states as a definition that people still draw may have, in branches of ten. */
function wide(states: number): object {
  const branches = Array.from({ length: states / 10 }, (_, branch) => {
    const names = Array.from({ length: 10 }, (_each, index) => `Step ${branch}-${index}`);
    const entries = names.map((name, index) => {
      const next = names[index + 1];
      return [name, { Type: 'Pass', ...(next === undefined ? { End: true } : { Next: next }) }];
    });
    return { StartAt: names[0], States: Object.fromEntries(entries) };
  });
  return { StartAt: 'All', States: { All: { Type: 'Parallel', Branches: branches, End: true } } };
}

interface Look {
  readonly what: string;
  readonly path: string;
  /** What people wait for. */
  readonly ready: (page: Page) => Promise<unknown>;
}

async function call(url: string, target: string, input: object): Promise<Record<string, string>> {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target };
  const answer = await fetch(`${url}/`, { method: 'POST', headers, body: JSON.stringify(input) });
  return JSON.parse(await answer.text());
}

async function makeExample(url: string): Promise<Look[]> {
  const roleArn = 'arn:aws:iam::123456789012:role/any';
  const run = async (
    name: string,
    definition: object,
    times: number,
  ): Promise<[machine: string, execution: string]> => {
    const request = { name, roleArn, definition: JSON.stringify(definition) };
    const { stateMachineArn = '' } = await call(url, 'AWSStepFunctions.CreateStateMachine', request);
    let executionArn = '';
    for (let count = 0; count < times; count++) {
      const started = await call(url, 'AWSStepFunctions.StartExecution', { stateMachineArn, input: '{"n":0}' });
      executionArn = started['executionArn'] ?? '';
    }
    return [encodeURIComponent(stateMachineArn), encodeURIComponent(executionArn)];
  };
  const [, long] = await run('long', LONG, 1);
  const [machine, execution] = await run('wide', wide(300), 1);
  await run('quick', { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } }, 200);
  const node = (page: Page): Promise<unknown> => page.locator('.react-flow__node .state').first().waitFor();
  return [
    { what: 'overview, charts drawn', path: '/', ready: (page) => page.locator('.chart canvas').first().waitFor() },
    {
      what: 'executions, first 50 listed',
      path: '/executions',
      ready: (page) => page.locator('tbody tr').nth(49).waitFor(),
    },
    { what: 'execution of 300 states, graph', path: `/executions/${execution}`, ready: node },
    {
      ...{ what: 'execution of 24,996 events, all read', path: `/executions/${long}?tab=events` },
      ready: (page) => page.getByText('24,996 of 24,996 events').waitFor(),
    },
    {
      ...{ what: 'definition of 300 states, graph and code', path: `/machines/${machine}` },
      ready: async (page) => {
        await page.locator('.cm-line').first().waitFor();
        await node(page);
      },
    },
  ];
}

/** Milliseconds from the request to the first paint, and to what people wait for; a fresh browser profile each time. */
async function measure(browser: Browser, url: string, look: Look): Promise<[paint: number, ready: number]> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  const startedAt = performance.now();
  await page.goto(`${url}/console${look.path}`, { waitUntil: 'commit' });
  await look.ready(page);
  const ready = performance.now() - startedAt;
  const paint = await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0");
  await context.close();
  return [Number(paint), ready];
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((left, right) => left - right).map(Math.round);
  return `${sorted[Math.floor(sorted.length / 2)]} (${sorted[0]}–${sorted.at(-1)})`;
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'everstep-bench-console-'));
  // Postgres runs as another user when this runs as root; it must be able to enter.
  await chmod(folder, 0o755);
  const url = `http://127.0.0.1:${await freePort()}`;
  const environment = { EVERSTEP_PORT: new URL(url).port, EVERSTEP_DATA_DIR: join(folder, '.everstep') };
  const server = new EverstepProcess({ command: 'dev', args: ['--empty'], environment, readyUrl: `${url}/readyz` });
  await server.start();
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  try {
    const looks = await makeExample(url);
    console.log(
      `${cpus().length} × ${cpus()[0]?.model}, Node.js ${process.version}, Chromium ${browser.version()}; ${ROUNDS} rounds\n`,
    );
    console.log('| page | first paint, ms | ready, ms |\n| --- | --- | --- |');
    for (const look of looks) {
      await measure(browser, url, look);
      const rounds: Array<[number, number]> = [];
      for (let round = 0; round < ROUNDS; round++) rounds.push(await measure(browser, url, look));
      console.log(
        `| ${look.what} | ${spread(rounds.map(([paint]) => paint))} | ${spread(rounds.map(([, ready]) => ready))} |`,
      );
    }
  } finally {
    await browser.close();
    await server.kill('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
