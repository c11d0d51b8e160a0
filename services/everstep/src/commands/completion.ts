import { Argument, type Command } from 'commander';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { completedCommand } from '../completion/words.ts';
import { zshCompletion } from '../completion/zsh.ts';
import { UsageCommand } from '../terminal/usage-command.ts';

const HELP = `
  source <(everstep completion bash)      in ~/.bashrc
  source <(everstep completion zsh)       in ~/.zshrc, after compinit
  everstep completion fish | source       in ~/.config/fish/config.fish`;

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** Completes the commands of the program that it is added to. */
export function completionCommand(): Command {
  const command = new UsageCommand('completion')
    .description('print what lets a shell complete everstep’s commands and options')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SHELLS)))
    .addHelpText('after', HELP);
  return command.action((shell: keyof typeof SHELLS) => {
    console.log(SHELLS[shell](completedCommand(command.parent ?? command)));
  });
}
