import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { settingRows } from '../services/everstep/src/settings/table.ts';
import { ROOT } from './tidy/sources.ts';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly deploy?: { readonly replicas?: number };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const compose: Compose = parse(text('docker-compose.yml'), { merge: true });
const services = Object.entries(compose.services);
const own = services.filter(([, { build }]) => build !== undefined);
const settingNames = new Set(settingRows().map(({ name }) => name));

/** Dockerfile's instructions, comments and continued lines put right. */
const instructions = text('Dockerfile')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => ({ name: line.split(' ')[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }));

describe('docker-compose.yml', () => {
  it('runs every process of Everstep, two workers among them', () => {
    expect(services.map(([name]) => name).sort()).toEqual(
      ['api', 'migrate', 'postgres', 'redis', 'scheduler', 'worker'].sort(),
    );
    expect(compose.services.worker?.deploy?.replicas).toBe(2);
  });

  it('starts each by a command that exists', () => {
    for (const [name, { command }] of own) {
      expect(existsSync(join(ROOT, `services/everstep/src/commands/${command?.[0]}.ts`)), name).toBe(true);
    }
  });

  it('sees whether each that keeps running is healthy', () => {
    const without = services.filter(([name, { healthcheck }]) => name !== 'migrate' && healthcheck === undefined);
    expect(without.map(([name]) => name)).toEqual([]);
  });

  it('waits for what each needs', () => {
    const { postgres, ...rest } = compose.services;
    expect(postgres).toBeDefined();
    expect(rest.migrate?.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    for (const [name, { depends_on }] of own.filter(([service]) => service !== 'migrate')) {
      expect(depends_on?.migrate, name).toEqual({ condition: 'service_completed_successfully' });
    }
    for (const [name, { depends_on, healthcheck }] of services) {
      for (const [needed, { condition }] of Object.entries(depends_on ?? {})) {
        const test = compose.services[needed]?.healthcheck?.test ?? compose.services[needed]?.command;
        expect(test, `${name} needs ${needed} (${condition})`).toBeDefined();
      }
      expect(healthcheck?.test[0] ?? 'CMD', name).toMatch(/^CMD(-SHELL)?$/);
    }
  });

  it('opens ports to this machine only', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('sets only settings that exist', () => {
    const names = own.flatMap(([, { environment }]) => Object.keys(environment ?? {}));
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !settingNames.has(name))).toEqual([]);
  });

  it('listens beyond its container only where it says so', () => {
    for (const [name, { environment }] of own) {
      const open = environment?.EVERSTEP_HOST === '0.0.0.0';
      expect(environment?.EVERSTEP_AUTH, name).toBe(open ? '${EVERSTEP_AUTH:-none}' : undefined);
    }
  });

  it('gives the master key to who checks signatures and to who uses connections', () => {
    for (const [name, { environment }] of own) {
      const expected = name === 'api' || name === 'worker' ? '${EVERSTEP_MASTER_KEY:-}' : undefined;
      expect(environment?.EVERSTEP_MASTER_KEY, name).toBe(expected);
    }
  });

  it('holds no password, and takes it from the file that its first lines name', () => {
    const passwords = text('docker-compose.yml').match(/PASSWORD\S*/g) ?? [];
    expect(passwords.every((one) => one.includes('${') || /^PASSWORD[:?]/.test(one))).toBe(true);
    const asked = [...text('docker-compose.yml').matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name);
    for (const name of new Set(asked)) expect(text('deploy/example.env')).toMatch(new RegExp(`^${name}=$`, 'm'));
  });

  it('mounts volumes that are declared and folders that exist', () => {
    const sources = services
      .flatMap(([, service]) => service.volumes ?? [])
      .map((volume) => volume.split(':')[0] ?? '');
    const [folders, named] = [
      sources.filter((one) => one.startsWith('.')),
      sources.filter((one) => !one.startsWith('.')),
    ];
    expect(folders.length).toBeGreaterThan(0);
    expect(folders.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    expect(named.filter((name) => !(name in compose.volumes))).toEqual([]);
  });
});

describe('Dockerfile', () => {
  const named = (name: string): string[] => instructions.filter((one) => one.name === name).map(({ rest }) => rest);

  it('builds in one stage and runs in another, as a user who is not root', () => {
    const stages = named('FROM');
    expect(stages.length).toBeGreaterThan(1);
    const last = instructions.map(({ name }) => name).lastIndexOf('FROM');
    const users = instructions.slice(last).filter(({ name }) => name === 'USER');
    expect(users.at(-1)?.rest).toBe('node');
  });

  it('copies only what exists', () => {
    const stages = new Set(named('FROM').flatMap((rest) => / AS (\w+)$/.exec(rest)?.[1] ?? []));
    const copies = named('COPY').map((copy) => copy.split(' ').slice(0, -1));
    expect(copies.length).toBeGreaterThan(0);
    const missing = copies.flatMap((words) => {
      const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
      if (from === undefined) return words.filter((path) => !existsSync(join(ROOT, path)));
      if (!stages.has(from)) return [from];
      const inWorkspace = words.slice(1).flatMap((path) => /^\/everstep\/(.*)$/.exec(path)?.[1] ?? []);
      return inWorkspace.filter((path) => !existsSync(join(ROOT, path)));
    });
    expect(missing).toEqual([]);
  });

  it('runs scripts of package.json and the pnpm of the scripts', () => {
    const { scripts } = JSON.parse(text('package.json'));
    const runs = named('RUN').join('\n');
    for (const [, script] of runs.matchAll(/pnpm run (\S+)/g)) expect(Object.keys(scripts)).toContain(script);
    const pinned = /PNPM_VERSION = '([^']+)'/.exec(text('scripts/toolchain.mjs'))?.[1];
    expect(runs).toContain(`pnpm@${pinned}`);
    expect(JSON.parse(text('package.json')).packageManager).toBe(`pnpm@${pinned}`);
  });

  it('starts a program that the build makes, with a command that exists', () => {
    const entry: unknown = JSON.parse(named('ENTRYPOINT')[0] ?? '');
    expect(entry).toEqual(['node', 'dist/main.js']);
    expect(JSON.parse(text('services/everstep/package.json')).bin.everstep).toBe('./dist/main.js');
    const [command]: string[] = JSON.parse(named('CMD')[0] ?? '[]');
    expect(existsSync(join(ROOT, `services/everstep/src/commands/${command}.ts`))).toBe(true);
  });

  it('keeps secrets and what was built elsewhere out', () => {
    const ignored = text('.dockerignore').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['.env', '.git', '**/node_modules', '**/dist', '.everstep']));
  });
});
