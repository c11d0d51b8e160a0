import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EverstepProcess, freePort, ROOT } from './everstep-process.ts';

let dataDir = '';
let environment: Record<string, string> = {};
let server: EverstepProcess;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'everstep-functions-'));
  await chmod(dataDir, 0o755);
  const port = await freePort();
  environment = { EVERSTEP_PORT: String(port), EVERSTEP_DATA_DIR: dataDir };
  const readyUrl = `http://127.0.0.1:${port}/readyz`;
  server = new EverstepProcess({ command: 'dev', args: ['--empty'], environment, readyUrl });
  await server.start();
});
afterAll(async () => {
  await server?.kill('SIGTERM');
  await rm(dataDir, { recursive: true, force: true });
});

async function run(program: string, words: readonly string[]): Promise<{ code: number | null; out: string }> {
  const child = spawn(program, words, {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  await once(child, 'close');
  return { code: child.exitCode, out };
}

const everstep = (...words: string[]) =>
  run(process.execPath, [join(ROOT, 'services/everstep/dist/main.js'), ...words]);

async function example(name: string): Promise<unknown> {
  const file = join(dataDir, `${name}.json`);
  const { code, out } = await run(process.execPath, [join(ROOT, 'examples', name, 'run.mjs'), '--json', file]);
  expect(code, out).toBe(0);
  return JSON.parse(await readFile(file, 'utf8'));
}

describe('the example python-function', () => {
  it('matches payments, and its README’s commands show the function', async () => {
    expect(await example('python-function')).toEqual({ cases: 3, problems: [] });
    const listed = await everstep('functions', 'list');
    expect(listed.out).toMatch(/match-payments +\$LATEST +python3 +lambda_function\.lambda_handler/);
    const invoked = await everstep(
      ...['functions', 'invoke', 'match-payments', '--payload'],
      '{"invoices": [], "statement": "payer,amount,text\\nAda,5.00,thanks\\n"}',
    );
    expect(JSON.parse(invoked.out)).toMatchObject({ matches: [], unknown: [{ payer: 'Ada', amount: 5 }] });
    const logs = await everstep('functions', 'logs', 'match-payments', '--json');
    const lines = logs.out
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(lines).toContainEqual(
      expect.objectContaining({
        message: expect.stringContaining('matched 2 payments, 0 are unknown'),
        executionArn: expect.stringContaining(':execution:match-payments:'),
      }),
    );
  }, 120_000);
});

describe('the example saga', () => {
  it('undoes what was done before a step that failed, the last first', async () => {
    expect(await example('saga')).toEqual({ orders: 5, problems: [] });
  }, 120_000);

  it('draws its graph', async () => {
    expect((await everstep('graph', 'order-saga')).out).toContain('RefundCard');
  });
});
