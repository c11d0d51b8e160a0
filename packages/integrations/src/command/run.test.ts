import type { TaskOutcome, TaskRequest } from '@everstep/engine';
import type { Json } from '@everstep/language';
import { contractRequest } from '@everstep/testkit';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OwnIntegration } from '../targets/own-integration.ts';
import type { CommandTarget } from '../targets/target.ts';
import { createCommandRunIntegration } from './run.ts';

let folder: string;
let integration: OwnIntegration;

/** A program of this Node. */
function program(text: string, more: Partial<CommandTarget> = {}): CommandTarget {
  return {
    accounts: null,
    timeoutMs: 20_000,
    executable: process.execPath,
    arguments: ['-e', text],
    environment: {},
    workingDirectory: folder,
    maxOutputBytes: 1_000,
    output: 'text',
    ...more,
  };
}

const SHOW = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
const LINGER = `
  const { spawn } = require('node:child_process');
  const { writeFileSync } = require('node:fs');
  process.on('SIGTERM', () => {});
  const child = spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"], { stdio: 'ignore' });
  child.on('spawn', () => writeFileSync('pids', process.pid + ' ' + child.pid));
  setInterval(() => {}, 1000);`;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everstep-command-'));
  const shown = [{ pattern: '[0-9]+x[0-9]+' }, { pattern: '[^-].*' }].map(
    ({ pattern }) => new RegExp(`^(?:${pattern})$`, 'su'),
  );
  integration = createCommandRunIntegration(
    new Map([
      ['show', program(SHOW, { arguments: ['-e', SHOW, '--', '--size', ...shown], output: 'json' })],
      ['echo', program('process.stdin.pipe(process.stdout)')],
      [
        'environment',
        program('process.stdout.write(JSON.stringify([process.env, process.cwd()]))', {
          environment: { COLOUR: 'blue' },
          maxOutputBytes: 10_000,
          output: 'json',
        }),
      ],
      ['fail', program("process.stderr.write('x'.repeat(40_000) + 'out of paper'); process.exitCode = 3")],
      ['linger', program(LINGER, { timeoutMs: 1_500 })],
      ['patient', program(LINGER)],
      ['loud', program("setInterval(() => process.stdout.write('x'.repeat(10_000)), 1)")],
      ['prose', program("process.stdout.write('hello')", { output: 'json' })],
      ['missing', program('', { executable: '/nowhere/program' })],
      ['deaf', program("process.stdin.destroy(); process.stdout.write('well')")],
    ]),
  );
});
afterEach(async () => {
  await integration.close?.();
  await rm(folder, { recursive: true, force: true });
});

const run = (Command: string, parameters: object = {}, more: Partial<TaskRequest> = {}): Promise<TaskOutcome> => {
  const given: Json = { Command, ...parameters };
  return integration.perform(contractRequest('everstep:command:run', given, more));
};
const failed = (error: string, cause = /./) => ({ type: 'failed', error, cause: expect.stringMatching(cause) });

async function untilExists(file: string): Promise<void> {
  while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 10));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** What `linger` has started, and itself. */
async function untilGone(): Promise<void> {
  const pids = (await readFile(join(folder, 'pids'), 'utf8')).split(' ').map(Number);
  while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('everstep:command:run', () => {
  it('runs a program of the list, with arguments that match its patterns, and no shell', async () => {
    expect(await run('show', { Arguments: ['10x20', '$(id) `id` ; *'] })).toEqual({
      type: 'succeeded',
      output: { ExitCode: 0, Output: ['--size', '10x20', '$(id) `id` ; *'], ErrorOutput: '' },
    });
    for (const Arguments of [['10x20', '--evil'], ['10x20\n', 'a'], ['10', 'a'], ['1x1'], ['1x1', 'a\u0000b'], []]) {
      expect(await run('show', { Arguments })).toMatchObject(failed('States.Runtime', /Arguments/));
    }
    expect(await run('rm')).toMatchObject(failed('States.Runtime', /no target 'rm'/));
  });

  it('gives it the input, and nothing of the server’s environment', async () => {
    expect(await run('echo', { Input: { a: [1] } })).toMatchObject({ output: { Output: '{"a":[1]}' } });
    process.env['EVERSTEP_TEST_SECRET'] = 'secret';
    const outcome = await run('environment');
    delete process.env['EVERSTEP_TEST_SECRET'];
    expect(outcome).toMatchObject({
      output: {
        Output: [
          { COLOUR: 'blue', EVERSTEP_ATTEMPT_ID: 'e-3', EVERSTEP_EXECUTION_ARN: expect.stringContaining('execution') },
          folder,
        ],
      },
    });
    expect(JSON.stringify(outcome)).not.toContain('secret');
    expect(await run('deaf', { Input: 'x'.repeat(200_000) })).toMatchObject({ output: { Output: 'well' } });
  });

  it('fails with what it wrote at last, where it ends badly', async () => {
    const outcome = await run('fail');
    expect(outcome).toMatchObject(failed('Command.Failed', /out of paper/));
    const cause: unknown = JSON.parse(outcome.type === 'failed' ? outcome.cause : 'null');
    expect(cause).toMatchObject({ ExitCode: 3, Signal: null });
    expect(JSON.stringify(cause).length).toBeLessThan(20_000);
    expect(await run('missing')).toMatchObject(failed('Command.NotStarted', /ENOENT/));
    expect(await run('prose')).toMatchObject(failed('Command.InvalidOutput', /hello/));
  });

  it('is ended with all that it has started, when its time is over or nobody wants it', async () => {
    expect(await run('linger')).toMatchObject(failed('Command.TimedOut', /1500 ms/));
    await untilGone();
    await rm(join(folder, 'pids'));
    const controller = new AbortController();
    const running = run('patient', {}, { signal: controller.signal });
    await untilExists(join(folder, 'pids'));
    controller.abort();
    expect((await running).type).toBe('failed');
    await untilGone();
  });

  it('is ended where it writes more than it may', async () => {
    expect(await run('loud')).toMatchObject(failed('States.DataLimitExceeded'));
  });

  it('is checked', async () => {
    expect(await integration.check('echo')).toBeNull();
    expect(await integration.check('missing')).toContain('ENOENT');
  });
});
