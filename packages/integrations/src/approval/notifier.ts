import {
  type ApprovalNotice,
  type ApprovalNotifier,
  type ApprovalNotify,
  OutgoingFailedError,
  type TaskRequest,
} from '@everstep/engine';
import type { JsonObject, TaskResource } from '@everstep/language';
import { accountOfArn } from '@everstep/protocol';
import { httpRequest } from '../http/http-request.ts';
import type { WebAccess } from '../registry.ts';
import { createSmtpSendMailIntegration } from '../smtp/send-mail.ts';
import type { SmtpTarget } from '../targets/target.ts';
import { mailOf } from './notice-mail.ts';

export interface ApprovalNotifierOptions {
  readonly web: WebAccess;
  readonly smtp: ReadonlyMap<string, SmtpTarget>;
  readonly region: string;
}

const MAX_ANSWER_BYTES = 64 * 1024;
const NOTHING_ADDED = { headers: [], query: [], body: [] };
const SEND_MAIL: TaskResource = {
  arn: 'arn:aws:states:::everstep:smtp:sendMail',
  kind: 'integration',
  ...{
    service: 'everstep:smtp',
    operation: 'sendMail',
    action: 'sendMail',
    pattern: 'requestResponse',
    syncVersion: 1,
  },
};

/**
 * Tells people of approvals: a POST with JSON through the installation's one way out, with the credentials of a connection
 * where one is named; or a mail to each recipient by itself, since each has a link of their own.
 */
export function createApprovalNotifier(
  options: ApprovalNotifierOptions,
): ApprovalNotifier & { close(): Promise<void> } {
  const mails = createSmtpSendMailIntegration(options.smtp);
  return {
    async send(notice, way, signal) {
      if (way.kind === 'webhook') return postNotice(options.web, options.region, { notice, way, signal });
      const base = { resource: SEND_MAIL, executionArn: notice.executionArn, stateName: notice.stateName, signal };
      await Promise.all(
        way.to.map(async (recipient, index) => {
          const attemptId = `${notice.id}.${index}`;
          const outcome = await mails.perform(mailRequest(base, attemptId, mailParameters(notice, way, recipient)));
          if (outcome.type === 'failed') throw new Error(`${outcome.error}: ${outcome.cause}`);
        }),
      );
    },
    async close() {
      await mails.close?.();
    },
  };
}

interface Posting {
  readonly notice: ApprovalNotice;
  readonly way: ApprovalNotify & { readonly kind: 'webhook' };
  readonly signal: AbortSignal;
}

async function postNotice({ outgoing, credentials }: WebAccess, region: string, posting: Posting): Promise<void> {
  const { notice, way, signal } = posting;
  const { connectionArn, url } = way;
  const added =
    connectionArn === null ? NOTHING_ADDED : await credentials.of(connectionArn, accountOfArn(notice.executionArn));
  const { dueAt, description, ...shown } = notice;
  const body: JsonObject = {
    ...shown,
    links: notice.links.map((link) => ({ ...link })),
    ...(description === null ? {} : { description }),
    ...(dueAt === null ? {} : { dueDate: new Date(dueAt).toISOString() }),
  };
  const call = {
    ...{ method: 'POST', url: new URL(url), query: [], body, formArrays: null, connectionArn: connectionArn ?? '' },
    headers: [
      ['Content-Type', 'application/json; charset=UTF-8'],
      ['Idempotency-Key', notice.id],
    ] as const,
  };
  const request = httpRequest(call, added, region);
  const answer = await outgoing.request({ ...request, maxAnswerBytes: MAX_ANSWER_BYTES, signal });
  if (answer.statusCode >= 200 && answer.statusCode <= 299) return;
  throw new OutgoingFailedError('broken', `the webhook answered ${answer.statusCode} ${answer.statusText}`);
}

function mailRequest(
  base: Pick<TaskRequest, 'resource' | 'executionArn' | 'stateName' | 'signal'>,
  attemptId: string,
  parameters: JsonObject,
): TaskRequest {
  const nobody = { executionId: '', stateMachineArn: '', taskId: 0, token: null, roleArn: null, timeoutAt: null };
  return { ...base, ...nobody, attemptId, parameters };
}

function mailParameters(
  notice: ApprovalNotice,
  { target, from }: ApprovalNotify & { readonly kind: 'smtp' },
  recipient: string,
): JsonObject {
  const url = notice.links.find((link) => link.recipient === recipient)?.url ?? null;
  const { subject, text, html } = mailOf(notice, url);
  return {
    ...{ Target: target, To: recipient, Subject: subject, Text: text, Html: html },
    ...(from === null ? {} : { From: from }),
  };
}
