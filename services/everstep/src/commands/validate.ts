import { Option } from 'commander';
import type { Command } from 'commander';
import { readDefinition } from '../definition/definition-file.ts';
import { StartError } from '../start-error.ts';
import { paintFor } from '../terminal/styles.ts';
import { UsageCommand } from '../terminal/usage-command.ts';
import { type MachineType, findProblems } from '../validate/finding.ts';
import { type CheckedFile, fileReport, isRefused, jsonReport, overallSummary } from '../validate/report.ts';

const HELP = `
FILE is a definition in JSON or YAML (.yaml, .yml); - reads the standard input.

Exit code: 0 all files are valid (warnings allowed), 1 a file is not valid, 2 wrong usage or an unreadable file.`;

export function validateCommand(): Command {
  return new UsageCommand('validate')
    .description('check definitions: every problem with file, line and column')
    .argument('<files...>', 'definitions to check')
    .addOption(
      new Option('--type <type>', 'the type of state machine').choices(['STANDARD', 'EXPRESS']).default('STANDARD'),
    )
    .option('--json', 'print the findings as JSON', false)
    .addHelpText('after', HELP)
    .action(async (files: string[], options: { type: MachineType; json: boolean }) => {
      process.exitCode = await validate(files, options);
    });
}

/** Checks all files, prints what was found, and answers the exit code. */
async function validate(paths: readonly string[], options: { type: MachineType; json: boolean }): Promise<number> {
  const checked: CheckedFile[] = [];
  let unreadable = 0;
  for (const path of paths) {
    try {
      const file = await readDefinition(path);
      checked.push({ name: file.name, text: file.text, findings: findProblems(file, options.type) });
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      console.error(error.message);
      unreadable += 1;
    }
  }
  print(checked, options.json);
  if (unreadable > 0) return 2;
  return checked.some(({ findings }) => isRefused(findings)) ? 1 : 0;
}

function print(checked: readonly CheckedFile[], asJson: boolean): void {
  if (asJson) {
    console.log(jsonReport(checked));
    return;
  }
  const paint = paintFor(process.stdout);
  for (const file of checked) console.log(fileReport(file, paint));
  if (checked.length > 1) console.log(`\n${overallSummary(checked)}`);
}
