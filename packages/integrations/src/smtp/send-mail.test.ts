import type { TaskOutcome, TaskRequest } from '@everstep/engine';
import type { Json } from '@everstep/language';
import { TestWay, contractRequest } from '@everstep/testkit';
import { once } from 'node:events';
import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OwnIntegration } from '../targets/own-integration.ts';
import { createSmtpSendMailIntegration } from './send-mail.ts';

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

let server: SMTPServer;
let way: TestWay;
let mails: Mail[];
let integration: OwnIntegration;

beforeAll(async () => {
  server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    hideSTARTTLS: true,
    onAuth: ({ username, password }, _session, done) => {
      if (username === 'u' && password === 'p:w') done(null, { user: username });
      else done(new Error('Invalid username or password'));
    },
    onRcptTo: ({ address }, _session, done) => {
      if (address.startsWith('nobody@')) done(Object.assign(new Error('no such mailbox'), { responseCode: 550 }));
      else done();
    },
    onData: (stream, { envelope }, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        mails.push({ from, to: rcptTo.map(({ address }) => address), text: Buffer.concat(chunks).toString('utf8') });
        done();
      });
    },
  });
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const address = listening.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
  way = await TestWay.to(port);
});
let port = 0;
afterAll(async () => {
  await way.close();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});
beforeEach(() => {
  mails = [];
  const base = { accounts: null, timeoutMs: 5_000, from: 'Shop <shop@example.com>' };
  integration = createSmtpSendMailIntegration(
    new Map([
      ['mail', { ...base, url: `smtp://u:p%3Aw@127.0.0.1:${port}` }],
      ['nameless', { ...base, url: `smtp://127.0.0.1:${port}`, from: null }],
      ['far', { ...base, url: `smtp://127.0.0.1:${way.port}`, timeoutMs: 500 }],
      ['nowhere', { ...base, url: 'smtp://127.0.0.1:1' }],
      ['stranger', { ...base, url: `smtp://u:wrong@127.0.0.1:${port}` }],
    ]),
  );
});
afterEach(async () => {
  way.release();
  way.cut();
  await integration.close?.();
});

const send = (parameters: object, more: Partial<TaskRequest> = {}): Promise<TaskOutcome> => {
  const given: Json = {
    Target: 'mail',
    To: 'anna@example.com',
    Subject: 'Your order',
    Text: 'It is there.',
    ...parameters,
  };
  return integration.perform(contractRequest('everstep:smtp:sendMail', given, more));
};
const failed = (error: string, cause = /./) => ({ type: 'failed', error, cause: expect.stringMatching(cause) });

describe('everstep:smtp:sendMail', () => {
  it('sends a mail, whose Message-ID is the attempt’s', async () => {
    const outcome = await send({
      To: ['anna@example.com', 'Ben <ben@example.com>'],
      Cc: 'carl@example.com',
      Bcc: ['dora@example.com'],
      ReplyTo: 'help@example.com',
      Html: '<p>It is <b>there</b>.</p>',
      Headers: { 'X-Order': 7 },
      Attachments: [{ FileName: 'a.txt', Content: 'aGVsbG8=', Encoding: 'base64', ContentType: 'text/plain' }],
    });
    expect(outcome).toMatchObject({
      type: 'succeeded',
      output: {
        MessageId: '<e-3@everstep>',
        Accepted: ['anna@example.com', 'ben@example.com', 'carl@example.com', 'dora@example.com'],
        Rejected: [],
        Response: expect.stringMatching(/^250/),
      },
    });
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatchObject({ from: 'shop@example.com', to: expect.arrayContaining(['dora@example.com']) });
    for (const part of ['Message-ID: <e-3@everstep>', 'X-Order: 7', 'Reply-To: help@example.com', 'aGVsbG8=']) {
      expect(mails[0]?.text).toContain(part);
    }
    expect(mails[0]?.text).not.toContain('dora@example.com');
  });

  it('tells who was not taken, and fails where nobody was', async () => {
    expect(await send({ To: ['nobody@example.com', 'anna@example.com'] })).toMatchObject({
      output: { Accepted: ['anna@example.com'], Rejected: ['nobody@example.com'] },
    });
    expect(await send({ To: 'nobody@example.com' })).toMatchObject(failed('SMTP.Refused', /no such mailbox/));
  });

  it('lets no data become a header, a file or an address that is fetched', async () => {
    await send({ Subject: 'Hello\r\nBcc: eve@example.com', Headers: { 'X-A': 'b\r\nX-Evil: yes' } });
    expect(mails[0]?.to).toEqual(['anna@example.com']);
    expect(mails[0]?.text).not.toMatch(/^(Bcc|X-Evil):/m);
    expect(await send({ Attachments: [{ FileName: 'p', path: '/etc/passwd' }] })).toMatchObject(
      failed('States.Runtime', /Attachments\[0\]/),
    );
  });

  it('wants a sender, from the state or the target', async () => {
    expect(await send({ Target: 'nameless' })).toMatchObject(failed('States.Runtime', /'From' is required/));
    expect(await send({ Target: 'nameless', From: 'a@example.com' })).toMatchObject({ type: 'succeeded' });
  });

  it('names what goes wrong on the way', async () => {
    expect(await send({ Target: 'nowhere' })).toMatchObject(failed('SMTP.ConnectionFailed'));
    expect(await send({ Target: 'stranger' })).toMatchObject(failed('SMTP.AuthenticationFailed'));
    way.hold();
    expect(await send({ Target: 'far' })).toMatchObject(failed('SMTP.TimedOut'));
  });

  it('sends by a new connection where the last one was cut', async () => {
    expect(await send({ Target: 'far' })).toMatchObject({ type: 'succeeded' });
    way.cut();
    let last = await send({ Target: 'far' });
    // The client hears of the cut a moment later than this call does.
    if (last.type === 'failed') last = await send({ Target: 'far' });
    expect(last).toMatchObject({ type: 'succeeded' });
  });

  it('is checked', async () => {
    expect(await integration.check('mail')).toBeNull();
    expect(await integration.check('stranger')).toContain('SMTP.AuthenticationFailed');
  });
});
