import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { EverstepProcess, EXPRESS_EXAMPLE, freePort } from './everstep-process.ts';

interface CartsReport {
  readonly carts: number;
  readonly refused: number;
  readonly alone: { readonly events: number };
  readonly withExpress: { readonly events: number };
  readonly report: string | null;
  readonly problems: readonly string[];
}

let cleanups: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
  cleanups = [];
});

describe('the example standard-calls-express', () => {
  it('prices every cart, in a shorter history, and finds its report in the log', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'everstep-express-'));
    await chmod(dataDir, 0o755);
    cleanups.push(() => rm(dataDir, { recursive: true, force: true }));
    const port = await freePort();
    const endpoint = `http://127.0.0.1:${port}`;
    const environment = { EVERSTEP_PORT: String(port), EVERSTEP_DATA_DIR: dataDir };
    const server = new EverstepProcess({
      command: 'dev',
      args: ['--empty'],
      environment,
      readyUrl: `${endpoint}/readyz`,
    });
    cleanups.push(() => server.kill('SIGTERM'));
    await server.start();
    const file = join(dataDir, 'report.json');
    const args = [join(EXPRESS_EXAMPLE, 'run.mjs'), '--endpoint', endpoint, '--carts', '60', '--json', file];
    const script = spawn(process.execPath, args, { env: { ...process.env, ...environment }, stdio: 'inherit' });
    await once(script, 'close');
    expect(script.exitCode).toBe(0);
    const report: CartsReport = JSON.parse(await readFile(file, 'utf8'));
    expect(report).toMatchObject({ carts: 60, refused: 3, problems: [] });
    expect(report.report).toMatch(/^57 carts for \d+ cents$/);
    expect(report.withExpress.events * 2).toBeLessThan(report.alone.events);
  }, 120_000);
});
