import { basename } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type Command, Option } from 'commander';
import { callApi, type Connection, type ConnectionOptions, withConnection } from '../api-client/connection.ts';
import { ExitCode } from '../api-client/exit-codes.ts';
import { machines } from '../api-client/references.ts';
import { readDefinition, readText } from '../definition/definition-file.ts';
import type { Desired } from '../deploy/desired.ts';
import { type Change, type Place, planDeployment } from '../deploy/plan.ts';
import { objectOf, parseTemplate } from '../deploy/template-value.ts';
import { readTemplate } from '../deploy/template.ts';
import { StartError } from '../start-error.ts';
import { paintFor, printable } from '../terminal/styles.ts';
import { UsageCommand } from '../terminal/usage-command.ts';

interface DeployOptions extends ConnectionOptions {
  readonly name?: string;
  readonly role?: string;
  readonly type: 'STANDARD' | 'EXPRESS';
  readonly parameter: readonly string[];
  readonly account?: string;
  readonly yes: boolean;
  readonly dryRun: boolean;
}

const HELP = `
FILE is a definition in JSON or YAML, whose state machine is called after the file (orders.asl.json: orders), or a
template of CloudFormation, SAM or CDK (cdk synth): its state machines, activities, versions and aliases are deployed,
and what else it holds is listed. Nothing is removed. What is to change is shown first; a second run says that there is
nothing to change.

Exit code: 0 deployed, or nothing to change; 1 something cannot be deployed, and nothing was changed; 2 wrong usage, an
unreadable file, or nobody said yes; 3 the server refused; 4 the server did not answer.

  everstep deploy orders.asl.json
  everstep deploy template.yaml --parameter Stage=prod --parameter Queue.Arn=arn:aws:sqs:… --yes`;

export function deployCommand(): Command {
  return withConnection(new UsageCommand('deploy'))
    .description('bring state machines of definitions and templates to the server, showing first what changes')
    .argument('<files...>', 'definitions and templates')
    .option('--name <name>', 'of a definition’s state machine')
    .option('--role <arn>', 'the role of definitions’ state machines')
    .addOption(
      new Option('--type <type>', 'of definitions’ state machines')
        .choices(['STANDARD', 'EXPRESS'])
        .default('STANDARD'),
    )
    .option(
      '--parameter <name=value>',
      'a template’s parameter, or RESOURCE.ATTRIBUTE of what it cannot know',
      collect,
      [],
    )
    .option('--account <id>', 'the account in ARNs (that of what is there, else 123456789012)')
    .option('--yes', 'do not ask', false)
    .option('--dry-run', 'only show what would change', false)
    .addHelpText('after', HELP)
    .action((files: string[], options: DeployOptions) =>
      callApi(options, (connection) => deploy(connection, files, options)),
    );
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

async function deploy(connection: Connection, files: readonly string[], options: DeployOptions): Promise<number> {
  const place = await placeOf(connection, options);
  const desired = merged(await Promise.all(files.map((file) => read(file, place, options))));
  const plan = await planDeployment(connection, place, desired);
  for (const note of desired.notes) console.log(`note: ${printable(note)}`);
  const problems = [...desired.problems, ...plan.problems];
  for (const problem of problems) console.error(`cannot deploy: ${printable(problem)}`);
  for (const change of plan.changes) show(change);
  if (problems.length > 0) return ExitCode.NOT_WELL;
  if (plan.changes.length === 0) {
    console.log('No changes.');
    return ExitCode.OK;
  }
  if (options.dryRun) {
    console.log(`\nOnly shown: ${plan.changes.length} to change.`);
    return ExitCode.OK;
  }
  if (!options.yes) await ask(plan.changes.length);
  for (const change of plan.changes) {
    await change.apply();
    console.log(`done: ${change.title}`);
  }
  return ExitCode.OK;
}

async function placeOf(connection: Connection, { account, region }: DeployOptions): Promise<Place> {
  const found = region ?? (await connection.client.config.region());
  if (account !== undefined) return { region: found, accountId: account };
  for await (const { arn } of machines(connection)) return { region: found, accountId: arn.split(':')[4] ?? '' };
  return { region: found, accountId: process.env['EVERSTEP_ACCOUNT_ID'] || '123456789012' };
}

async function read(path: string, place: Place, options: DeployOptions): Promise<Desired> {
  const value = parseTemplate(path, await readText(path));
  const template = objectOf(value);
  if (template['Resources'] !== undefined) {
    return readTemplate(path, { template, given: parametersOf(options.parameter), ...place });
  }
  if (template['StartAt'] === undefined) {
    throw new StartError(`${path} is neither a definition (StartAt) nor a template (Resources).`);
  }
  const { json } = await readDefinition(path);
  if (json === null) throw new StartError(`${path} is not a definition in JSON or YAML.`);
  const name = options.name ?? basename(path).replace(/(\.asl)?\.(json|ya?ml)$/i, '');
  const roleArn = options.role ?? `arn:aws:iam::${place.accountId}:role/everstep`;
  return { ...NOTHING, machines: [{ name, definition: json, roleArn, type: options.type }] };
}

const NOTHING: Desired = { machines: [], activities: [], versions: [], aliases: [], notes: [], problems: [] };

function merged(all: readonly Desired[]): Desired {
  return {
    machines: all.flatMap((one) => one.machines),
    activities: all.flatMap((one) => one.activities),
    versions: all.flatMap((one) => one.versions),
    aliases: all.flatMap((one) => one.aliases),
    notes: all.flatMap((one) => one.notes),
    problems: all.flatMap((one) => one.problems),
  };
}

function parametersOf(given: readonly string[]): Map<string, string> {
  return new Map(
    given.map((text) => {
      const equals = text.indexOf('=');
      if (equals < 1) throw new StartError(`--parameter: '${text}' is not NAME=VALUE.`);
      return [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}

function show({ title, lines }: Change): void {
  const paint = paintFor(process.stdout);
  console.log(`\n${paint('bold', title)}`);
  for (const { sign, text } of lines) {
    const line = `  ${sign} ${printable(text)}`;
    console.log(sign === ' ' ? paint('dim', line) : paint(sign === '+' ? 'green' : 'red', line));
  }
}

/** Throws StartError where nobody says yes. */
async function ask(count: number): Promise<void> {
  if (!process.stdin.isTTY) throw new StartError('\nNothing is changed: --yes does it without asking.');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`\nMake ${count === 1 ? 'this change' : `these ${count} changes`}? [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new StartError('Nothing is changed.');
  } finally {
    lines.close();
  }
}
