import type { ApprovalNotice } from '@everstep/engine';

export interface NoticeMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const SUBJECTS: Readonly<Record<ApprovalNotice['type'], string>> = {
  'approval.opened': 'Please decide',
  'approval.reminder': 'Reminder: please decide',
  'approval.delegated': 'Delegated to you',
  'approval.escalated': 'Escalated: please decide',
};

/** `url`: where its recipient decides; null: the installation has no address that people can reach. */
export function mailOf(notice: ApprovalNotice, url: string | null): NoticeMail {
  const { type, title, description, dueAt, stateName, executionArn } = notice;
  const due = dueAt === null ? null : `Due ${new Date(dueAt).toUTCString()}`;
  const where = url === null ? 'It waits in the inbox of the console.' : `Open it and decide: ${url}`;
  const origin = `It was asked for by the state ${stateName} of ${executionArn}.`;
  const warning = url === null ? null : 'The link decides in your name: do not pass it on.';
  const lines = [title, description, due, where, warning, origin].filter((line) => line !== null);
  const button =
    url === null
      ? `<p>${escaped(where)}</p>`
      : `<p><a href="${escaped(url)}" style="display:inline-block;padding:10px 18px;background:#1f5fbf;color:#ffffff;` +
        `border-radius:6px;text-decoration:none">Open and decide</a></p>`;
  const html =
    '<div style="font-family:system-ui,sans-serif;max-width:36em;color:#1b1f24">' +
    `<h2 style="font-size:20px">${escaped(title)}</h2>` +
    (description === null ? '' : `<p style="white-space:pre-wrap">${escaped(description)}</p>`) +
    (due === null ? '' : `<p><strong>${escaped(due)}</strong></p>`) +
    button +
    `<p style="color:#57606a;font-size:13px">${[warning, origin]
      .filter((one) => one !== null)
      .map(escaped)
      .join('<br>')}</p></div>`;
  return { subject: `${SUBJECTS[type]}: ${title.replaceAll(/[\r\n]+/g, ' ')}`, text: lines.join('\n\n'), html };
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
