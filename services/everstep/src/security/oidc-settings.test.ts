import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OidcOptions } from '@everstep/api-service';
import { silentLogger } from '@everstep/engine';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../config.ts';
import { openOidc } from './oidc-settings.ts';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'everstep-oidc-'));
  file = join(folder, 'access.json');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const SETTINGS = {
  EVERSTEP_AUTH: 'required',
  EVERSTEP_OIDC_ISSUER: 'https://login.example.org',
  EVERSTEP_OIDC_CLIENT_ID: 'everstep',
  EVERSTEP_PUBLIC_URL: 'https://everstep.example.org/',
};
const open = (more: object = {}): OidcOptions | null =>
  openOidc(readConfig({ ...SETTINGS, EVERSTEP_OIDC_ACCESS_FILE: file, ...more }), silentLogger);
const ann = (groups: string[]) => ({ userName: 'ann', groups, claims: {} });
const write = (group: string): void => writeFileSync(file, JSON.stringify([{ groups: [group], policy: 'full' }]));

describe('the settings of the identity provider', () => {
  it('are all there, or none', () => {
    expect(openOidc(readConfig({}), silentLogger)).toBeNull();
    const alone = { EVERSTEP_OIDC_ISSUER: 'https://login.example.org' };
    expect(() => readConfig(alone)).toThrow(
      /CLIENT_ID: it is not set[\s\S]*ACCESS_FILE[\s\S]*PUBLIC_URL[\s\S]*AUTH=required/,
    );
    expect(() => readConfig({ EVERSTEP_OIDC_CLIENT_SECRET: 'hidden' })).toThrow('EVERSTEP_OIDC_ISSUER: it is not set');
  });

  it('take no provider without TLS but on this machine', () => {
    write('admins');
    for (const issuer of ['http://login.example.org', 'https://a:b@login.example.org', 'https://x/?a', 'login']) {
      expect(() => open({ EVERSTEP_OIDC_ISSUER: issuer })).toThrow('EVERSTEP_OIDC_ISSUER');
    }
    expect(open({ EVERSTEP_OIDC_ISSUER: 'http://127.0.0.1:9000/realms/a' })?.issuer).toContain('/realms/a');
    expect(() => open({ EVERSTEP_OIDC_SCOPES: 'profile' })).toThrow('EVERSTEP_OIDC_SCOPES');
    expect(open()).toMatchObject({
      publicUrl: 'https://everstep.example.org',
      clientSecret: null,
      sessionMs: 28_800_000,
    });
  });

  it('name a file of rules that is right, and a changed one counts', () => {
    expect(() => open()).toThrow(`EVERSTEP_OIDC_ACCESS_FILE: ${file}: `);
    writeFileSync(file, '[]');
    expect(() => open()).toThrow('it must be a list of rules');
    write('admins');
    const clock = vi.spyOn(performance, 'now');
    const later = (milliseconds: number): void => void clock.mockReturnValue(milliseconds);
    later(0);
    const oidc = open();
    expect(oidc?.rules().callerOf(ann(['admins']))).not.toBeNull();
    write('operators');
    expect(oidc?.rules().callerOf(ann(['admins']))).not.toBeNull();
    later(2_001);
    expect(oidc?.rules().callerOf(ann(['admins']))).toBeNull();
    expect(oidc?.rules().callerOf(ann(['operators']))).not.toBeNull();
    writeFileSync(file, 'half of a fi');
    later(4_002);
    expect(oidc?.rules().callerOf(ann(['operators']))).not.toBeNull();
  });
});
