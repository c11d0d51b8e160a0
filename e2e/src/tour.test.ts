import { freePort, describeWith } from '@everstep/testkit';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { EverstepProcess, ROOT } from './everstep-process.ts';

const run = promisify(execFile);

interface TourStep {
  readonly commands: string;
  /** What the README says it gives; null: nothing is shown. */
  readonly shown: string | null;
}

/** The README's tour: each `sh` block, and the `text` block that follows it. */
function tourSteps(readme: string): TourStep[] {
  const tour = readme.slice(readme.indexOf('## A tour'), readme.indexOf('### Clients'));
  const blocks = [...tour.matchAll(/```(sh|text)\n([\s\S]*?)```/g)].map(([, kind, body]) => ({
    kind,
    body: body ?? '',
  }));
  return blocks.flatMap(({ kind, body }, index) => {
    if (kind !== 'sh') return [];
    const next = blocks[index + 1];
    return [{ commands: body, shown: next?.kind === 'text' ? next.body : null }];
  });
}

/** `…` stands for anything, at a line's end for the rest of it, as a line for any lines. */
function pattern(shown: string): RegExp {
  const escaped = shown.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll('…', String.raw`[\s\S]*`)}$`);
}

async function hasAwsCli(): Promise<boolean> {
  return run('aws', ['--version']).then(
    () => true,
    () => false,
  );
}

describeWith(
  { what: 'the AWS CLI', available: hasAwsCli, install: 'apt-get install awscli' },
  'the tour of the README',
  () => {
    it('typed line by line gives what it says', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'everstep-tour-'));
      // Postgres runs as another user when this runs as root; it must be able to enter.
      await chmod(folder, 0o755);
      for (const name of ['examples', 'node_modules']) await symlink(join(ROOT, name), join(folder, name));
      const port = String(await freePort());
      const server = new EverstepProcess({
        command: 'dev',
        environment: { EVERSTEP_PORT: port, EVERSTEP_DATA_DIR: join(folder, '.everstep') },
        readyUrl: `http://127.0.0.1:${port}/readyz`,
      });
      try {
        await server.start();
        await server.waitFor(/all \d+ orders ended as they must/);
        const steps = tourSteps(await readFile(join(ROOT, 'README.md'), 'utf8'));
        expect(steps.length).toBeGreaterThan(6);
        // One shell for all, as a user has it; a line between the steps tells their outputs apart.
        const mark = '=== end of step ===';
        const script = steps
          .map(({ commands }) => `${commands}\necho '${mark}'`)
          .join('\n')
          .replaceAll('127.0.0.1:8083', `127.0.0.1:${port}`);
        await writeFile(join(folder, 'tour.sh'), `set -e\nexec 2>&1\n${script}\n`);
        const environment = {
          ...process.env,
          EVERSTEP_PORT: port,
          EVERSTEP_DATA_DIR: join(folder, '.everstep'),
          AWS_PAGER: '',
        };
        const { stdout } = await run('bash', ['tour.sh'], { cwd: folder, env: environment, timeout: 90_000 });
        const outputs = stdout.split(`${mark}\n`);
        const wrong = steps.flatMap(({ commands, shown }, index) => {
          const output = (outputs[index] ?? '').trim();
          return shown === null || pattern(shown).test(output) ? [] : [{ commands, shown, output }];
        });
        expect(wrong).toEqual([]);
      } finally {
        await server.kill('SIGTERM');
        await rm(folder, { recursive: true, force: true });
      }
    }, 180_000);
  },
);
