import type { AuditEntry, AuditQuery } from '@everstep/engine';
import type { Command } from 'commander';
import { type Administration, administer } from '../administration.ts';
import { StartError } from '../start-error.ts';
import { textTable } from '../terminal/table.ts';
import { parseTime, shownTime } from '../terminal/times.ts';
import { UsageCommand } from '../terminal/usage-command.ts';

interface AuditOptions {
  readonly since?: string;
  readonly account?: string;
  readonly key?: string;
  readonly action?: string;
  readonly resource?: string;
  readonly limit: string;
  readonly json: boolean;
}

const MAX_ENTRIES = 10_000;

export function auditCommand(): Command {
  return new UsageCommand('audit')
    .description('who changed what, newest first')
    .option('--since <time>', 'not older than this: 2026-11-27T05:00:00Z, or 24h')
    .option('--account <id>', 'of one account')
    .option('--key <id>', 'by one access key')
    .option('--action <action>', 'of one action, such as states:StopExecution')
    .option('--resource <arn>', 'about one resource')
    .option('--limit <count>', 'so many at most', '100')
    .option('--json', 'one JSON object a line', false)
    .action((options: AuditOptions) => administer((administration) => show(administration, options)));
}

async function show({ store, now }: Administration, options: AuditOptions): Promise<void> {
  const entries = await store.listAudit(queryOf(options, now));
  if (options.json) {
    for (const entry of entries) console.log(JSON.stringify({ ...entry, at: new Date(entry.at).toISOString() }));
    return;
  }
  const head = ['TIME', 'WHO', 'KEY', 'ACTION', 'OUTCOME', 'FROM', 'REQUEST', 'RESOURCE'];
  console.log(entries.length === 0 ? 'There are no such entries.' : textTable(head, entries.map(cells)));
}

function queryOf(options: AuditOptions, now: number): AuditQuery {
  const { since, account, key, action, resource, limit } = options;
  if (!/^\d{1,5}$/.test(limit) || Number(limit) < 1 || Number(limit) > MAX_ENTRIES) {
    throw new StartError(`--limit: '${limit}' is not a number from 1 to ${MAX_ENTRIES}.`);
  }
  return {
    ...(since === undefined ? {} : { since: parseTime('--since', since, now) }),
    ...(account === undefined ? {} : { accountId: account }),
    ...(key === undefined ? {} : { accessKeyId: key }),
    ...(action === undefined ? {} : { action }),
    ...(resource === undefined ? {} : { resource }),
    limit: Number(limit),
  };
}

function cells(entry: AuditEntry): string[] {
  const { at, userArn, accessKeyId, action, outcome, sourceAddress, requestId, resource } = entry;
  return [shownTime(at), userArn, accessKeyId ?? '-', action, outcome, sourceAddress, requestId, resource];
}
