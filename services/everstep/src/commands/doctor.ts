import type { Command } from 'commander';
import { type ConnectionOptions, withConnection } from '../api-client/connection.ts';
import { ExitCode } from '../api-client/exit-codes.ts';
import { readConfig } from '../config.ts';
import { checkDatabase } from '../doctor/check-database.ts';
import { checkEndpoint } from '../doctor/check-endpoint.ts';
import { checkRedis } from '../doctor/check-redis.ts';
import { checkTargetsFile } from '../doctor/check-targets.ts';
import type { CheckFinding } from '../doctor/finding.ts';
import { messageOf, StartError } from '../start-error.ts';
import { paintFor, printable, type Style } from '../terminal/styles.ts';
import { UsageCommand } from '../terminal/usage-command.ts';

interface DoctorOptions extends ConnectionOptions {
  readonly json: boolean;
}

const HELP = `
Run it with the environment of the server: DATABASE_URL, REDIS_URL, EVERSTEP_DATA_DIR,
EVERSTEP_TARGETS_FILE. It only reads.

Exit code: 0 all is well, 1 something is not, 2 wrong usage.`;

export function doctorCommand(): Command {
  return withConnection(new UsageCommand('doctor'))
    .description('check the API, Postgres, Redis, migrations, clocks, leases and targets, and tell what to do')
    .option('--json', 'one finding a line', false)
    .addHelpText('after', HELP)
    .action(async (options: DoctorOptions) => {
      process.exitCode = await examine(options);
    });
}

async function examine(options: DoctorOptions): Promise<number> {
  const findings: CheckFinding[] = [];
  const note = (finding: CheckFinding): void => {
    findings.push(finding);
    console.log(options.json ? JSON.stringify(finding) : shown(finding));
  };
  try {
    const config = readConfig(process.env);
    note({ check: 'settings', status: 'ok', text: 'all are well-formed' });
    for (const finding of await checkEndpoint(options)) note(finding);
    for (const finding of await checkDatabase(config)) note(finding);
    note(await checkRedis(config));
    for await (const finding of checkTargetsFile(config)) note(finding);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    note({ check: 'settings', status: 'bad', text: messageOf(error), remedy: 'everstep --help tells all settings.' });
  }
  return findings.some(({ status }) => status === 'bad') ? ExitCode.NOT_WELL : ExitCode.OK;
}

const SIGNS: Readonly<Record<CheckFinding['status'], readonly [sign: string, style: Style]>> = {
  ok: ['✓', 'green'],
  note: ['!', 'yellow'],
  bad: ['✗', 'red'],
};
const CHECK_WIDTH = 18;

function shown({ check, status, text, remedy }: CheckFinding): string {
  const paint = paintFor(process.stdout);
  const [sign, style] = SIGNS[status];
  const lines = text
    .split('\n')
    .map(printable)
    .join(`\n${' '.repeat(CHECK_WIDTH + 2)}`);
  const line = `${paint(style, sign)} ${check.padEnd(CHECK_WIDTH)}${lines}`;
  return remedy === undefined ? line : `${line}\n${' '.repeat(CHECK_WIDTH + 2)}${paint('bold', remedy)}`;
}
