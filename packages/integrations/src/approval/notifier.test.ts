import type { ApprovalNotice, OutgoingRequest } from '@everstep/engine';
import { once } from 'node:events';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApprovalNotifier } from './notifier.ts';

const NOTICE: ApprovalNotice = {
  id: '0189.2.1-0',
  type: 'approval.opened',
  approvalArn: 'arn:aws:states:us-east-1:123456789012:approval:0189.2',
  title: 'Refund <b>now</b>\r\nBcc: eve@example.org',
  description: '<script>alert(1)</script> **please**',
  dueAt: Date.UTC(2026, 11, 1),
  executionArn: 'arn:aws:states:us-east-1:123456789012:execution:refunds:one',
  stateName: 'Ask',
  links: [
    { recipient: 'ann@example.org', url: 'https://steps.example.org/console/link/a.b' },
    { recipient: 'bob@example.org', url: 'https://steps.example.org/console/link/c.d' },
  ],
};

let server: SMTPServer;
let port = 0;
let mails: Array<{ readonly to: readonly string[]; readonly text: string }>;
beforeAll(async () => {
  server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    onData: (stream, { envelope }, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8').replaceAll('=\r\n', '').replaceAll('=3D', '=');
        mails.push({ to: envelope.rcptTo.map(({ address }) => address), text });
        done();
      });
    },
  });
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const address = listening.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

let sent: OutgoingRequest[];
let status: number;
let notifier: ReturnType<typeof createApprovalNotifier>;
beforeEach(() => {
  mails = [];
  sent = [];
  status = 200;
  notifier = createApprovalNotifier({
    region: 'us-east-1',
    smtp: new Map([
      ['mail', { accounts: null, timeoutMs: 5_000, from: 'steps@example.org', url: `smtp://127.0.0.1:${port}` }],
    ]),
    web: {
      gateway: null,
      outgoing: {
        async request(request) {
          sent.push(request);
          return { statusCode: status, statusText: 'Gone', headers: [], body: Buffer.alloc(0) };
        },
      },
      credentials: Object.assign(Object.create(null), {
        of: async () => ({ headers: [['Authorization', 'Bearer t']], query: [], body: [], renew: async () => null }),
      }),
    },
  });
  return () => notifier.close();
});

const signal = new AbortController().signal;

describe('notices of approvals', () => {
  it('are mails of their own for each recipient, with their own links and nothing of the title as a header', async () => {
    await notifier.send(
      NOTICE,
      { kind: 'smtp', target: 'mail', to: ['ann@example.org', 'bob@example.org'], from: null },
      signal,
    );
    expect(mails.flatMap(({ to }) => to).toSorted()).toEqual(['ann@example.org', 'bob@example.org']);
    const ann = mails.find(({ to }) => to.includes('ann@example.org'))?.text ?? '';
    expect(ann).toContain('/console/link/a.b');
    expect(ann).not.toContain('/console/link/c.d');
    expect(ann).toContain('Refund &lt;b&gt;now&lt;/b&gt;');
    expect(ann.split('\r\n\r\n')[0]).not.toMatch(/\r\nBcc:/i);
    expect(ann.slice(ann.indexOf('text/html'))).not.toContain('<script>');
    expect(ann).toMatch(/Message-ID: <0189\.2\.1-0\.0@everstep>/i);
  });

  it('say what keeps a mail from being sent', async () => {
    const way = { kind: 'smtp', target: 'nothing', to: ['ann@example.org'], from: null } as const;
    await expect(notifier.send(NOTICE, way, signal)).rejects.toThrow("There is no target 'nothing' of everstep:smtp");
  });

  it('are POSTs of JSON under a stable key, with the credentials of a connection', async () => {
    const way = { kind: 'webhook', url: 'https://chat.example.org/hook?room=1', connectionArn: 'arn' } as const;
    await notifier.send(NOTICE, way, signal);
    const [request] = sent;
    expect(request?.url.href).toBe('https://chat.example.org/hook?room=1');
    expect(request?.method).toBe('POST');
    expect(request?.headers).toEqual(
      expect.arrayContaining([
        ['Idempotency-Key', NOTICE.id],
        ['Authorization', 'Bearer t'],
      ]),
    );
    const { dueAt: _dueAt, ...shown } = NOTICE;
    expect(JSON.parse(request?.body ?? '')).toEqual({ ...shown, dueDate: '2026-12-01T00:00:00.000Z' });
    status = 410;
    await expect(notifier.send(NOTICE, way, signal)).rejects.toThrow('the webhook answered 410 Gone');
  });
});
