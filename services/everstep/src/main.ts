#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { apiCommand } from './commands/api.ts';
import { approveCommand } from './commands/approve.ts';
import { auditCommand } from './commands/audit.ts';
import { completionCommand } from './commands/completion.ts';
import { deployCommand } from './commands/deploy.ts';
import { devCommand } from './commands/dev.ts';
import { keysCommand } from './commands/keys.ts';
import { migrateCommand } from './commands/migrate.ts';
import { rejectCommand } from './commands/reject.ts';
import { runCommand } from './commands/run.ts';
import { schedulerCommand } from './commands/scheduler.ts';
import { testStateCommand } from './commands/test-state.ts';
import { validateCommand } from './commands/validate.ts';
import { workerCommand } from './commands/worker.ts';
import { describeCommand } from './commands/describe.ts';
import { doctorCommand } from './commands/doctor.ts';
import { graphCommand } from './commands/graph.ts';
import { historyCommand } from './commands/history.ts';
import { listCommand } from './commands/list.ts';
import { redriveCommand } from './commands/redrive.ts';
import { startCommand } from './commands/start.ts';
import { stopCommand } from './commands/stop.ts';
import { settingsHelp } from './settings/table.ts';
import { StartError } from './start-error.ts';

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const found = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '';
  return String(found);
}

if (!('rawJSON' in JSON)) {
  console.error(
    `Everstep needs Node 22.18 or newer; this is ${process.version}. In a checkout, 'npm run everstep -- <command>' brings its own.`,
  );
  process.exit(1);
}

const program = new Command('everstep')
  .description('AWS Step Functions on your own machines')
  .version(version())
  .addHelpText('after', `\n${settingsHelp()}`);

/** In the order and under the headings in which the help tells them. */
const GROUPS: ReadonlyArray<readonly [heading: string, commands: readonly Command[]]> = [
  ['Servers:', [devCommand(), migrateCommand(), apiCommand(), workerCommand(), schedulerCommand()]],
  [
    'State machines and executions, on any server:',
    [deployCommand(), startCommand(), listCommand(), describeCommand()],
  ],
  ['State machines and executions, on any server:', [historyCommand(), stopCommand(), redriveCommand()]],
  ['State machines and executions, on any server:', [approveCommand(), rejectCommand(), graphCommand()]],
  ['Without a server:', [validateCommand(), runCommand(), testStateCommand()]],
  ['Administration:', [doctorCommand(), keysCommand(), auditCommand(), completionCommand()]],
];
for (const [heading, commands] of GROUPS) {
  program.commandsGroup(heading);
  for (const command of commands) program.addCommand(command);
}

try {
  await program.parseAsync();
} catch (error) {
  // What the user can put right is said in its own words; anything else is a fault of ours and keeps its stack.
  console.error(error instanceof StartError ? error.message : error);
  process.exitCode = 1;
}
// Everything is closed by now; a handle that a library forgot must not keep the process.
process.exit();
