import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { CreateActivityCommand, GetActivityTaskCommand, ListActivitiesCommand } from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, it } from 'vitest';
import { RateLimiter } from './rate-limiter.ts';
import { type ApiBench, type BenchOptions, PREFIX, rawRequest, sfnClient, startApiBench } from './testing/api-bench.ts';
import { call } from './testing/signing.ts';
import type { TlsIdentity } from './tls.ts';

let bench: ApiBench | null = null;
const folders: string[] = [];
afterEach(async () => {
  await bench?.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function start(options: BenchOptions): Promise<ApiBench> {
  bench = await startApiBench(options);
  return bench;
}

describe('the audit log', () => {
  it('has an entry of each change and each denial before its answer, without inputs', async () => {
    const open = await start({ secured: true, audit: 'changes', activityPollMs: 1 });
    const { server, context } = open;
    const key = await open.credentials();
    const client = sfnClient(server.url, { credentials: key });
    const limited = await open.credentials({
      userName: 'eve',
      policy: JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Deny', Action: '*', Resource: '*' } }),
    });
    const { $metadata } = await client.send(new CreateActivityCommand({ name: 'pack' }));
    await client.send(new ListActivitiesCommand({}));
    const activityArn = `${PREFIX}:activity:pack`;
    await client.send(new GetActivityTaskCommand({ activityArn }));
    const stop = { url: server.url, credentials: key, operation: 'StopExecution' };
    await call({ ...stop, body: JSON.stringify({ executionArn: `${PREFIX}:execution:a:b`, cause: 'hunter2' }) });
    await call({ ...stop, credentials: limited, operation: 'ListActivities', body: '{}' });
    client.destroy();
    const entries = await context.store.listAudit({ limit: 9 });
    const told = entries.map(({ userArn, action, resource, outcome }) => [
      userArn.split('/')[1],
      action,
      resource,
      outcome,
    ]);
    expect(told.toReversed()).toEqual([
      ['ada', 'states:CreateActivity', activityArn, 'OK'],
      ['ada', 'states:StopExecution', `${PREFIX}:execution:a:b`, 'ExecutionDoesNotExist'],
      ['eve', 'states:ListActivities', `${PREFIX}:activity:*`, 'AccessDeniedException'],
    ]);
    expect(entries.at(-1)).toMatchObject({
      requestId: $metadata.requestId,
      accessKeyId: key.accessKeyId,
      accountId: '123456789012',
      sourceAddress: '127.0.0.1',
    });
    expect(JSON.stringify(entries)).not.toContain('hunter2');
  });

  it.each([
    ['changes', []],
    ['all', ['StateMachineDoesNotExist']],
  ] as const)('of %s has these entries of StartSyncExecution: %j', async (audit, outcomes) => {
    const open = await start({ audit });
    const input = JSON.stringify({ stateMachineArn: `${PREFIX}:stateMachine:none` });
    await open.post('AWSStepFunctions.StartSyncExecution', input);
    const entries = await open.context.store.listAudit({ limit: 9 });
    expect(entries.map(({ outcome }) => outcome)).toEqual(outcomes);
  });

  it('that cannot be written leaves the call as it is, and the process’s log has the entry', async () => {
    const open = await start({ audit: 'changes' });
    const { context, log } = open;
    context.store.recordAudit = () => Promise.reject(new Error('no space'));
    const answer = await open.post('AWSStepFunctions.CreateActivity', '{"name":"pack"}');
    expect(answer.status).toBe(200);
    const line = log.find(({ level }) => level === 'error');
    expect(line?.fields.audit).toMatchObject({ userArn: 'anonymous', action: 'states:CreateActivity', outcome: 'OK' });
  });
});

describe('rate limits', () => {
  it('give each key and operation a bucket that fills again', () => {
    let now = 0;
    const limiter = new RateLimiter(
      new Map([
        ['*', { perSecond: 2, burst: 3 }],
        ['StopExecution', { perSecond: 1, burst: 1 }],
      ]),
      () => now,
    );
    const taken = (who: string, operation: string): number => {
      for (let count = 0; ; count++) {
        try {
          limiter.take(who, operation);
        } catch {
          return count;
        }
      }
    };
    expect([taken('a', 'X'), taken('b', 'X'), taken('a', 'Y'), taken('a', 'StopExecution')]).toEqual([3, 3, 3, 1]);
    now = 500;
    expect([taken('a', 'X'), taken('a', 'StopExecution')]).toEqual([1, 0]);
    now = 100_000;
    expect([taken('a', 'X'), taken('a', 'StopExecution')]).toEqual([3, 1]);
  });

  it('are answered so that SDKs try again', async () => {
    const { server } = await start({ rateLimits: new Map([['ListActivities', { perSecond: 20, burst: 1 }]]) });
    const client = sfnClient(server.url, { maxAttempts: 5 });
    await client.send(new ListActivitiesCommand({}));
    const second = await client.send(new ListActivitiesCommand({}));
    expect(second.$metadata.attempts).toBeGreaterThan(1);
    client.destroy();
    const once = sfnClient(server.url);
    const answers = await Promise.allSettled(Array.from({ length: 9 }, () => once.send(new ListActivitiesCommand({}))));
    const refusal = answers.find(({ status }) => status === 'rejected');
    expect(refusal).toMatchObject({ reason: { name: 'ThrottlingException', message: 'Rate exceeded' } });
    once.destroy();
  });
});

describe('TLS', () => {
  const identity = (name: string): TlsIdentity => {
    const folder = mkdtempSync(join(tmpdir(), 'everstep-tls-'));
    folders.push(folder);
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
    execFileSync('openssl', [...words, '-keyout', key, '-out', cert, '-subj', `/CN=${name}`], { stdio: 'ignore' });
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  };

  /** The name of the certificate that a new connection gets, and the answer's headers. */
  function look(url: string): Promise<{ name: string | string[] | undefined; transport: string | undefined }> {
    return new Promise((resolve, reject) => {
      const sent = get(`${url}/healthz`, { rejectUnauthorized: false, agent: false }, (response) => {
        response.resume();
        const name = sent.socket instanceof TLSSocket ? sent.socket.getPeerCertificate().subject.CN : undefined;
        resolve({ name, transport: response.headers['strict-transport-security'] });
      });
      sent.on('error', reject);
    });
  }

  it('serves by a certificate that can be exchanged, and nothing in the clear', async () => {
    const { server } = await start({ tls: identity('first.example') });
    expect(server.url).toMatch(/^https:/);
    expect(await look(server.url)).toEqual({ name: 'first.example', transport: 'max-age=15768000' });
    server.replaceTlsIdentity(identity('second.example'));
    expect(await look(server.url)).toMatchObject({ name: 'second.example' });
    expect(() => server.replaceTlsIdentity({ cert: identity('a').cert, key: identity('b').key })).toThrow();
    expect(await look(server.url)).toMatchObject({ name: 'second.example' });
    const clear = rawRequest(server.url.replace('https:', 'http:'), { method: 'GET', path: '/healthz' });
    await expect(clear).rejects.toThrow();
  });
});
