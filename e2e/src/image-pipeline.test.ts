import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { EverstepProcess, freePort, IMAGES_EXAMPLE } from './everstep-process.ts';

interface ImagesReport {
  readonly images: number;
  readonly thumbnails: number;
  readonly failed: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}

let cleanups: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
  cleanups = [];
});

describe('the example image-pipeline', () => {
  it('makes a thumbnail of every image that is whole, and tells of the others', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'everstep-images-'));
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
    const args = [join(IMAGES_EXAMPLE, 'run.mjs'), '--endpoint', endpoint, '--images', '75', '--json', file];
    const script = spawn(process.execPath, args, { env: { ...process.env, ...environment }, stdio: 'inherit' });
    await once(script, 'close');
    expect(script.exitCode).toBe(0);
    const report: ImagesReport = JSON.parse(await readFile(file, 'utf8'));
    expect(report).toMatchObject({ images: 75, thumbnails: 72, failed: 3, problems: [] });
    expect(report.counts).toMatchObject({ total: 75, succeeded: 72, failed: 3, running: 0, pending: 0 });
  }, 180_000);
});
