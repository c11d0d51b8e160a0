import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OIDC_CLIENT, type OidcBehaviour, type OidcProvider, startOidcProvider } from '@everstep/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, PREFIX, type RawAnswer, rawRequest, startApiBench } from '../testing/api-bench.ts';
import { AccessRules } from './access-rules.ts';

const PUBLIC = 'http://everstep.test';
const FULL = [{ groups: ['admins'], policy: 'full' }];
const LIST_ONLY = [
  {
    policy: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'states:ListStateMachines', Resource: '*' }],
    },
  },
];
const ANN = { preferred_username: 'ann', groups: ['admins', 'finance'] };

let folder = '';
let bench: ApiBench;
let provider: OidcProvider;
let rules: AccessRules;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everstep-oidc-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<title>Everstep</title>');
  provider = await startOidcProvider();
  provider.behave({ claims: ANN });
  rules = AccessRules.parse(JSON.stringify(FULL), '123456789012');
  bench = await startApiBench({
    secured: true,
    audit: 'changes',
    consoleFolder: folder,
    oidc: {
      ...OIDC_CLIENT,
      ...{ issuer: provider.issuer, scopes: 'openid profile', name: 'Example', publicUrl: PUBLIC },
      ...{ userClaim: 'preferred_username', groupsClaim: 'groups', sessionMs: 3_600_000, rules: () => rules },
    },
  });
});
afterEach(async () => {
  await bench.close();
  await provider.close();
  await rm(folder, { recursive: true, force: true });
});

const ask = (path: string, headers: Record<string, string> = {}): Promise<RawAnswer> =>
  rawRequest(bench.server.url, { method: 'GET', path, headers });

const call = (target: string, input: object, cookie: string): Promise<RawAnswer> =>
  rawRequest(bench.server.url, {
    method: 'POST',
    path: '/console/api',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target, cookie },
    body: JSON.stringify(input),
  });

const locationOf = (answer: RawAnswer): string => String(answer.headers['location']);
const cookiesOf = (answer: RawAnswer): string[] => [answer.headers['set-cookie'] ?? []].flat();
const valueOf = (cookie: string): string => cookie.split(';')[0] ?? '';

/** Leaves for the provider and comes back: what it sends the browser to, and the cookie of the flow. */
async function leave(to = '/executions?status=FAILED'): Promise<{ back: URL; flow: string }> {
  const started = await ask(`/console/oidc/start?to=${encodeURIComponent(to)}`);
  expect(started.status).toBe(302);
  const [flow = ''] = cookiesOf(started);
  expect(flow).toMatch(/; Path=\/console\/oidc; Max-Age=600; HttpOnly; SameSite=Lax$/);
  const sent = await fetch(locationOf(started), { redirect: 'manual' });
  return { back: new URL(sent.headers.get('location') ?? ''), flow: valueOf(flow) };
}

const comeBack = (back: URL, flow: string): Promise<RawAnswer> => ask(back.pathname + back.search, { cookie: flow });

async function signIn(): Promise<string> {
  const { back, flow } = await leave();
  const answer = await comeBack(back, flow);
  expect(locationOf(answer)).toBe('/console/executions?status=FAILED');
  const [session = '', ended = ''] = cookiesOf(answer);
  expect(session).toMatch(/; Path=\/console; Max-Age=3600; HttpOnly; SameSite=Strict$/);
  expect(ended).toContain('Max-Age=0');
  return valueOf(session);
}

/** What somebody gets who comes back while the provider behaves so. */
async function refusal(behaviour: OidcBehaviour): Promise<string> {
  provider.behave(behaviour);
  const { back, flow } = await leave();
  const answer = await comeBack(back, flow);
  expect(cookiesOf(answer).every((cookie) => cookie.includes('Max-Age=0'))).toBe(true);
  return locationOf(answer);
}

describe('signing in by the identity provider', () => {
  it('makes a session of who came back, in which the rules decide', async () => {
    expect(JSON.parse((await ask('/console/session')).text)).toMatchObject({ user: null, oidc: { name: 'Example' } });
    const cookie = await signIn();
    expect(JSON.parse((await ask('/console/session', { cookie })).text).user).toMatchObject({
      ...{ userArn: 'arn:aws:iam::123456789012:user/ann', userName: 'ann', groups: ['admins', 'finance'] },
      accessKeyId: null,
    });
    expect((await call('AWSStepFunctions.ListStateMachines', {}, cookie)).status).toBe(200);
    expect((await bench.post('AWSStepFunctions.ListStateMachines', '{}', { cookie })).text).toContain(
      'MissingAuthentication',
    );
    const gone = await rawRequest(bench.server.url, {
      method: 'DELETE',
      path: '/console/session',
      headers: { cookie },
    });
    expect(cookiesOf(gone)[0]).toContain('Max-Age=0');
  });

  it('what they change stands under their name in the audit log', async () => {
    const cookie = await signIn();
    await call('AWSStepFunctions.CreateActivity', { name: 'pack' }, cookie);
    const entries = await bench.context.store.listAudit({ limit: 10 });
    expect(entries).toMatchObject([
      {
        userArn: 'arn:aws:iam::123456789012:user/ann',
        accessKeyId: null,
        action: 'states:CreateActivity',
        resource: `${PREFIX}:activity:pack`,
      },
    ]);
  });

  it('another policy counts at once, and who may not sign in any more is signed out', async () => {
    const cookie = await signIn();
    rules = AccessRules.parse(JSON.stringify(LIST_ONLY), '123456789012');
    expect((await call('AWSStepFunctions.ListStateMachines', {}, cookie)).status).toBe(200);
    const denied = await call('AWSStepFunctions.CreateActivity', { name: 'pack' }, cookie);
    expect(denied.text).toContain('User: arn:aws:iam::123456789012:user/ann is not authorized');
    rules = AccessRules.parse(JSON.stringify([{ groups: ['others'], policy: 'full' }]), '123456789012');
    const out = await call('AWSStepFunctions.ListStateMachines', {}, cookie);
    expect(out.text).toContain('MissingAuthenticationTokenException');
    expect(JSON.parse((await ask('/console/session', { cookie })).text).user).toBeNull();
  });

  it('ends with its time, and no other bytes are taken for one', async () => {
    const cookie = await signIn();
    const [name = '', value = ''] = cookie.split('=');
    const [subject = '', until = '', mac = ''] = value.split('.');
    const forged = Buffer.from(JSON.stringify({ ...ANN, userName: 'root' })).toString('base64url');
    const { flow } = await leave();
    const made = [
      `${name}=~${forged}.${until}.${mac}`,
      `${name}=${subject}.${Number(until) + 1}.${mac}`,
      `${name}=${flow.split('=')[1]}`,
    ];
    for (const other of made) {
      expect((await call('AWSStepFunctions.ListStateMachines', {}, other)).text).toContain('MissingAuthentication');
    }
    bench.shiftTime(3_601_000);
    expect((await call('AWSStepFunctions.ListStateMachines', {}, cookie)).status).toBe(400);
  });

  it('asks the UserInfo endpoint for what the ID token does not tell', async () => {
    provider.behave({ claims: { preferred_username: 'ann' }, userInfo: { groups: ['admins'], sub: 'subject-1' } });
    const cookie = await signIn();
    expect(JSON.parse((await ask('/console/session', { cookie })).text).user.groups).toEqual(['admins']);
    const mixedUp = { claims: { preferred_username: 'ann' }, userInfo: { groups: ['admins'], sub: 'somebody-else' } };
    expect(await refusal(mixedUp)).toBe('/console/?sign-in=failed');
  });
});

describe('what is refused', () => {
  const now = Math.floor(Date.now() / 1_000);

  it.each<[string, OidcBehaviour, string, string]>([
    ['a nonce of another flow', { claims: ANN, token: { nonce: 'other' } }, 'failed', 'nonce'],
    ['a token of another issuer', { claims: ANN, token: { iss: 'https://evil.example' } }, 'failed', 'iss'],
    ['a token for another client', { claims: ANN, token: { aud: 'another' } }, 'failed', 'aud'],
    ['an expired token', { claims: ANN, token: { iat: now - 900, exp: now - 600 } }, 'failed', 'exp'],
    ['a token that is not signed', { claims: ANN, signature: 'none' }, 'failed', 'alg'],
    ['a token of an unknown key', { claims: ANN, signature: 'unknown-key' }, 'failed', 'signature'],
    ['a person without a name', { claims: { groups: ['admins'] } }, 'unknown', 'preferred_username'],
    [
      'a person whom no rule lets in',
      { claims: { preferred_username: 'eve', groups: ['guests'] } },
      'no-access',
      'no rule',
    ],
    ['a name that cannot be one', { claims: { ...ANN, preferred_username: 'a/b' } }, 'no-access', 'no rule'],
    [
      'more groups than a cookie holds',
      { claims: { ...ANN, groups: ['admins', 'x'.repeat(4_000)] } },
      'no-access',
      'fewer groups',
    ],
    ['what the provider denies', { isDenied: true }, 'denied', 'access_denied'],
  ])('%s', async (_what, behaviour, reason, why) => {
    expect(await refusal(behaviour)).toBe(`/console/?sign-in=${reason}`);
    const told = bench.log.find(({ message }) => message.startsWith('nobody was signed in'));
    expect(told?.fields).toMatchObject({ reason, why: expect.stringContaining(why) });
    expect(JSON.stringify(bench.log)).not.toMatch(/eyJ|of-the-client/);
  });

  it('a state that this browser did not leave with', async () => {
    const { back, flow } = await leave();
    const other = await leave();
    expect(locationOf(await comeBack(other.back, flow))).toBe('/console/?sign-in=failed');
    expect(locationOf(await comeBack(back, ''))).toBe('/console/?sign-in=expired');
    expect(locationOf(await comeBack(back, `${flow}x`))).toBe('/console/?sign-in=expired');
    back.searchParams.delete('state');
    expect(locationOf(await comeBack(back, flow))).toBe('/console/?sign-in=failed');
  });

  it('a code that was used, and a flow that took too long', async () => {
    const { back, flow } = await leave();
    expect(locationOf(await comeBack(back, flow))).toBe('/console/executions?status=FAILED');
    expect(locationOf(await comeBack(back, flow))).toBe('/console/?sign-in=failed');
    const late = await leave();
    bench.shiftTime(601_000);
    expect(locationOf(await comeBack(late.back, late.flow))).toBe('/console/?sign-in=expired');
  });

  it('places outside of the console to go on at', async () => {
    for (const to of ['https://evil.example/', '//evil.example', '/\\evil.example', '/a\r\nset-cookie: x', 'evil']) {
      const { back, flow } = await leave(to);
      expect(locationOf(await comeBack(back, flow))).toBe('/console/');
    }
  });

  it('everybody, while the provider is away', async () => {
    await provider.close();
    expect(locationOf(await ask('/console/oidc/start'))).toBe('/console/?sign-in=unreachable');
  });
});
