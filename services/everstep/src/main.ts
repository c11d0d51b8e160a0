#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
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

type Load = () => Promise<Command>;

/** In the order and under the headings in which the help tells them. */
const GROUPS: ReadonlyArray<readonly [heading: string, commands: ReadonlyArray<readonly [name: string, load: Load]>]> =
  [
    [
      'Servers:',
      [
        ['dev', async () => (await import('./commands/dev.ts')).devCommand()],
        ['migrate', async () => (await import('./commands/migrate.ts')).migrateCommand()],
        ['api', async () => (await import('./commands/api.ts')).apiCommand()],
        ['worker', async () => (await import('./commands/worker.ts')).workerCommand()],
        ['scheduler', async () => (await import('./commands/scheduler.ts')).schedulerCommand()],
      ],
    ],
    [
      'State machines and executions, on any server:',
      [
        ['deploy', async () => (await import('./commands/deploy.ts')).deployCommand()],
        ['start', async () => (await import('./commands/start.ts')).startCommand()],
        ['list', async () => (await import('./commands/list.ts')).listCommand()],
        ['describe', async () => (await import('./commands/describe.ts')).describeCommand()],
        ['history', async () => (await import('./commands/history.ts')).historyCommand()],
        ['stop', async () => (await import('./commands/stop.ts')).stopCommand()],
        ['redrive', async () => (await import('./commands/redrive.ts')).redriveCommand()],
        ['approve', async () => (await import('./commands/approve.ts')).approveCommand()],
        ['reject', async () => (await import('./commands/reject.ts')).rejectCommand()],
        ['approvals', async () => (await import('./commands/approvals.ts')).approvalsCommand()],
        ['connections', async () => (await import('./commands/connections.ts')).connectionsCommand()],
        ['limits', async () => (await import('./commands/limits.ts')).limitsCommand()],
        ['graph', async () => (await import('./commands/graph.ts')).graphCommand()],
        ['functions', async () => (await import('./commands/functions.ts')).functionsCommand()],
      ],
    ],
    [
      'Without a server:',
      [
        ['validate', async () => (await import('./commands/validate.ts')).validateCommand()],
        ['run', async () => (await import('./commands/run.ts')).runCommand()],
        ['test-state', async () => (await import('./commands/test-state.ts')).testStateCommand()],
      ],
    ],
    [
      'Administration:',
      [
        ['doctor', async () => (await import('./commands/doctor.ts')).doctorCommand()],
        ['keys', async () => (await import('./commands/keys.ts')).keysCommand()],
        ['audit', async () => (await import('./commands/audit.ts')).auditCommand()],
        ['completion', async () => (await import('./commands/completion.ts')).completionCommand()],
      ],
    ],
  ];

/** Loading a command brings what it works with: the one that is named comes alone, and is there in a tenth of the time. */
const named = process.argv[2];
const isKnown = GROUPS.some(([, commands]) => commands.some(([name]) => name === named));
for (const [heading, commands] of GROUPS) {
  program.commandsGroup(heading);
  for (const [name, load] of commands) {
    // The completion script tells all of them.
    if (!isKnown || name === named || named === 'completion') program.addCommand(await load());
  }
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
