import type { ApprovalListItem, ApprovalTrailItem, operations } from '@everstep/protocol';
import { type Command, Option } from 'commander';
import { ApprovalApi } from '../api-client/approvals.ts';
import { callApi, type ConnectionOptions, withConnection } from '../api-client/connection.ts';
import { ExitCode } from '../api-client/exit-codes.ts';
import { readText } from '../definition/definition-file.ts';
import { textTable } from '../terminal/table.ts';
import { printable } from '../terminal/styles.ts';
import { shownTime } from '../terminal/times.ts';
import { UsageCommand } from '../terminal/usage-command.ts';

const HELP = `
What people are asked for by states with the resource everstep:approval.waitForTaskToken. An approval is named by its ARN,
or by as much of its end as tells it from the others. Only servers of Everstep know approvals.

  everstep approvals list --mine
  everstep approvals show 019b76da-a800-7fc2-893d-cc62167f09ea.3
  everstep approvals decide ….3 approve --form '{"amount": 10}' --comment 'as agreed'
  everstep approvals delegate ….3 bob

Exit code: 0 done; 2 it is not clear which one is meant; 3 the server refused, such as an approval that somebody else has
decided; 4 the server did not answer.`;

interface JsonOption {
  readonly json: boolean;
}

export function approvalsCommand(): Command {
  const command = new UsageCommand('approvals')
    .description('what people are asked for: list, show, decide, claim, delegate')
    .addHelpText('after', HELP);
  for (const make of [listCommand, showCommand, decideCommand, claimCommand, releaseCommand, delegateCommand]) {
    command.addCommand(make());
  }
  return command.addCommand(commentCommand());
}

function naming(word: string, description: string): Command {
  return withConnection(new UsageCommand(word))
    .description(description)
    .argument('<approval>', 'its ARN, or the end of it');
}

type Work = (api: ApprovalApi) => Promise<number>;

function callApprovals(options: ConnectionOptions, work: Work): Promise<void> {
  return callApi(options, (connection) => work(new ApprovalApi(connection)));
}

/** With the ARN of the open approval that a text means. */
function callOne(options: ConnectionOptions, which: string, work: (api: ApprovalApi, arn: string) => Promise<number>) {
  return callApprovals(options, async (api) => {
    if (which.startsWith('arn:')) return work(api, which);
    const found: string[] = [];
    for await (const { approvalArn } of api.list({ scope: 'ALL', status: 'OPEN' })) {
      if (approvalArn.endsWith(which)) found.push(approvalArn);
    }
    const [arn] = found;
    if (arn !== undefined && found.length === 1) return work(api, arn);
    const told = found.length === 0 ? 'No open approval ends' : `${found.length} open approvals end`;
    console.error(`${told} with ${printable(which)}.${found.map((one) => `\n  ${one}`).join('')}`);
    return ExitCode.USAGE;
  });
}

interface ListOptions extends ConnectionOptions, JsonOption {
  readonly mine: boolean;
  readonly groups: boolean;
  readonly closed: boolean;
}

function listCommand(): Command {
  return withConnection(new UsageCommand('list'))
    .description('what waits, overdue ones first')
    .addOption(new Option('--mine', 'only those for this user by name').default(false).conflicts('groups'))
    .addOption(new Option('--groups', 'only those for this user’s groups, or for everybody').default(false))
    .option('--closed', 'those that are decided or over, the last first', false)
    .option('--json', 'one JSON object a line', false)
    .action((options: ListOptions) =>
      callApprovals(options, async (api) => {
        const scope = options.mine ? 'MINE' : options.groups ? 'GROUPS' : 'ALL';
        const found: ApprovalListItem[] = [];
        for await (const one of api.list({ scope, status: options.closed ? 'CLOSED' : 'OPEN' })) found.push(one);
        if (options.json) for (const one of found) console.log(JSON.stringify(one));
        else if (found.length === 0)
          console.log(options.closed ? 'Nothing was decided yet.' : 'Nothing waits for a decision.');
        else console.log(textTable(['APPROVAL', 'TITLE', 'STATUS', 'FOR', 'DUE'], found.map(listCells)));
        return ExitCode.OK;
      }),
    );
}

function listCells(item: ApprovalListItem): string[] {
  const { approvalArn, title = '(sealed)', status, choice, dueDate, decisions, quorum } = item;
  const votes = status === 'OPEN' && quorum > 1 ? ` ${decisions} of ${quorum}` : '';
  const shown = choice === undefined ? `${status}${votes}` : `${status} ${choice}`;
  return [approvalArn.split(':').pop() ?? '', title, shown, whoText(item), dueText(dueDate)];
}

function whoText({ assignees, groups, claimedBy }: ApprovalListItem): string {
  if (claimedBy !== undefined) return `${claimedBy} (claimed)`;
  const names = [...assignees, ...groups.map((group) => `@${group}`)];
  return names.length === 0 ? 'everybody' : names.join(', ');
}

function dueText(dueDate: number | undefined): string {
  if (dueDate === undefined) return '-';
  const at = dueDate * 1_000;
  return at < Date.now() ? `${shownTime(at)} OVERDUE` : shownTime(at);
}

function showCommand(): Command {
  return naming('show', 'what is asked, by whom it may be decided, and what happened so far')
    .option('--json', 'as JSON', false)
    .action((which: string, options: ConnectionOptions & JsonOption) =>
      callOne(options, which, async (api, arn) => {
        const approval = await api.describe(arn);
        console.log(options.json ? JSON.stringify(approval) : shown(approval));
        return ExitCode.OK;
      }),
    );
}

function shown(approval: operations.DescribeApprovalOutput): string {
  const { title = '(sealed)', status, choice, dueDate, executionArn, stateName, choices, trail } = approval;
  const { description, form, data, context, output, reason } = approval;
  const facts: Array<readonly [string, string]> = [
    ['status', choice === undefined ? status : `${status}: ${choice}`],
    ['for', whoText(approval)],
    ['due', dueText(dueDate)],
    ['asked by', `${stateName} of ${executionArn}`],
    [
      'choices',
      choices.map(({ name, votes, quorum }) => (quorum > 1 ? `${name} (${votes} of ${quorum})` : name)).join(', '),
    ],
    ...(reason === undefined ? [] : [['decision', reason] as const]),
    ...Object.entries({ form, data, context, output }).flatMap(([name, text]) =>
      text === undefined ? [] : [[name, text] as const],
    ),
  ];
  const lines = facts.map(([name, text]) => `${name.padEnd(10)}${printable(text)}`);
  const told = description === undefined ? [] : ['', ...description.split('\n').map(printable)];
  return [printable(title), ...told, '', ...lines, '', ...trail.map(trailLine)].join('\n');
}

function trailLine({ date, user, action, choice, to, comment, via }: ApprovalTrailItem): string {
  const words = [user ?? 'everstep', action.toLowerCase(), choice, to === undefined ? undefined : `to ${to}`];
  const told = [
    ...words,
    via === undefined ? undefined : 'by link',
    comment === undefined ? undefined : `“${comment}”`,
  ];
  return `${shownTime(date * 1_000)}  ${printable(told.filter((word) => word !== undefined).join(' '))}`;
}

interface DecideOptions extends ConnectionOptions {
  readonly comment?: string;
  readonly form?: string;
}

function decideCommand(): Command {
  return naming('decide', 'take one of its choices; it cannot be taken back')
    .argument('<choice>', 'such as approve or reject')
    .option('--comment <text>', 'why')
    .option('--form <json>', 'what is filled in: JSON, @FILE, or @- for the standard input')
    .action((which: string, choice: string, { comment, form, ...options }: DecideOptions) =>
      callOne(options, which, async (api, approvalArn) => {
        const text = form?.startsWith('@') === true ? await readText(form.slice(1)) : form;
        const said = comment === undefined ? {} : { comment };
        const filled = text === undefined ? {} : { form: text };
        const { status, remaining } = await api.decide({ approvalArn, choice, ...said, ...filled });
        console.log(status === 'OPEN' ? `noted: ${choice}; ${remaining} more to agree` : `decided: ${choice}`);
        return ExitCode.OK;
      }),
    );
}

function claimCommand(): Command {
  return naming('claim', 'keep it to oneself until it is released')
    .option('--force', 'take it over from whoever has claimed it', false)
    .action((which: string, { force, ...options }: ConnectionOptions & { readonly force: boolean }) =>
      callOne(options, which, async (api, approvalArn) => done(api.claim({ approvalArn, force }), 'claimed')),
    );
}

function releaseCommand(): Command {
  return naming('release', 'let others decide it again').action((which: string, options: ConnectionOptions) =>
    callOne(options, which, async (api, approvalArn) => done(api.release({ approvalArn }), 'released')),
  );
}

function delegateCommand(): Command {
  return naming('delegate', 'let somebody else decide in one’s place')
    .argument('<user>', 'the user’s name')
    .option('--comment <text>', 'why')
    .action((which: string, to: string, { comment, ...options }: DecideOptions) =>
      callOne(options, which, async (api, approvalArn) =>
        done(api.delegate({ approvalArn, to, ...(comment === undefined ? {} : { comment }) }), `delegated to ${to}`),
      ),
    );
}

function commentCommand(): Command {
  return naming('comment', 'say something without deciding')
    .argument('<text>', 'what to say')
    .action((which: string, comment: string, options: ConnectionOptions) =>
      callOne(options, which, async (api, approvalArn) => done(api.comment({ approvalArn, comment }), 'noted')),
    );
}

async function done(work: Promise<void>, told: string): Promise<number> {
  await work;
  console.log(printable(told));
  return ExitCode.OK;
}
